import type { Credential } from '../ports/credential.ts';

export interface HeaderOptions {
  readonly style: 'codex' | 'plain';
  readonly auth: 'bearer' | 'x-api-key';
  readonly credential: Credential;
  readonly sessionId: string | undefined;
  readonly version: string;
  /** The dialect's own, above the common ones. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** Nothing of the client's own headers goes upstream on a translated route. */
export function upstreamHeaders(options: HeaderOptions): Record<string, string> {
  const { style, credential, sessionId, version, extra } = options;
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': `ccp/${version}`,
    ...(style === 'codex' ? codexHeaders(credential, sessionId) : {}),
    ...extra,
    ...authorization(options),
  };
}

function authorization({ auth, credential: { kind, token } }: HeaderOptions): Record<string, string> {
  if (kind === 'none') return {};
  if (kind === 'client') return { authorization: token };
  return auth === 'x-api-key' && kind === 'api-key' ? { 'x-api-key': token } : { authorization: `Bearer ${token}` };
}

/** Honest about who asks: the back end takes any originator, and some models only its own. */
const codexHeaders = (credential: Credential, sessionId: string | undefined): Record<string, string> => ({
  originator: 'ccp',
  ...(credential.accountId === undefined ? {} : { 'chatgpt-account-id': credential.accountId }),
  ...(sessionId === undefined ? {} : { 'session-id': sessionId.replace(/[^\x21-\x7e]/g, '_').slice(0, 64) }),
});
