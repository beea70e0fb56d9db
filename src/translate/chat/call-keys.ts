/**
 * Which call a piece of `tool_calls` belongs to. The index says it where the host is careful; some repeat index 0 with
 * a new id, some give no index, some repeat the id or leave it empty.
 */
import { asNumber, asObject, asString, type JsonObject } from '../../wire/json.ts';

export class CallKeys {
  /** Newest call of each index. */
  readonly #byIndex = new Map<number, string>();
  readonly #byId = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  #last: string | undefined;
  #count = 0;

  /** @returns the key of its call; a new one where it begins a call. */
  of(piece: JsonObject, place: number): string {
    const id = asString(piece.id) || undefined;
    const index = asNumber(piece.index);
    const key = this.#known(piece, id, index, place) ?? `call ${this.#count++}`;
    if (index !== undefined) this.#byIndex.set(index, key);
    if (id !== undefined) {
      this.#byId.set(id, key);
      if (!this.#ids.has(key)) this.#ids.set(key, id);
    }
    this.#last = key;
    return key;
  }

  #known(piece: JsonObject, id: string | undefined, index: number | undefined, place: number): string | undefined {
    const same = id === undefined ? undefined : this.#byId.get(id);
    if (index === undefined) {
      if (id !== undefined) return same;
      // Nothing says whose it is: a name begins a call, anything else goes on with the last.
      return asString(asObject(piece.function).name) || place > 0 ? undefined : this.#last;
    }
    const there = this.#byIndex.get(index);
    if (there === undefined) return undefined;
    const before = this.#ids.get(there);
    return id !== undefined && before !== undefined && id !== before ? same : there;
  }
}
