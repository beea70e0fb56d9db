/** Lets a request wait at a limit of its route, in a session with a screen. */
import type { CcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import { hasImages } from '../translate/anthropic/images.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Client } from './client.ts';
import type { ProxyDeps } from './deps.ts';
import type { AfterWait } from './limit-hold.ts';
import { probeLimit } from './limit-probe.ts';
import type { Session } from './session/session.ts';

export interface RequestAtLimit {
  readonly candidate: Candidate;
  readonly error: CcpError;
  readonly request: MessagesRequest;
  readonly requestClass: RequestClass;
  readonly client: Client;
  /** `LimitHold.version` when the request was decided. */
  readonly decidedAt: number;
  /** When it was held for the first time, milliseconds of the clock's `elapsed`; `undefined`: now. */
  readonly heldAt: number | undefined;
  readonly signal: AbortSignal;
  /** Called before the wait. */
  readonly onHeld: () => void;
}

/** Small requests beside the conversation fail at once: they are no work that could be lost. */
const waitingClasses: readonly RequestClass[] = ['turn', 'subagent', 'workflow', 'compaction'];

/**
 * @returns what to do after the wait; `undefined` when the request does not wait.
 * @throws CcpError of the limit after a day; the abort reason when the client disconnects.
 */
export async function waitAtLimit(
  { candidate, error, request, requestClass, client, decidedAt, heldAt, signal, onHeld }: RequestAtLimit,
  { limits, caches }: Pick<Session, 'limits' | 'caches'>,
  deps: ProxyDeps,
): Promise<AfterWait | undefined> {
  if (!limits.holds(error) || !waitingClasses.includes(requestClass)) return undefined;
  const tokensOf = await caches.tokenCounts.estimator(request);
  // The user decided while the request was on its way.
  if (limits.version !== decidedAt) return 'decide';
  onHeld();
  return limits.wait({
    candidate,
    error,
    inputTokens: tokensOf(nameOf(candidate.target)),
    hasImages: hasImages(request),
    heldAt: heldAt ?? deps.ports.clock.elapsed(),
    signal,
    probe: () => probeLimit(candidate, client, caches, deps),
  });
}
