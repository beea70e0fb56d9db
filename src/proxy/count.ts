/** `POST /v1/messages/count_tokens`. */
import type { IncomingHttpHeaders } from 'node:http';
import { CcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import { firstCandidate } from '../routing/candidate.ts';
import { validateRequest } from '../translate/anthropic/validate.ts';
import { clientOf } from './client.ts';
import { credentialFor } from './credential.ts';
import { decideFor } from './decision.ts';
import type { ProxyDeps } from './deps.ts';
import { prepareFor } from './prepare.ts';
import type { Session } from './session/session.ts';

/**
 * Falls back to the local count when the upstream's fails, or when a policy holds the request's text back.
 * @throws CcpError `invalid_request`, `unknown_model`.
 */
export async function countTokens(
  body: unknown,
  headers: IncomingHttpHeaders,
  session: Session,
  deps: ProxyDeps,
): Promise<{ input_tokens: number }> {
  const request = validateRequest(body);
  const client = clientOf(request, headers, deps.identity.secret);
  const candidate = firstCandidate(await decideFor(request, 'count', client, session, deps));
  const { upstream, target } = candidate;
  const { tokenCounts, rejected } = session.caches;
  const localCount = () => tokenCounts.local(nameOf(target), request);
  if (!upstream.translator.countsTokens || session.outbound.holdsBack(request, candidate))
    return { input_tokens: await localCount() };
  try {
    const credential = await credentialFor(candidate, deps.credentials, client.login);
    const prepared = prepareFor(candidate, request, client, credential, rejected, deps.ports);
    const upstreamCount = await tokenCounts.upstream(prepared, upstream, credential);
    return { input_tokens: upstreamCount ?? (await localCount()) };
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    return { input_tokens: await localCount() };
  }
}
