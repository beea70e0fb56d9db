import type { Credential } from '../ports/credential.ts';

export interface HeaderOptions {
  readonly style: 'codex' | 'plain';
  readonly credential: Credential;
  readonly sessionId: string | undefined;
  readonly version: string;
}

/** Nothing of the client's own headers goes upstream on a translated route. */
export function upstreamHeaders({ style, credential, sessionId, version }: HeaderOptions): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': `ccp/${version}`,
    ...(credential.kind === 'bearer' ? { authorization: `Bearer ${credential.token}` } : {}),
    ...(credential.kind === 'api-key' ? { 'x-api-key': credential.token } : {}),
    ...(style === 'codex' ? codexHeaders(credential, sessionId) : {}),
  };
}

/** Honest about who asks: the back end takes any originator, and some models only its own. */
const codexHeaders = (credential: Credential, sessionId: string | undefined): Record<string, string> => ({
  originator: 'ccp',
  ...(credential.accountId === undefined ? {} : { 'chatgpt-account-id': credential.accountId }),
  ...(sessionId === undefined ? {} : { 'session-id': sessionId.replace(/[^\x21-\x7e]/g, '_').slice(0, 64) }),
});
