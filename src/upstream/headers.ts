/** Request headers for an upstream. They contain none of the client's own headers, except those the dialect adds. */
import type { Credential } from '../ports/credential.ts';
import type { AuthType } from '../upstreams/definition.ts';
import type { Upstream } from '../upstreams/upstream.ts';

export interface HeaderOptions {
  readonly version: string;
  readonly sessionId: string | undefined;
  /** The dialect's own headers; they override the common ones. */
  readonly extra?: Readonly<Record<string, string>>;
}

export function upstreamHeaders(
  { auth, headers }: Pick<Upstream, 'auth' | 'headers'>,
  credential: Credential,
  { version, sessionId, extra }: HeaderOptions,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': `ccp/${version}`,
    ...headers({ accountId: credential.accountId, sessionId }),
    ...extra,
    ...authorization(auth.type, credential),
  };
}

function authorization(type: AuthType, { kind, token }: Credential): Record<string, string> {
  if (kind === 'none') return {};
  if (kind === 'client') return { authorization: token };
  const isKeyHeader = type === 'x-api-key' || type === 'x-goog-api-key';
  return isKeyHeader && kind === 'api-key' ? { [type]: token } : { authorization: `Bearer ${token}` };
}
