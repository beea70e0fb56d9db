/** What an upstream's quota says about a limit: when it ends, and whether it is over before. Asking is free. */
import type { CcpError } from '../errors/ccp-error.ts';
import { exhaustedUntil } from '../models/quota.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Client } from './client.ts';
import { credentialFor } from './credential.ts';
import type { ProxyDeps } from './deps.ts';
import type { SessionCaches } from './session/session.ts';

/** A plan's limit whose error has no time ends when the upstream's quota says so. */
export function withKnownReset(
  error: CcpError,
  { name }: Upstream,
  { quotaPoll }: Pick<SessionCaches, 'quotaPoll'>,
  now: number,
): CcpError {
  if (error.code !== 'plan_limit' || error.retryAfterSec !== undefined) return error;
  const known = quotaPoll.latest(name);
  const until = known && exhaustedUntil(known.quota, now);
  return until === undefined ? error : error.withRetryAfter((until - now) / 1_000);
}

/**
 * Called when a limit keeps a request away from its route, which a fallback answers meanwhile. At most one request a
 * minute is sent (`QuotaPoll`). Never rejects.
 */
export async function probeLimit(
  candidate: Candidate,
  client: Client,
  { quotaPoll, outages }: Pick<SessionCaches, 'quotaPoll' | 'outages'>,
  { credentials, ports }: Pick<ProxyDeps, 'credentials' | 'ports'>,
): Promise<void> {
  try {
    const credential = await credentialFor(candidate, credentials, client.login);
    await quotaPoll.poll(candidate.upstream, credential, client.headers['user-agent']);
    // Another request may have received the quota in this minute.
    const { quota, receivedAt } = quotaPoll.latest(candidate.upstream.name) ?? { receivedAt: 0 };
    if (quota && quota.windows.length > 0 && quota.windows.every(({ usedPercent }) => usedPercent < 100))
      outages.limitIsOver(candidate, receivedAt);
  } catch (cause) {
    ports.log.debug({ cause, upstream: candidate.upstream.name }, 'the quota could not be asked for');
  }
}
