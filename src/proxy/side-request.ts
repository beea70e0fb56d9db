/** A small optional request to an upstream besides turns, for its quota or a token count. It has a short timeout. */
import type { Credential } from '../ports/credential.ts';
import type { Transport } from '../ports/transport.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { parseJson } from '../wire/json.ts';
import { bodyText } from './body-text.ts';
import type { ProxyPorts } from './deps.ts';

const timeoutMs = 5_000;

export interface SideRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SideRequestDeps {
  readonly identity: { readonly version: string };
  readonly transportOf: (upstream: Upstream) => Transport;
  readonly ports: Pick<ProxyPorts, 'clock' | 'log'>;
}

/** The parsed JSON of a 200 response; `undefined` for any other status or a failure. */
export async function sendSideRequest(
  upstream: Upstream,
  { method, url, body, headers: extra = {} }: SideRequest,
  credential: Credential,
  { identity, transportOf, ports: { clock, log } }: SideRequestDeps,
): Promise<unknown> {
  const abort = new AbortController();
  const cancel = clock.after(timeoutMs, () => abort.abort(new Error('no answer in time')));
  try {
    const headers = upstreamHeaders(upstream, credential, { version: identity.version, sessionId: undefined, extra });
    const request = { method, url, body, headers: { ...headers, accept: 'application/json' } };
    const answer = await transportOf(upstream).send(request, { signal: abort.signal, headersTimeoutMs: timeoutMs });
    const text = await bodyText(answer.body);
    return answer.status === 200 ? parseJson(text) : undefined;
  } catch (cause) {
    log.debug({ cause, upstream: upstream.name, url }, 'a side request failed');
    return undefined;
  } finally {
    cancel();
  }
}
