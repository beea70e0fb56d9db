/**
 * `count_tokens`: the upstream's own count where it has one, else the local count, corrected by how far the newest
 * answer of the same model was off.
 */
import type { Credential } from '../ports/credential.ts';
import { countable } from '../translate/anthropic/count.ts';
import type { Prepared } from '../translate/dialect.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';
import { sendSideRequest } from './side-request.ts';

/** A count this far off was of something else: a hidden prompt, images by another rule. */
const [minRatio, maxRatio] = [0.5, 2];
/** Below this the overhead of the upstream's own frame would be the correction. */
const minSampleTokens = 2_000;

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

  /** What an upstream really counted; used only when a count is asked for. */
  measured(name: string, request: MessagesRequest, usage: MessagesUsage): void {
    const inputTokens = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (inputTokens >= minSampleTokens) this.#newest.set(name, { request, inputTokens, ratio: undefined });
  }

  /** @param name of the upstream and model. */
  async local(name: string, request: MessagesRequest): Promise<number> {
    const counted = await this.#count(request);
    return Math.max(1, Math.round(counted * (await this.#ratio(name))));
  }

  /** Counts once. @returns the tokens of the request by the name of a model. */
  async estimator(request: MessagesRequest): Promise<(name: string) => number> {
    const counted = await this.#count(request);
    const ratios = new Map<string, number>();
    for (const name of this.#newest.keys()) ratios.set(name, await this.#ratio(name));
    return (name) => Math.max(1, Math.round(counted * (ratios.get(name) ?? 1)));
  }

  /** `undefined` when the upstream has no count, or none in time. */
  async upstream(prepared: Prepared, upstream: Upstream, credential: Credential): Promise<number | undefined> {
    const { count } = prepared;
    if (count === undefined) return undefined;
    const side = {
      method: 'POST' as const,
      url: upstream.baseUrl + count.path,
      body: count.body,
      headers: prepared.headers,
    };
    return count.read(await sendSideRequest(upstream, side, credential, this.#deps));
  }

  async #count(request: MessagesRequest): Promise<number> {
    const { texts, fixed } = countable(request);
    return fixed + (await this.#deps.ports.tokens.count(texts));
  }

  async #ratio(name: string): Promise<number> {
    const sample = this.#newest.get(name);
    if (sample === undefined) return 1;
    sample.ratio ??= this.#count(sample.request).then((counted) => sample.inputTokens / Math.max(1, counted));
    const ratio = await sample.ratio;
    return ratio < minRatio || ratio > maxRatio ? 1 : ratio;
  }
}
