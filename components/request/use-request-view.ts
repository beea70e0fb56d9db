import { useState } from 'react';
import type { RequestView } from '../../src/session/state.ts';
import { listed, type Order, orders } from './order.ts';

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
  choose(id: string): void;
  /** @returns false if the key has no meaning in the list. */
  press(input: string, key: Key): boolean;
}

/**
 * The list's order, filter and choice. The choice is kept by id, because the list changes under it; the first one is
 * chosen by default.
 * @param all the newest first.
 */
export function useRequestView(
  all: readonly RequestView[],
  page: number,
  onCopy: (text: string) => void,
  first?: string,
): RequestListView {
  const [id, setId] = useState(first);
  const [order, setOrder] = useState<Order>('newest');
  const [filter, setFilter] = useState('');
  const [isTyping, setTyping] = useState(false);
  const requests = listed(all, order, filter);
  const at = Math.max(
    0,
    requests.findIndex((request) => request.id === id),
  );
  const chosen = requests[at];
  const move = (steps: number) => setId(requests[Math.max(0, Math.min(requests.length - 1, at + steps))]?.id);
  const moves = (key: Key): number | undefined => {
    if (key.upArrow) return -1;
    if (key.downArrow) return 1;
    if (key.pageUp) return -page;
    if (key.pageDown) return page;
    if (key.home) return -requests.length;
    return key.end ? requests.length : undefined;
  };
  const type = (input: string, key: Key): void => {
    if (key.return) setTyping(false);
    else if (key.escape) {
      setTyping(false);
      setFilter('');
    } else if (key.backspace || key.delete) setFilter(filter.slice(0, -1));
    else if (key.ctrl && input === 'u') setFilter('');
    else if (key.ctrl && input === 'w') setFilter(filter.replace(/\S{1,200} *$/, ''));
    else if (!key.ctrl && input >= ' ') setFilter(filter + input);
  };
  const press = (input: string, key: Key): boolean => {
    const steps = moves(key);
    if (steps !== undefined) move(steps);
    else if (isTyping) type(input, key);
    else if (key.escape && filter !== '') setFilter('');
    else if (input === 'k') move(-1);
    else if (input === 'j') move(1);
    else if (input === 'o') setOrder(orders[(orders.indexOf(order) + 1) % orders.length] ?? 'newest');
    else if (input === '/') setTyping(true);
    else if (input === 'c' && !key.ctrl && chosen !== undefined) onCopy(chosen.id);
    else return false;
    return true;
  };
  return { requests, chosen, order, filter, isTyping, choose: setId, press };
}

/** The first row that is shown, so that the chosen one is among them. */
export const firstShown = (requests: readonly RequestView[], chosen: RequestView | undefined, rows: number): number => {
  const at = chosen === undefined ? 0 : requests.indexOf(chosen);
  return Math.max(0, Math.min(at - (rows >> 1), requests.length - rows));
};
