/** Checks that a candidate must pass. A gate can only deny; it cannot allow what another gate denied. */
import { nameOf } from '../models/find.ts';
import { unencryptedText } from '../upstreams/upstream.ts';
import type { Candidate, Denial } from './candidate.ts';
import type { DecisionFacts } from './facts.ts';

export type Gate = (candidate: Candidate, facts: DecisionFacts) => Denial | undefined;

/**
 * After a switch to a window that is too small for the history, a turn is refused immediately with the error on which
 * Claude Code compacts, instead of after an upload that the upstream would refuse.
 */
export const windowGate: Gate = ({ target, contextWindow, inputTokens }, { requestClass, history }) => {
  if (requestClass !== 'turn' || history.compactionRoute === undefined) return undefined;
  if (inputTokens === undefined || inputTokens <= contextWindow) return undefined;
  return {
    target,
    kind: 'window',
    rule: 'window',
    message: `The context window of ${nameOf(target)} is ${contextWindow} tokens, and ${inputTokens} are in use.`,
    overflow: { used: inputTokens, maximum: contextWindow, isCounted: true },
  };
};

/** Credentials and prompts are not sent unencrypted to another machine, unless the user allowed it for the upstream. */
export const encryptionGate: Gate = ({ target, upstream }) =>
  upstream.isUnencrypted
    ? { target, kind: 'policy', rule: 'allowInsecure', message: unencryptedText(upstream) }
    : undefined;
