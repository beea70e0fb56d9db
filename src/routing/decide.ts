/**
 * The only place that says where a request may go. Pure: everything it knows is in the facts. Turns, token counts,
 * compactions, switches, launches and model lists all ask here; no other code picks a target.
 */
import { nameOf, windowOf } from '../models/find.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Candidate, Decision, Denial, Proposal } from './candidate.ts';
import { upstreamNamed } from './directory.ts';
import type { DecisionFacts } from './facts.ts';
import { type Gate, windowGate } from './gates.ts';
import { type ProposalSource, proposeFromTable } from './proposals.ts';

export interface DecisionRules {
  readonly sources: readonly ProposalSource[];
  readonly gates: readonly Gate[];
}

export const defaultRules: DecisionRules = { sources: [proposeFromTable], gates: [windowGate] };

/** @throws CcpError `unknown_model` for a model that nothing serves. */
export function decide(facts: DecisionFacts, { sources, gates }: DecisionRules = defaultRules): Decision {
  const candidates: Candidate[] = [];
  const denied: Denial[] = [];
  for (const proposal of sources.flatMap((source) => source(facts))) {
    const candidate = complete(proposal, facts);
    const denial = firstDenial(candidate, facts, gates);
    if (denial) denied.push(denial);
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

function complete(proposal: Proposal, { directory, clientLogins, inputTokens }: DecisionFacts): Candidate {
  const { target } = proposal;
  const upstream = upstreamNamed(target.upstream, directory);
  return {
    ...proposal,
    upstream,
    ...payer(upstream, clientLogins),
    price: target.row?.price,
    contextWindow: windowOf(target),
    abilities: upstream.translator.abilities(target.row),
    inputTokens: inputTokens?.(nameOf(target)),
  };
}

/** Claude Code's own login is a plan; a credential of ccp's stands above it. */
function payer(
  { name, auth, costKind, acceptsClientLogin }: Upstream,
  clientLogins: ReadonlySet<string>,
): Pick<Candidate, 'credential' | 'costKind'> {
  if (acceptsClientLogin && clientLogins.has(name)) return { credential: 'client', costKind: 'plan' };
  return { credential: auth.type === 'none' ? 'none' : 'own', costKind };
}
