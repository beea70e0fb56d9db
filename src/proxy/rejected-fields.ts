/** Optional request fields and replayed reasoning that upstreams rejected. They are not sent again in this process. */
import type { Rejected } from '../translate/dialect.ts';

/** Maximum number of stored reasoning ids. Beyond it all stored ids are removed. */
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

  /** @param ids of replayed reasoning that the upstream rejected. */
  addReasoning(ids: readonly string[]): void {
    if (this.#reasoning.size > maxReasoningIds) this.#reasoning.clear();
    for (const id of ids) this.#reasoning.add(id);
  }
}
