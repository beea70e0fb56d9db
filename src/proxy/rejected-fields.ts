/** What upstreams refused and is not sent again while the proxy runs: optional request fields, replayed reasoning. */
import type { Rejected } from '../translate/dialect.ts';

/** Ids of reasoning that are remembered; more than this and the oldest are forgotten together. */
const maxReasoningIds = 10_000;

export class RejectedFields {
  readonly #fields = new Map<string, ReadonlySet<string>>();
  readonly #reasoning = new Set<string>();

  of(upstream: string, model: string): Rejected {
    return { fields: this.#fields.get(`${upstream}/${model}`) ?? new Set(), reasoning: this.#reasoning };
  }

  addField(upstream: string, model: string, field: string): void {
    const { fields } = this.of(upstream, model);
    this.#fields.set(`${upstream}/${model}`, new Set([...fields, field]));
  }

  /** @param ids of reasoning that its maker did not take back. */
  addReasoning(ids: readonly string[]): void {
    if (this.#reasoning.size > maxReasoningIds) this.#reasoning.clear();
    for (const id of ids) this.#reasoning.add(id);
  }
}
