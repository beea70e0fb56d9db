/** OpenRouter's opaque thinking: pieces of one detail are put together, and go back as they came. */
import { asString, type JsonObject } from '../../../wire/json.ts';

/** Members that come in pieces. */
const growing = ['text', 'summary', 'data'] as const;

export class ThinkingDetails {
  #details: Record<string, unknown>[] = [];

  add(pieces: readonly JsonObject[]): void {
    for (const piece of pieces) {
      const last = this.#details.at(-1);
      if (last && goesOn(last, piece)) join(last, piece);
      else this.#details.push({ ...piece });
    }
  }

  /** As JSON; `undefined` when there is nothing new. */
  take(): string | undefined {
    if (this.#details.length === 0) return undefined;
    const text = JSON.stringify(this.#details);
    this.#details = [];
    return text;
  }
}

/** The same detail: its kind, place and id, and not signed yet. */
const goesOn = (last: JsonObject, piece: JsonObject): boolean =>
  last.type === piece.type &&
  last.index === piece.index &&
  (piece.id === undefined || piece.id === null || piece.id === last.id) &&
  !last.signature;

function join(joined: Record<string, unknown>, piece: JsonObject): void {
  for (const [name, value] of Object.entries(piece)) {
    const grows = growing.some((member) => member === name);
    const more = asString(value);
    if (grows && more !== undefined) joined[name] = (asString(joined[name]) ?? '') + more;
    else if (value !== null && value !== undefined) joined[name] = value;
  }
}
