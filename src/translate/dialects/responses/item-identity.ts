/**
 * Decides to which output item an event belongs. `output_index` identifies the item on conforming upstreams. Others omit
 * it, reuse it for a second item, change or omit the ids, or list other items in the terminal event. A wrong decision
 * loses an item, repeats its text, or runs a call twice.
 *
 * The decision is the table `rows` of `item-rows.ts`: the first row that names an item decides. Without one, the event
 * starts an item.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asNumber, asString, type JsonObject } from '../../../wire/json.ts';
import { type Evidence, type Found, type ItemStates, isSame, type KnownItem, rows } from './item-rows.ts';

/** Responses have some dozens of items. */
const maxItems = 2_000;

export class ItemIdentity {
  readonly #states: ItemStates;
  readonly #items: KnownItem[] = [];
  readonly #byKey = new Map<string, KnownItem>();
  readonly #byPosition = new Map<number, KnownItem>();
  readonly #byId = new Map<string, KnownItem>();
  readonly #byCallId = new Map<string, KnownItem>();
  #hasStableIds = false;

  constructor(states: ItemStates) {
    this.#states = states;
  }

  /** The key of the item that an event contains. */
  keyForItem(occasion: 'added' | 'done', event: JsonObject, item: JsonObject): string {
    return this.#keyFor({ ...idsOf(item), occasion, kind: kindOf(item), position: asNumber(event.output_index), item });
  }

  /** The key of the item that an event refers to. */
  keyForEvent(event: JsonObject, kind: string): string {
    const id = asString(event.item_id) || undefined;
    const position = asNumber(event.output_index);
    return this.#keyFor({ occasion: 'reference', kind, position, id, callId: undefined, item: {} });
  }

  /**
   * The key of an item of the terminal event; `undefined` for further reasoning, which belongs before the content that
   * was already sent.
   */
  keyForListed(item: JsonObject, place: number): string | undefined {
    const evidence: Evidence = { ...idsOf(item), occasion: 'listed', kind: kindOf(item), position: place, item };
    const known = this.#decide(evidence);
    if (known === undefined && evidence.kind === 'reasoning' && this.#items.some(({ kind }) => kind === 'reasoning'))
      return undefined;
    // The place is only that in the list.
    return this.#remember(known, { ...evidence, position: undefined });
  }

  /** Records of which kind an item turned out to be. */
  opened(key: string, kind: string): void {
    const item = this.#byKey.get(key);
    if (item) item.kind = kind;
  }

  #keyFor(evidence: Evidence): string {
    return this.#remember(this.#decide(evidence), evidence);
  }

  #decide(evidence: Evidence): KnownItem | undefined {
    const { position, id, callId, kind, occasion } = evidence;
    const atPosition = position === undefined ? undefined : this.#byPosition.get(position);
    // Most events are deltas of an item at its position.
    if (occasion === 'reference' && atPosition?.kind === kind) return atPosition;
    const ofKind = this.#items.filter((item) => item.kind === kind);
    const found: Found = {
      ...evidence,
      atPosition,
      byId: id === undefined ? undefined : this.#byId.get(id),
      byCallId: callId === undefined ? undefined : this.#byCallId.get(callId),
      open: ofKind.filter(({ key }) => !this.#states.isDone(key)).reverse(),
      ofKind,
      hasStableIds: this.#hasStableIds,
      states: this.#states,
    };
    for (const [occasions, , decide] of rows) {
      const item = occasions.includes(occasion) ? decide(found) : undefined;
      if (item) return item;
    }
    return undefined;
  }

  #remember(known: KnownItem | undefined, { occasion, kind, position, id, callId }: Evidence): string {
    const item: KnownItem = known ?? {
      key: `item ${this.#items.length}`,
      kind,
      position,
      id: undefined,
      callId: undefined,
      isAnnounced: false,
      isListed: false,
    };
    if (known === undefined) {
      if (this.#items.length >= maxItems)
        throw new CcpError('buffer_full', `The response has more than ${maxItems} output items.`);
      this.#items.push(item);
      this.#byKey.set(item.key, item);
    }
    this.#hasStableIds ||= known !== undefined && isSame(known.id, id);
    item.id ??= id;
    item.callId ??= callId;
    item.isAnnounced ||= occasion !== 'reference';
    item.isListed ||= occasion === 'listed';
    if (position !== undefined) this.#byPosition.set(position, item);
    if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, item);
    if (callId !== undefined && !this.#byCallId.has(callId)) this.#byCallId.set(callId, item);
    return item.key;
  }
}

const kindOf = (item: JsonObject): string => asString(item.type) ?? '';

const idsOf = (item: JsonObject) => ({
  id: asString(item.id) || undefined,
  callId: asString(item.call_id) || undefined,
});
