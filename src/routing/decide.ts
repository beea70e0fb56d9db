/**
 * The only place that decides where a request may be sent. Pure: the facts are its only input. Turns, token counts,
 * compactions, switches, launches and model lists all use it; no other code selects a target.
 */
import { nameOf, windowOf } from '../models/find.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Candidate, Decision, Denial, DeniedCandidate, Proposal } from './candidate.ts';
import { upstreamNamed } from './directory.ts';
import type { DecisionFacts } from './facts.ts';
import { encryptionGate, type Gate, windowGate } from './gates.ts';
import { type ProposalSource, proposeFromTable } from './proposals.ts';

export interface DecisionRules {
  readonly sources: readonly ProposalSource[];
  readonly gates: readonly Gate[];
}

export const defaultRules: DecisionRules = { sources: [proposeFromTable], gates: [encryptionGate, windowGate] };

/** @throws CcpError `unknown_model` for a model that no upstream serves. */
export function decide(facts: DecisionFacts, { sources, gates }: DecisionRules = defaultRules): Decision {
  const candidates: Candidate[] = [];
  const denied: DeniedCandidate[] = [];
  for (const proposal of sources.flatMap((source) => source(facts))) {
    const candidate = completeCandidate(proposal, facts);
    const denial = firstDenial(candidate, facts, gates);
    if (denial) denied.push({ ...denial, candidate });
    else candidates.push(candidate);
  }
  return { candidates, denied };
}

function firstDenial(candidate: Candidate, facts: DecisionFacts, gates: readonly Gate[]): Denial | undefined {
  for (const gate of gates) {
    const denial = gate(candidate, facts);
    if (denial) return denial;
  }
  return undefined;
}

function completeCandidate(proposal: Proposal, { directory, clientLogins, inputTokens }: DecisionFacts): Candidate {
  const { target } = proposal;
  const upstream = upstreamNamed(target.upstream, directory);
  return {
    ...proposal,
    upstream,
    ...resolveCredential(upstream, clientLogins),
    price: target.row?.price,
    contextWindow: windowOf(target),
    abilities: upstream.translator.abilities(target.row),
    inputTokens: inputTokens?.(nameOf(target)),
  };
}

/** Claude Code's own login is paid by a plan. It is used only where ccp has no credential of its own. */
function resolveCredential(
  { name, auth, costKind, acceptsClientLogin }: Upstream,
  clientLogins: ReadonlySet<string>,
): Pick<Candidate, 'credential' | 'costKind'> {
  if (acceptsClientLogin && clientLogins.has(name)) return { credential: 'client', costKind: 'plan' };
  return { credential: auth.type === 'none' ? 'none' : 'own', costKind };
}
