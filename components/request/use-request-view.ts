import type { RequestView } from '../../src/session/state.ts';
import { stepsOf } from '../list-keys.ts';
import { useLiveState } from '../use-live-state.ts';
import { listed, type Order, orders } from './order.ts';

const maxFilter = 200;

export interface Key {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly escape: boolean;
  readonly return: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
}

export interface RequestListView {
  readonly requests: readonly RequestView[];
  readonly chosen: RequestView | undefined;
  readonly order: Order;
  readonly filter: string;
  /** The filter is being typed. */
  readonly isTyping: boolean;
  /** The details of the chosen request are shown alone. */
  readonly isOpen: boolean;
  choose(id: string): void;
  /** @returns false if the key has no meaning in the list. */
  press(input: string, key: Key): boolean;
}

interface ListState {
  readonly id: string | undefined;
  readonly order: Order;
  readonly filter: string;
  readonly isTyping: boolean;
  readonly isOpen: boolean;
}

export interface RequestViewOptions {
  /** Rows that a page key moves by. */
  readonly page: number;
  readonly onCopy: (text: string) => void;
  /** Id of the request that is chosen at first; the first one by default. */
  readonly request?: string | undefined;
  /** The order at first. */
  readonly order?: Order;
  readonly onOrder?: (order: Order) => void;
}

/**
 * The list's order, filter and choice. The choice is kept by id, because the list changes under it.
 * @param all the newest first.
 */
export function useRequestView(
  all: readonly RequestView[],
  { page, onCopy, request, order = 'newest', onOrder }: RequestViewOptions,
): RequestListView {
  const [now, change] = useLiveState<ListState>({
    id: request,
    order,
    filter: '',
    isTyping: false,
    isOpen: false,
  });
  const shown = () => {
    const { order, filter, id } = now();
    const requests = listed(all, order, filter);
    const at = Math.max(
      0,
      requests.findIndex((request) => request.id === id),
    );
    const chosen = requests[at];
    // A request that is not kept any longer has no details.
    return { requests, at, chosen, isOpen: now().isOpen && chosen?.id === id };
  };
  const move = (steps: number) => {
    const { requests, at } = shown();
    change({ id: requests[Math.max(0, Math.min(requests.length - 1, at + steps))]?.id });
  };
  const press = (input: string, key: Key): boolean => {
    const { isTyping, filter } = now();
    if (shown().isOpen) return pressOpen(input, key);
    const steps = stepsOf(key, page);
    if (steps !== undefined) move(steps);
    else if (isTyping) change(typed(filter, input, key));
    else if (key.escape && filter !== '') change({ filter: '' });
    else if (input === 'k') move(-1);
    else if (input === 'j') move(1);
    else if (input === 'o') reorder();
    else if (input === '/') change({ isTyping: true });
    else if (key.return) open();
    else if (input === 'c' && !key.ctrl) copy();
    else return false;
    return true;
  };
  const open = () => {
    const { chosen } = shown();
    if (chosen !== undefined) change({ id: chosen.id, isOpen: true });
  };
  /** The view of the details scrolls by itself. */
  const pressOpen = (input: string, key: Key): true => {
    if (key.return || key.escape || input === 'q') change({ isOpen: false });
    else if (input === 'c' && !key.ctrl) copy();
    return true;
  };
  const reorder = () => {
    const next = orders[(orders.indexOf(now().order) + 1) % orders.length] ?? 'newest';
    change({ order: next });
    onOrder?.(next);
  };
  const copy = () => {
    const { chosen } = shown();
    if (chosen !== undefined) onCopy(chosen.id);
  };
  const { requests, chosen, isOpen } = shown();
  return { ...now(), requests, chosen, isOpen, choose: (id) => change({ id }), press };
}

/** A key while the filter is typed. */
function typed(filter: string, input: string, key: Key): Partial<ListState> {
  if (key.return) return { isTyping: false };
  if (key.escape) return { isTyping: false, filter: '' };
  if (key.backspace || key.delete) return { filter: filter.slice(0, -1) };
  if (key.ctrl && input === 'u') return { filter: '' };
  if (key.ctrl && input === 'w') return { filter: filter.trimEnd().replace(/\S{1,200}$/, '') };
  return !key.ctrl && input >= ' ' ? { filter: (filter + input).slice(0, maxFilter) } : {};
}

/** The first row that is shown, so that the chosen one is among them. */
export const firstShown = (requests: readonly RequestView[], chosen: RequestView | undefined, rows: number): number => {
  const at = chosen === undefined ? 0 : requests.indexOf(chosen);
  return Math.max(0, Math.min(at - (rows >> 1), requests.length - rows));
};
