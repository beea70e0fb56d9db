import type { Key } from 'ink';

type MoveKey = Pick<Key, 'upArrow' | 'downArrow' | 'pageUp' | 'pageDown' | 'home' | 'end'>;

/** By how many rows a key moves the choice of a list; `undefined` for other keys. @param page rows of the list. */
export function stepsOf(key: MoveKey, page: number): number | undefined {
  if (key.upArrow) return -1;
  if (key.downArrow) return 1;
  if (key.pageUp) return -page;
  if (key.pageDown) return page;
  if (key.home) return Number.NEGATIVE_INFINITY;
  return key.end ? Number.POSITIVE_INFINITY : undefined;
}
