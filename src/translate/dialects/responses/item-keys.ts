/**
 * Which item an event speaks of. `output_index` says it where the upstream is careful; some omit it, reuse it for a
 * second item, or list items in the terminal event in another order. A call told apart wrongly is lost or runs twice.
 */
import { asNumber, asString, type JsonObject } from '../../../wire/json.ts';

interface Known {
  readonly id: string | undefined;
  readonly callId: string | undefined;
}

export class ItemKeys {
  readonly #isDone: (key: string) => boolean;
  /** What an event's own place or id stands for now. */
  readonly #current = new Map<string, string>();
  readonly #known = new Map<string, Known>();
  readonly #byId = new Map<string, string>();
  readonly #byCallId = new Map<string, string>();
  /** Newest opened item of each kind. */
  readonly #newest = new Map<string, string>();
  readonly #kinds = new Map<string, string>();

  constructor(isDone: (key: string) => boolean) {
    this.#isDone = isDone;
  }

  opened(key: string, kind: string): void {
    this.#newest.set(kind, key);
    this.#kinds.set(key, kind);
  }

  /** For an event that carries the item: the same item again keeps its key, another one under its place gets a new. */
  ofItem(event: JsonObject, item: JsonObject): string {
    const known: Known = { id: asString(item.id) || undefined, callId: asString(item.call_id) || undefined };
    const place = placeOf(event) ?? known.id ?? known.callId ?? '#';
    // Two calls may share a call id; where they have places, only their own ids make them one.
    const same = placeOf(event) === undefined ? this.#ofId(known) : known.id && this.#byId.get(known.id);
    const key = this.#current.get(place) ?? (same || undefined);
    if (key !== undefined && !this.#isAnother(key, known, event, asString(item.type)))
      return this.#remember(place, key, known);
    return this.#remember(place, key === undefined ? place : `${place}+${this.#known.size}`, known);
  }

  /** For an event that only points at its item. */
  ofEvent(event: JsonObject, kind: string): string {
    const place = placeOf(event);
    const id = asString(event.item_id);
    const key = place === undefined ? id !== undefined && this.#byId.get(id) : this.#current.get(place);
    if (key) return key;
    // Neither place nor id is known: an upstream with ids that change means the item that is open.
    const newest = this.#newest.get(kind);
    if (place === undefined && newest !== undefined && !this.#isDone(newest)) return newest;
    return this.#remember(place ?? id ?? '#', place ?? id ?? '#', { id, callId: undefined });
  }

  /** For the terminal event's list; `undefined` when the item was there already under a name we cannot match. */
  ofListed(item: JsonObject, index: number): string | undefined {
    const known: Known = { id: asString(item.id) || undefined, callId: asString(item.call_id) || undefined };
    const same = this.#ofId(known);
    if (same !== undefined) return same;
    const kind = asString(item.type) ?? '';
    const place = `#${index}`;
    const there = this.#current.get(place);
    const nameless = known.id === undefined && known.callId === undefined;
    if (there !== undefined && this.#kinds.get(there) === kind && (kind !== 'function_call' || nameless)) return there;
    // A call with an id of its own is a call of its own; without one it may be any that was there.
    const ownId = kind === 'function_call' && (known.id !== undefined || known.callId !== undefined);
    if (!ownId && this.#newest.has(kind)) return undefined;
    return this.#remember(`listed ${index}`, `listed ${index}`, known);
  }

  #ofId({ id, callId }: Known): string | undefined {
    return (id && this.#byId.get(id)) || (callId && this.#byCallId.get(callId)) || undefined;
  }

  #isAnother(key: string, now: Known, event: JsonObject, kind: string | undefined): boolean {
    const before = this.#known.get(key);
    const clash = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
    if (before && placeOf(event) !== undefined) {
      const sameCall = before.callId !== undefined && before.callId === now.callId;
      if (!sameCall && (clash(before.id, now.id) || clash(before.callId, now.callId))) return true;
    }
    const kindBefore = this.#kinds.get(key);
    if (kind !== undefined && kindBefore !== undefined && kind !== kindBefore) return true;
    // Announced again after its end, and nothing says that it is the same.
    const nameless = now.id === undefined && now.callId === undefined;
    return nameless && asString(event.type)?.endsWith('.added') === true && this.#isDone(key);
  }

  #remember(place: string, key: string, { id, callId }: Known): string {
    const before = this.#known.get(key);
    this.#current.set(place, key);
    this.#known.set(key, { id: id ?? before?.id, callId: callId ?? before?.callId });
    if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, key);
    if (callId !== undefined && !this.#byCallId.has(callId)) this.#byCallId.set(callId, key);
    return key;
  }
}

const placeOf = (event: JsonObject): string | undefined => {
  const index = asNumber(event.output_index);
  return index === undefined ? undefined : `#${index}`;
};
