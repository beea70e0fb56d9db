/** What an attempt reports of a failure: an error with its code, without the credential and the request's text. */
import { CcpError } from '../errors/ccp-error.ts';
import type { Credential } from '../ports/credential.ts';
import type { UpstreamAnswer } from '../ports/transport.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { cleanText } from '../wire/clean-text.ts';
import { withoutEcho } from './echo.ts';

/** What was sent, and to whom. */
export interface SentRequest {
  readonly upstream: Pick<Upstream, 'name' | 'startHint'>;
  readonly credential: Pick<Credential, 'token'>;
  readonly prepared: { readonly body: { readonly text: string } };
}

/** Maps what a transport threw. Anything unknown is returned unchanged: it is an error in ccp. */
export function reportedError(thrown: unknown, request: SentRequest): unknown {
  const { upstream } = request;
  if (thrown instanceof CcpError && thrown.code === 'unreachable' && upstream.startHint !== undefined)
    return thrown.withMessage(`${thrown.message} ${upstream.startHint}`);
  if (thrown instanceof CcpError) return redacted(thrown, request);
  if (thrown instanceof RangeError)
    return new CcpError('garbage', `${upstream.name}: ${thrown.message}.`, { cause: thrown });
  if (isNetworkError(thrown))
    return new CcpError('reset', `${upstream.name} closed the connection during the response.`, { cause: thrown });
  return thrown;
}

/** Removes the credential and parts of the request from an error message: some upstreams repeat them in it. */
function redacted(error: CcpError, { credential, prepared }: SentRequest): CcpError {
  const token = credential.token.replace(/^Bearer\s+/i, '');
  const message = withoutEcho(
    token === '' ? error.message : error.message.replaceAll(token, '[redacted]'),
    prepared.body.text,
  );
  return message === error.message ? error : error.withMessage(message);
}

const isNetworkError = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (thrown.name === 'HTTPParserError' || ('code' in thrown && typeof thrown.code === 'string'));

/** A success or a redirect without a stream. */
export function notAStream(
  { status, headers }: Pick<UpstreamAnswer, 'status' | 'headers'>,
  { upstream }: { readonly upstream: Pick<Upstream, 'name'> },
): CcpError {
  const type = cleanText(headers['content-type'] ?? '', 60) || 'without a content type';
  const redirect = headers.location ? ' (a redirect)' : '';
  return new CcpError(
    'not_a_stream',
    `${upstream.name} answered HTTP ${status} ${type}${redirect} instead of an event stream. Check the base URL.`,
  );
}
