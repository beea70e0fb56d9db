/** Optional fields that upstreams refused, kept for as long as the proxy runs: nobody is asked twice. */
export class Lessons {
  readonly #refused = new Map<string, ReadonlySet<string>>();

  refused(upstream: string, model: string): ReadonlySet<string> {
    return this.#refused.get(`${upstream}/${model}`) ?? new Set();
  }

  learn(upstream: string, model: string, field: string): void {
    this.#refused.set(`${upstream}/${model}`, new Set([...this.refused(upstream, model), field]));
  }
}
