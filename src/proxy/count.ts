/** `POST /v1/messages/count_tokens`. */
import type { IncomingHttpHeaders } from 'node:http';
import { CcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import { chooseRoute } from '../routing/table.ts';
import { sessionIdOf } from '../translate/messages/session-id.ts';
import { validateRequest } from '../translate/messages/validate.ts';
import { asString } from '../wire/json.ts';
import { credentialFor } from './attempts.ts';
import type { ProxyDeps } from './deps.ts';
import { ownLogin } from './guard.ts';
import type { SessionHub } from './hub.ts';
import { clientHeaders, prepareFor } from './prepare.ts';

/** Never fails for the upstream's sake: without its count there is ours. */
export async function countTokens(
  body: unknown,
  headers: IncomingHttpHeaders,
  deps: ProxyDeps,
  hub: SessionHub,
): Promise<{ input_tokens: number }> {
  const request = validateRequest(body);
  const route = chooseRoute(request.model, 'count', hub.table, hub.directory);
  const reachable = deps.upstreams[route.target.upstream];
  const local = () => hub.tokenCounts.local(nameOf(route.target), request);
  if (!reachable?.upstream.counts) return { input_tokens: await local() };
  try {
    const credential = await credentialFor(reachable, deps, ownLogin(headers, deps.secret));
    const sessionId = sessionIdOf(request, asString(headers['x-claude-code-session-id']));
    const prepared = prepareFor(
      { request, route, reachable, credential, sessionId, client: clientHeaders(headers, deps.secret), warn: () => {} },
      deps,
      hub,
    );
    const counted = await hub.tokenCounts.upstream(prepared, reachable, credential);
    return { input_tokens: counted ?? (await local()) };
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    return { input_tokens: await local() };
  }
}
