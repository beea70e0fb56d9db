/** What upstreams refused and need not be sent: optional fields, replayed reasoning. Kept for as long as the proxy runs: nobody is asked twice. */
const mostReasoning = 10_000;

export class Lessons {
  readonly #refused = new Map<string, ReadonlySet<string>>();

  readonly #reasoning = new Set<string>();

  refused(upstream: string, model: string): ReadonlySet<string> {
    return this.#refused.get(`${upstream}/${model}`) ?? new Set();
  }

  learn(upstream: string, model: string, field: string): void {
    this.#refused.set(`${upstream}/${model}`, new Set([...this.refused(upstream, model), field]));
  }

  /** Ids of reasoning that its maker did not take back. */
  get refusedReasoning(): ReadonlySet<string> {
    return this.#reasoning;
  }

  refuseReasoning(ids: readonly string[]): void {
    if (this.#reasoning.size > mostReasoning) this.#reasoning.clear();
    for (const id of ids) this.#reasoning.add(id);
  }
}
