/** Checks callers: a loopback Host, no Origin, and the secret. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CcpError } from '../errors/ccp-error.ts';

const loopbackHost = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Rejects requests from web pages, which cannot forge these two headers: DNS rebinding is visible in `Host`, cross-site
 * requests in `Origin`. @throws CcpError `foreign_caller`, or `invalid_request` for a second `Host`.
 */
export function checkCaller(headers: IncomingHttpHeaders, rawHeaders: readonly string[] = []): void {
  // Node reads the first one. Another reader on the way may have read the second.
  if (rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    throw new CcpError('invalid_request', 'The request has more than one Host header.');
  if (!loopbackHost.test(headers.host ?? ''))
    throw new CcpError('foreign_caller', `The Host header "${String(headers.host).slice(0, 80)}" is not loopback.`);
  if (headers.origin !== undefined) throw new CcpError('foreign_caller', 'Requests with an Origin header are refused.');
}

/** Requires the secret in `x-ccp-secret`, `Authorization: Bearer` or `x-api-key`. @throws CcpError `wrong_secret`. */
export function checkSecret(headers: IncomingHttpHeaders, secret: string): void {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  const values = [headers['x-ccp-secret'], bearer, headers['x-api-key']];
  if (!values.some((value) => typeof value === 'string' && isSameText(value, secret)))
    throw new CcpError('wrong_secret', 'The secret of this ccp session is missing or wrong.');
}

/** The `Authorization` header when it is the client's own login; `undefined` when it contains the session's secret. */
export function ownLogin({ authorization }: IncomingHttpHeaders, secret: string): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
  return bearer === undefined || bearer.includes(secret) ? undefined : authorization;
}

/** Compares in constant time. Both texts are hashed first, because `timingSafeEqual` requires equal lengths. */
function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
