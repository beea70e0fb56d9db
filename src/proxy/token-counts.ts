/**
 * `count_tokens`: the upstream's own count where it has one, else the local count, corrected by how far the newest
 * answer of the same model was off.
 */
import type { Credential } from '../ports/credential.ts';
import type { Prepared } from '../translate/dialect.ts';
import { countable } from '../translate/messages/count.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import { parseJson } from '../wire/json.ts';
import { bodyText } from './body-text.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';

const patienceMs = 5_000;
/** A count this far off was of something else: a hidden prompt, images by another rule. */
const [leastRatio, mostRatio] = [0.5, 2];
/** Below this the overhead of the upstream's own frame would be the correction. */
const smallestSample = 2_000;

interface Sample {
  readonly request: MessagesRequest;
  readonly inputTokens: number;
  ratio: Promise<number> | undefined;
}

export class TokenCounts {
  readonly #deps: ProxyDeps;
  readonly #newest = new Map<string, Sample>();

  constructor(deps: ProxyDeps) {
    this.#deps = deps;
  }

  /** What an upstream really counted; looked at only when somebody asks for a count. */
  measured(name: string, request: MessagesRequest, usage: MessagesUsage): void {
    const inputTokens = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (inputTokens >= smallestSample) this.#newest.set(name, { request, inputTokens, ratio: undefined });
  }

  /** @param name of the upstream and model. */
  async local(name: string, request: MessagesRequest): Promise<number> {
    const counted = await this.#count(request);
    return Math.max(1, Math.round(counted * (await this.#ratio(name))));
  }

  /** `undefined` when the upstream has no count, or none in time. */
  async upstream(
    prepared: Prepared,
    reachable: ReachableUpstream,
    credential: Credential,
  ): Promise<number | undefined> {
    const { count } = prepared;
    if (count === undefined) return undefined;
    const { clock, version, log } = this.#deps;
    const { upstream, transport } = reachable;
    const abort = new AbortController();
    const cancel = clock.after(patienceMs, () => abort.abort(new Error('no count in time')));
    try {
      const headers = upstreamHeaders({ style: upstream.headers, credential, sessionId: undefined, version });
      const answer = await transport.send(
        {
          method: 'POST',
          url: upstream.baseUrl + count.path,
          headers: { ...headers, accept: 'application/json' },
          body: count.body,
        },
        { signal: abort.signal, headersTimeoutMs: patienceMs },
      );
      const text = await bodyText(answer.body);
      return answer.status === 200 ? count.read(parseJson(text)) : undefined;
    } catch (cause) {
      log.debug({ cause, upstream: upstream.name }, 'the upstream did not count');
      return undefined;
    } finally {
      cancel();
    }
  }

  async #count(request: MessagesRequest): Promise<number> {
    const { texts, fixed } = countable(request);
    return fixed + (await this.#deps.tokens.count(texts));
  }

  async #ratio(name: string): Promise<number> {
    const sample = this.#newest.get(name);
    if (sample === undefined) return 1;
    sample.ratio ??= this.#count(sample.request).then((counted) => sample.inputTokens / Math.max(1, counted));
    const ratio = await sample.ratio;
    return ratio < leastRatio || ratio > mostRatio ? 1 : ratio;
  }
}
