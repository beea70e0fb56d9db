/**
 * Assigns each event to its output item. `output_index` identifies the item on conforming upstreams. Others omit it,
 * reuse it for a second item, or list the items in a different order in the terminal event. A wrong assignment loses a
 * call or runs it twice.
 */
import { asNumber, asString, type JsonObject } from '../../../wire/json.ts';

interface ItemIds {
  readonly id: string | undefined;
  readonly callId: string | undefined;
}

export class ItemKeys {
  readonly #isDone: (key: string) => boolean;
  /** Key of the current item for each position or id in an event. */
  readonly #currentKeys = new Map<string, string>();
  readonly #idsByKey = new Map<string, ItemIds>();
  readonly #byId = new Map<string, string>();
  readonly #byCallId = new Map<string, string>();
  /** Key of the newest opened item of each kind. */
  readonly #newest = new Map<string, string>();
  readonly #kinds = new Map<string, string>();

  constructor(isDone: (key: string) => boolean) {
    this.#isDone = isDone;
  }

  /** Records that an item of this kind was opened. */
  opened(key: string, kind: string): void {
    this.#newest.set(kind, key);
    this.#kinds.set(key, kind);
  }

  /** The key for an event that contains the item. A different item at the same position gets a new key. */
  keyForItem(event: JsonObject, item: JsonObject): string {
    const ids: ItemIds = { id: asString(item.id) || undefined, callId: asString(item.call_id) || undefined };
    const position = positionOf(event) ?? ids.id ?? ids.callId ?? '#';
    // Two calls may share a call id. If the event has a position, only the item id identifies the item.
    const keyOfIds = positionOf(event) === undefined ? this.#keyOf(ids) : ids.id && this.#byId.get(ids.id);
    const key = this.#currentKeys.get(position) ?? (keyOfIds || undefined);
    if (key !== undefined && !this.#isDifferentItem(key, ids, event, asString(item.type)))
      return this.#remember(position, key, ids);
    return this.#remember(position, key === undefined ? position : `${position}+${this.#idsByKey.size}`, ids);
  }

  /** The key for an event that only references its item. */
  keyForEvent(event: JsonObject, kind: string): string {
    const position = positionOf(event);
    const id = asString(event.item_id);
    const key = position === undefined ? id !== undefined && this.#byId.get(id) : this.#currentKeys.get(position);
    if (key) return key;
    // Without a position or a known id, the event belongs to the open item: some upstreams change ids.
    const newest = this.#newest.get(kind);
    if (position === undefined && newest !== undefined && !this.#isDone(newest)) return newest;
    return this.#remember(position ?? id ?? '#', position ?? id ?? '#', { id, callId: undefined });
  }

  /** The key for an item of the terminal event; `undefined` if it cannot be told apart from an earlier item. */
  keyForListed(item: JsonObject, index: number): string | undefined {
    const ids: ItemIds = { id: asString(item.id) || undefined, callId: asString(item.call_id) || undefined };
    const keyOfIds = this.#keyOf(ids);
    if (keyOfIds !== undefined) return keyOfIds;
    const kind = asString(item.type) ?? '';
    const position = `#${index}`;
    const keyAtPosition = this.#currentKeys.get(position);
    const hasNoIds = ids.id === undefined && ids.callId === undefined;
    if (
      keyAtPosition !== undefined &&
      this.#kinds.get(keyAtPosition) === kind &&
      (kind !== 'function_call' || hasNoIds)
    )
      return keyAtPosition;
    // A call with an unknown id is a new call. Any other item may be one that was already received.
    const isNewCall = kind === 'function_call' && (ids.id !== undefined || ids.callId !== undefined);
    if (!isNewCall && this.#newest.has(kind)) return undefined;
    return this.#remember(`listed ${index}`, `listed ${index}`, ids);
  }

  #keyOf({ id, callId }: ItemIds): string | undefined {
    return (id && this.#byId.get(id)) || (callId && this.#byCallId.get(callId)) || undefined;
  }

  #isDifferentItem(key: string, ids: ItemIds, event: JsonObject, kind: string | undefined): boolean {
    const previous = this.#idsByKey.get(key);
    const conflicts = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
    if (previous && positionOf(event) !== undefined) {
      const isSameCall = previous.callId !== undefined && previous.callId === ids.callId;
      if (!isSameCall && (conflicts(previous.id, ids.id) || conflicts(previous.callId, ids.callId))) return true;
    }
    const previousKind = this.#kinds.get(key);
    if (kind !== undefined && previousKind !== undefined && kind !== previousKind) return true;
    // An `added` event without ids at the position of a finished item starts a new item.
    const hasNoIds = ids.id === undefined && ids.callId === undefined;
    return hasNoIds && asString(event.type)?.endsWith('.added') === true && this.#isDone(key);
  }

  #remember(position: string, key: string, { id, callId }: ItemIds): string {
    const previous = this.#idsByKey.get(key);
    this.#currentKeys.set(position, key);
    this.#idsByKey.set(key, { id: id ?? previous?.id, callId: callId ?? previous?.callId });
    if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, key);
    if (callId !== undefined && !this.#byCallId.has(callId)) this.#byCallId.set(callId, key);
    return key;
  }
}

const positionOf = (event: JsonObject): string | undefined => {
  const index = asNumber(event.output_index);
  return index === undefined ? undefined : `#${index}`;
};
