import type { PriceRow } from './types.ts';

/** Prices change a few times a year. */
const staleAfterMs = 180 * 86_400_000;

/** Whether a list price may have changed since it was read. A user's own price without a date is never stale. */
export function isStale({ date }: PriceRow, now: number): boolean {
  const readAt = Date.parse(date);
  return now - readAt > staleAfterMs;
}
