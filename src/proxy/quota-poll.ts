/** Asks an upstream for its limits where its answers do not tell them: free, in the background, at most once a minute. */
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { parseJson } from '../wire/json.ts';
import { bodyText } from './body-text.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';

const everyMs = 60_000;
const patienceMs = 5_000;

export class QuotaPoll {
  readonly #deps: ProxyDeps;
  readonly #publish: (upstream: string, quota: Quota) => void;
  /** When it was last asked or told, by upstream; milliseconds of the clock's `elapsed`. */
  readonly #last = new Map<string, number>();

  constructor(deps: ProxyDeps, publish: (upstream: string, quota: Quota) => void) {
    this.#deps = deps;
    this.#publish = publish;
  }

  /** The answers tell by themselves. */
  told(upstream: string): void {
    this.#last.set(upstream, this.#deps.clock.elapsed());
  }

  /** After an answer. A failure changes nothing: the number stays as old as it is. */
  async ask(reachable: ReachableUpstream, credential: Credential): Promise<void> {
    const { name, quotaEndpoint } = reachable.upstream;
    const last = this.#last.get(name);
    const { clock, log } = this.#deps;
    if (quotaEndpoint === undefined || (last !== undefined && clock.elapsed() - last < everyMs)) return;
    this.told(name);
    try {
      const quota = quotaEndpoint.read(
        await this.#fetch(reachable, quotaEndpoint.url, credential),
        this.#deps.clock.now(),
      );
      if (quota) this.#publish(name, quota);
    } catch (cause) {
      log.debug({ cause, upstream: name }, 'the quota could not be read');
    }
  }

  async #fetch({ upstream, transport }: ReachableUpstream, url: string, credential: Credential): Promise<unknown> {
    const { clock, version } = this.#deps;
    const abort = new AbortController();
    const cancel = clock.after(patienceMs, () => abort.abort(new Error('no answer in time')));
    try {
      const headers = upstreamHeaders({ style: upstream.headers, credential, sessionId: undefined, version });
      const request = { method: 'GET' as const, url, headers: { ...headers, accept: 'application/json' }, body: '' };
      const answer = await transport.send(request, { signal: abort.signal, headersTimeoutMs: patienceMs });
      const text = await bodyText(answer.body);
      return answer.status === 200 ? parseJson(text) : undefined;
    } finally {
      cancel();
    }
  }
}
