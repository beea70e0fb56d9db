/** Lets a request wait at a limit of its route, in a session with a screen. */
import type { CcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import { hasImages } from '../translate/anthropic/images.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Client } from './client.ts';
import type { ProxyDeps } from './deps.ts';
import { probeLimit } from './limit-probe.ts';
import type { Session } from './session/session.ts';

export interface RequestAtLimit {
  readonly candidate: Candidate;
  readonly error: CcpError;
  readonly request: MessagesRequest;
  readonly requestClass: RequestClass;
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly onHeld: () => void;
}

/** Small requests beside the conversation fail at once: they are no work that could be lost. */
const waitingClasses: readonly RequestClass[] = ['turn', 'subagent', 'workflow', 'compaction'];

/**
 * @returns true when the request waited and is to be decided again; false when it does not wait.
 * @throws CcpError of the limit after a day, or when the client disconnects.
 */
export async function waitAtLimit(
  { candidate, error, request, requestClass, client, signal, onHeld }: RequestAtLimit,
  { limits, caches }: Pick<Session, 'limits' | 'caches'>,
  deps: ProxyDeps,
): Promise<boolean> {
  if (!limits.holds(error) || !waitingClasses.includes(requestClass)) return false;
  onHeld();
  const tokensOf = await caches.tokenCounts.estimator(request);
  await limits.wait({
    candidate,
    error,
    inputTokens: tokensOf(nameOf(candidate.target)),
    hasImages: hasImages(request),
    signal,
    probe: () => probeLimit(candidate, client, caches, deps),
  });
  return true;
}
