/** A small question to an upstream beside the answers: limits, a count. It has little time, and nothing depends on it. */
import type { Credential } from '../ports/credential.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { parseJson } from '../wire/json.ts';
import { bodyText } from './body-text.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';

const patienceMs = 5_000;

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The JSON of a success; `undefined` for everything else. */
export async function askAside(
  { upstream, transport }: ReachableUpstream,
  question: Question,
  credential: Credential,
  { clock, version, log }: Pick<ProxyDeps, 'clock' | 'version' | 'log'>,
): Promise<unknown> {
  const abort = new AbortController();
  const cancel = clock.after(patienceMs, () => abort.abort(new Error('no answer in time')));
  try {
    const { method, url, body, headers: extra = {} } = question;
    const headers = upstreamHeaders({
      style: upstream.headers,
      auth: upstream.auth,
      credential,
      sessionId: undefined,
      version,
      extra,
    });
    const request = { method, url, body, headers: { ...headers, accept: 'application/json' } };
    const answer = await transport.send(request, { signal: abort.signal, headersTimeoutMs: patienceMs });
    const text = await bodyText(answer.body);
    return answer.status === 200 ? parseJson(text) : undefined;
  } catch (cause) {
    log.debug({ cause, upstream: upstream.name, url: question.url }, 'no answer to a question beside');
    return undefined;
  } finally {
    cancel();
  }
}
