/** How much of a budget its period will have used at the pace so far. Pure. */

/** Epoch milliseconds. */
export interface Period {
  readonly startsAt: number;
  readonly endsAt: number;
}

export interface Forecast {
  /** Micro-dollars by the end of the period. */
  readonly projectedMicroUsd: number;
  /** When the budget is used up, in epoch milliseconds; `undefined` when not before the period ends. */
  readonly usedUpAt: number | undefined;
}

/** In the first part of a period, its pace says nothing. */
const minElapsedShare = 0.1;

/** @returns `undefined` when nothing was spent, the budget is used up already, or the period has just begun. */
export function forecastOf(
  { spentMicroUsd, limitMicroUsd }: { readonly spentMicroUsd: number; readonly limitMicroUsd: number },
  { startsAt, endsAt }: Period,
  now: number,
): Forecast | undefined {
  const elapsedMs = now - startsAt;
  if (spentMicroUsd <= 0 || spentMicroUsd >= limitMicroUsd) return undefined;
  if (elapsedMs < minElapsedShare * (endsAt - startsAt)) return undefined;
  const microUsdPerMs = spentMicroUsd / elapsedMs;
  const usedUpAt = Math.round(startsAt + limitMicroUsd / microUsdPerMs);
  return {
    projectedMicroUsd: Math.round(microUsdPerMs * (endsAt - startsAt)),
    usedUpAt: usedUpAt < endsAt ? usedUpAt : undefined,
  };
}
