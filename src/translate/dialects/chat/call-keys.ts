/**
 * Assigns each `tool_calls` delta to its call. The index identifies the call on conforming hosts. Other hosts repeat
 * index 0 with a new id or name, omit the index, send it as a string, repeat the id, or send an empty id.
 */
import { asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';

interface KnownCall {
  id: string | undefined;
  name: string;
  /** Number of the last chunk with a delta of this call. */
  lastChunk: number;
}

/** State of the calls by key. */
export interface CallStates {
  /** The arguments received so far are a complete JSON object. */
  isComplete(key: string): boolean;
  /** The call has started, so its name is complete. */
  isBegun(key: string): boolean;
}

export class CallKeys {
  readonly #states: CallStates;
  /** Key of the newest call of each index. */
  readonly #byIndex = new Map<number, string>();
  readonly #byId = new Map<string, string>();
  readonly #calls = new Map<string, KnownCall>();
  #lastKey: string | undefined;
  #chunkNumber = 0;

  constructor(states: CallStates) {
    this.#states = states;
  }

  nextChunk(): void {
    this.#chunkNumber += 1;
  }

  /** @returns the key of the delta's call; a new key if the delta starts a call. */
  of(delta: JsonObject): string {
    const id = asString(delta.id) || undefined;
    const name = asString(asObject(delta.function).name) ?? '';
    const index = indexOf(delta.index);
    const key = this.#find(id, name, index) ?? `call ${this.#calls.size}`;
    const known = this.#calls.get(key);
    this.#calls.set(key, { id: known?.id ?? id, name: known?.name || name, lastChunk: this.#chunkNumber });
    if (index !== undefined) this.#byIndex.set(index, key);
    if (id !== undefined) this.#byId.set(id, key);
    this.#lastKey = key;
    return key;
  }

  #find(id: string | undefined, name: string, index: number | undefined): string | undefined {
    const keyOfId = id === undefined ? undefined : this.#byId.get(id);
    if (keyOfId !== undefined) return keyOfId;
    const candidateKey = index === undefined ? this.#lastKey : this.#byIndex.get(index);
    const candidate = candidateKey === undefined ? undefined : this.#calls.get(candidateKey);
    if (candidateKey === undefined || candidate === undefined) return undefined;
    if (id !== undefined && candidate.id !== undefined) return undefined;
    // Without ids, a name starts a new call if it has no index, follows complete arguments, repeats within one chunk,
    // or differs from the name of a started call.
    const hasOnlyNames = name !== '' && candidate.name !== '' && id === undefined && candidate.id === undefined;
    if (
      hasOnlyNames &&
      (index === undefined || candidate.lastChunk === this.#chunkNumber || this.#states.isComplete(candidateKey))
    )
      return undefined;
    if (hasOnlyNames && name !== candidate.name && this.#states.isBegun(candidateKey)) return undefined;
    return index === undefined && id !== undefined && candidate.name !== '' ? undefined : candidateKey;
  }
}

function indexOf(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : asNumber(value);
}
