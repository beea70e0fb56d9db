/**
 * Token counts for `count_tokens`: the upstream's own count where it has an endpoint, else the local count, corrected
 * by the ratio between the local count and the usage of the newest response of the same model.
 */
import type { Credential } from '../ports/credential.ts';
import { countable } from '../translate/anthropic/count.ts';
import type { Prepared } from '../translate/dialect.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';
import { sendSideRequest } from './side-request.ts';

/** A ratio outside this range comes from other content, such as a hidden prompt or another rule for images. */
const [minRatio, maxRatio] = [0.5, 2];
/** In smaller samples the upstream's fixed overhead would dominate the ratio. */
const minSampleTokens = 2_000;

interface Sample {
  readonly request: MessagesRequest;
  readonly inputTokens: number;
  ratio: Promise<number> | undefined;
}

export class TokenCounts {
  readonly #deps: ProxyDeps;
  readonly #latestSamples = new Map<string, Sample>();

  constructor(deps: ProxyDeps) {
    this.#deps = deps;
  }

  /** Records the input tokens an upstream counted. The ratio is computed when a count is requested. */
  addSample(name: string, request: MessagesRequest, usage: MessagesUsage): void {
    const inputTokens = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (inputTokens >= minSampleTokens) this.#latestSamples.set(name, { request, inputTokens, ratio: undefined });
  }

  /** The corrected local count. @param name of the upstream and model. */
  async local(name: string, request: MessagesRequest): Promise<number> {
    const localCount = await this.#count(request);
    return Math.max(1, Math.round(localCount * (await this.#ratio(name))));
  }

  /** Counts the request once. @returns a function from a model's name to the request's tokens for that model. */
  async estimator(request: MessagesRequest): Promise<(name: string) => number> {
    const localCount = await this.#count(request);
    const ratios = new Map<string, number>();
    for (const name of this.#latestSamples.keys()) ratios.set(name, await this.#ratio(name));
    return (name) => Math.max(1, Math.round(localCount * (ratios.get(name) ?? 1)));
  }

  /** The upstream's count; `undefined` when it has no endpoint or did not respond in time. */
  async upstream(prepared: Prepared, upstream: Upstream, credential: Credential): Promise<number | undefined> {
    const { count } = prepared;
    if (count === undefined) return undefined;
    const sideRequest = {
      method: 'POST' as const,
      url: upstream.baseUrl + count.path,
      body: count.body.text,
      headers: prepared.headers,
    };
    return count.read(await sendSideRequest(upstream, sideRequest, credential, this.#deps));
  }

  async #count(request: MessagesRequest): Promise<number> {
    const { texts, fixed } = countable(request);
    return fixed + (await this.#deps.ports.tokens.count(texts));
  }

  async #ratio(name: string): Promise<number> {
    const sample = this.#latestSamples.get(name);
    if (sample === undefined) return 1;
    sample.ratio ??= this.#count(sample.request).then((localCount) => sample.inputTokens / Math.max(1, localCount));
    const ratio = await sample.ratio;
    return ratio < minRatio || ratio > maxRatio ? 1 : ratio;
  }
}
