/** OpenRouter's `reasoning_details`: deltas of one detail are joined and replayed unchanged. */
import { asString, type JsonObject } from '../../../wire/json.ts';

/** Fields that arrive in deltas and are concatenated. */
const concatenatedFields = ['text', 'summary', 'data'] as const;

export class ThinkingDetails {
  #details: Record<string, unknown>[] = [];

  add(deltas: readonly JsonObject[]): void {
    for (const delta of deltas) {
      const last = this.#details.at(-1);
      if (last && continuesDetail(last, delta)) join(last, delta);
      else this.#details.push({ ...delta });
    }
  }

  /** @returns the details since the last call as a JSON array; `undefined` when there are none. */
  take(): string | undefined {
    if (this.#details.length === 0) return undefined;
    const text = JSON.stringify(this.#details);
    this.#details = [];
    return text;
  }
}

/** Same type, index and id, and the last detail has no signature yet. */
const continuesDetail = (last: JsonObject, delta: JsonObject): boolean =>
  last.type === delta.type &&
  last.index === delta.index &&
  (delta.id === undefined || delta.id === null || delta.id === last.id) &&
  !last.signature;

function join(joined: Record<string, unknown>, delta: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    const isConcatenated = concatenatedFields.some((field) => field === name);
    const addition = asString(value);
    if (isConcatenated && addition !== undefined) joined[name] = (asString(joined[name]) ?? '') + addition;
    else if (value !== null && value !== undefined) joined[name] = value;
  }
}
