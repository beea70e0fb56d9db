/**
 * Which call a piece of `tool_calls` belongs to. The index says it where the host is careful; some repeat index 0 with
 * a new id or a new name, some give no index, some give it as text, some repeat the id or leave it empty.
 */
import { asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';

interface Known {
  id: string | undefined;
  name: string;
  /** The chunk that spoke of it last. */
  chunk: number;
}

/** What became of the calls that are known. */
export interface CallStates {
  /** Its arguments so far are a whole object. */
  isComplete(key: string): boolean;
  /** Its name is whole: it does not come in pieces. */
  isBegun(key: string): boolean;
}

export class CallKeys {
  readonly #calls: CallStates;
  /** Newest call of each index. */
  readonly #byIndex = new Map<number, string>();
  readonly #byId = new Map<string, string>();
  readonly #known = new Map<string, Known>();
  #last: string | undefined;
  #chunk = 0;

  constructor(calls: CallStates) {
    this.#calls = calls;
  }

  nextChunk(): void {
    this.#chunk += 1;
  }

  /** @returns the key of its call; a new one where it begins a call. */
  of(piece: JsonObject): string {
    const id = asString(piece.id) || undefined;
    const name = asString(asObject(piece.function).name) ?? '';
    const index = indexOf(piece.index);
    const key = this.#find(id, name, index) ?? `call ${this.#known.size}`;
    const before = this.#known.get(key);
    this.#known.set(key, { id: before?.id ?? id, name: before?.name || name, chunk: this.#chunk });
    if (index !== undefined) this.#byIndex.set(index, key);
    if (id !== undefined) this.#byId.set(id, key);
    this.#last = key;
    return key;
  }

  #find(id: string | undefined, name: string, index: number | undefined): string | undefined {
    const same = id === undefined ? undefined : this.#byId.get(id);
    if (same !== undefined) return same;
    const there = index === undefined ? this.#last : this.#byIndex.get(index);
    const before = there === undefined ? undefined : this.#known.get(there);
    if (there === undefined || before === undefined) return undefined;
    if (id !== undefined && before.id !== undefined) return undefined;
    // Without ids a name begins a call: another name, one behind whole arguments, one in the same chunk.
    const begins = name !== '' && before.name !== '' && id === undefined && before.id === undefined;
    if (begins && (index === undefined || before.chunk === this.#chunk || this.#calls.isComplete(there)))
      return undefined;
    if (begins && name !== before.name && this.#calls.isBegun(there)) return undefined;
    return index === undefined && id !== undefined && before.name !== '' ? undefined : there;
  }
}

function indexOf(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : asNumber(value);
}
