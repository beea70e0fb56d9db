/** Who may call: loopback hosts without an Origin, and who knows the secret. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CcpError } from '../errors/ccp-error.ts';

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d{1,5})?$/i;

/** A web page cannot forge these two: DNS rebinding shows in `Host`, cross-site requests in `Origin`. */
export function checkCaller(headers: IncomingHttpHeaders): void {
  if (!loopback.test(headers.host ?? ''))
    throw new CcpError('foreign_caller', `The Host header "${String(headers.host).slice(0, 80)}" is not loopback.`);
  if (headers.origin !== undefined) throw new CcpError('foreign_caller', 'Requests with an Origin header are refused.');
}

/** The secret from `x-ccp-secret`, `Authorization: Bearer` or `x-api-key`. */
export function checkSecret(headers: IncomingHttpHeaders, secret: string): void {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  const given = [headers['x-ccp-secret'], bearer, headers['x-api-key']];
  if (!given.some((candidate) => typeof candidate === 'string' && sameText(candidate, secret)))
    throw new CcpError('wrong_secret', 'The secret of this ccp session is missing or wrong.');
}

/** `Authorization` that is the client's own login: the session's secret came another way. */
export function ownLogin({ authorization }: IncomingHttpHeaders, secret: string): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
  return bearer === undefined || bearer.includes(secret) ? undefined : authorization;
}

/** Hashing first makes lengths equal, so the comparison takes the same time for every wrong guess. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
