/** Asks an upstream's quota whether a limit is over before its reset: limits are reset early, and asking is free. */
import type { Candidate } from '../routing/candidate.ts';
import type { Client } from './client.ts';
import { credentialFor } from './credential.ts';
import type { ProxyDeps } from './deps.ts';
import type { SessionCaches } from './session/session.ts';

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
    const quota = await quotaPoll.poll(candidate.upstream, credential, client.headers['user-agent']);
    if (quota && quota.windows.length > 0 && quota.windows.every(({ usedPercent }) => usedPercent < 100))
      outages.limitIsOver(candidate);
  } catch (cause) {
    ports.log.debug({ cause, upstream: candidate.upstream.name }, 'the quota could not be asked for');
  }
}
