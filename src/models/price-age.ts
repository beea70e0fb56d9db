import type { PriceRow } from './types.ts';

/** Prices change a few times a year. */
const staleAfterMs = 180 * 86_400_000;

/** A list price that was read long ago; one of the user's own without a date is theirs to judge. */
export function isStale({ date }: PriceRow, now: number): boolean {
  const read = Date.parse(date);
  return now - read > staleAfterMs;
}
