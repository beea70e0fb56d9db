/** The decision table of `ItemIdentity`: how an event of each kind finds its item. */
import type { JsonObject } from '../../../wire/json.ts';

/** `reference`: an event that only refers to its item. `listed`: an item in the terminal event. */
export type Occasion = 'added' | 'reference' | 'done' | 'listed';

export interface KnownItem {
  readonly key: string;
  kind: string;
  readonly position: number | undefined;
  id: string | undefined;
  callId: string | undefined;
  /** The item itself was in an event, not only a reference to it. */
  isAnnounced: boolean;
  /** The terminal event has listed it. */
  isListed: boolean;
}

export interface ItemStates {
  isDone(key: string): boolean;
  /**
   * Whether the content received so far is that of the item, or its beginning: text apart from white space, a call by its
   * tool and arguments. Only asked for items of the same kind.
   */
  hasContentOf(key: string, item: JsonObject): boolean;
}

/** What an event says about its item. */
export interface Evidence {
  readonly occasion: Occasion;
  readonly kind: string;
  /** `output_index`, or the place in the list of the terminal event. */
  readonly position: number | undefined;
  readonly id: string | undefined;
  readonly callId: string | undefined;
  /** The item, if the event contains it. */
  readonly item: JsonObject;
}

/** The items that the evidence points to. */
export interface Found extends Evidence {
  /** The newest item at the position. */
  readonly atPosition: KnownItem | undefined;
  readonly byId: KnownItem | undefined;
  readonly byCallId: KnownItem | undefined;
  /** Unfinished items of the kind, the newest first. */
  readonly open: readonly KnownItem[];
  /** Items of the kind, in the order in which they began. */
  readonly ofKind: readonly KnownItem[];
  /** An earlier event referred to an item by its id, so the host does not change ids. */
  readonly hasStableIds: boolean;
  readonly states: ItemStates;
}

type Row = readonly [
  occasions: readonly Occasion[],
  description: string,
  decide: (found: Found) => KnownItem | undefined,
];

const differs = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;
export const isSame = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a === b;
const hasNoIds = ({ id, callId }: Evidence): boolean => id === undefined && callId === undefined;

/** The item at the position, if it has the kind and is no other call. */
const samePlace = ({ atPosition, kind, callId }: Found): KnownItem | undefined =>
  atPosition?.kind === kind && !differs(atPosition.callId, callId) ? atPosition : undefined;

const ifKind = (item: KnownItem | undefined, { kind }: Found): KnownItem | undefined =>
  item?.kind === kind ? item : undefined;

/** An item found by an id belongs to the event only if no position contradicts it. */
const withoutPosition = (item: KnownItem | undefined, { position }: Found): KnownItem | undefined =>
  position === undefined || item?.position === undefined ? item : undefined;

export const rows: readonly Row[] = [
  // Added and done: the event contains the item.
  [
    ['added'],
    'the position, with the same id or call id',
    (found) => {
      const item = samePlace(found);
      return item && (isSame(item.id, found.id) || isSame(item.callId, found.callId)) ? item : undefined;
    },
  ],
  [
    ['added'],
    'the position, where only references were before',
    (found) => {
      const item = samePlace(found);
      return item && !item.isAnnounced ? item : undefined;
    },
  ],
  [
    ['added'],
    'the position, without ids, while its item is unfinished',
    (found) => {
      const item = samePlace(found);
      return item && hasNoIds(found) && !found.states.isDone(item.key) ? item : undefined;
    },
  ],
  [
    ['done'],
    'the position, while its item is unfinished',
    (found) => {
      const item = samePlace(found);
      return item && !found.states.isDone(item.key) ? item : undefined;
    },
  ],
  [
    ['done'],
    'the position of an unfinished call of the same tool with these arguments: the host has changed its ids',
    ({ atPosition, kind, item, states }) =>
      atPosition?.kind === kind && !states.isDone(atPosition.key) && states.hasContentOf(atPosition.key, item)
        ? atPosition
        : undefined,
  ],
  [
    ['done'],
    'the position, with the same id, call id or content, or without ids',
    (found) => {
      const item = samePlace(found);
      if (item === undefined) return undefined;
      const isSameItem = isSame(item.id, found.id) || isSame(item.callId, found.callId) || hasNoIds(found);
      return isSameItem || (found.kind !== 'function_call' && found.states.hasContentOf(item.key, found.item))
        ? item
        : undefined;
    },
  ],
  [
    ['added', 'done'],
    'the id, of no other call',
    (found) => {
      const item = withoutPosition(ifKind(found.byId, found), found);
      return item && !differs(item.callId, found.callId) ? item : undefined;
    },
  ],
  [['added', 'done'], 'the call id', (found) => withoutPosition(ifKind(found.byCallId, found), found)],
  [
    ['done'],
    'an unfinished item with this id or call id at another position',
    (found) => {
      const item = ifKind(found.byId, found) ?? ifKind(found.byCallId, found);
      return item && found.atPosition !== undefined && !found.states.isDone(item.key) ? item : undefined;
    },
  ],
  [
    ['added'],
    'no position: the newest unfinished item that only references started',
    ({ position, id, open, hasStableIds }) =>
      position === undefined
        ? open.find((item) => !item.isAnnounced && !(hasStableIds && differs(item.id, id)))
        : undefined,
  ],
  [
    ['done'],
    'no position: the newest unfinished item that is no other call',
    ({ position, open, callId }) =>
      position === undefined ? open.find((item) => !differs(item.callId, callId)) : undefined,
  ],
  [
    ['done'],
    'no position: an item with this content',
    ({ position, kind, ofKind, states, item }) =>
      position === undefined && kind !== 'function_call'
        ? ofKind.findLast(({ key }) => states.hasContentOf(key, item))
        : undefined,
  ],
  // References: deltas and parts.
  [
    ['reference'],
    'the id, when the item at the position has another kind',
    (found) => (found.atPosition && found.atPosition.kind !== found.kind ? ifKind(found.byId, found) : undefined),
  ],
  [['reference'], 'the position', ({ atPosition }) => atPosition],
  [['reference'], 'the id', (found) => withoutPosition(ifKind(found.byId, found), found)],
  [
    ['reference'],
    'no position, and no id or one of a host that changes them: the newest unfinished item of the kind',
    ({ position, id, open, hasStableIds }) =>
      position === undefined && (id === undefined || !hasStableIds) ? open[0] : undefined,
  ],
  // Listed: each received item is listed at most once.
  [['listed'], 'the id', (found) => unlisted(found, ({ id }) => isSame(id, found.id))],
  [['listed'], 'the call id', (found) => unlisted(found, ({ callId }) => isSame(callId, found.callId))],
  [
    ['listed'],
    'the content: some hosts list an item with other ids',
    (found) => unlisted(found, ({ key }) => found.states.hasContentOf(key, found.item)),
  ],
  [
    ['listed'],
    'a call without ids: the next one without a contradicting position',
    (found) =>
      found.kind === 'function_call' && hasNoIds(found)
        ? (unlisted(found, ({ position }) => position === found.position) ?? unlisted(found, () => true))
        : undefined,
  ],
  [
    ['listed'],
    'a message with other content: the one at the place, or the next one',
    (found) =>
      found.kind === 'message'
        ? (unlisted(found, ({ position }) => position === found.position) ?? unlisted(found, () => true))
        : undefined,
  ],
  [['listed'], 'an item that was listed before', (found) => ifKind(found.byId, found) ?? ifKind(found.byCallId, found)],
];

/** Prefers the item at the listed place, because calls may share their ids. */
function unlisted(found: Found, matches: (item: KnownItem) => boolean): KnownItem | undefined {
  const items = found.ofKind.filter((item) => !item.isListed && matches(item));
  return items.find(({ position }) => position === found.position) ?? items[0];
}
