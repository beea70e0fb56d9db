/** The tokens of each day as one line of glyphs, for `ccp usage`. */
import type { UsageRow } from '../ledger/sum.ts';
import { sparkline } from '../session/bars.ts';
import { compact } from '../session/format.ts';

/** More days are not shown: the newest are. */
const maxDays = 60;
const dayMs = 86_400_000;

/** @param days rows by day. @returns an empty text for less than two days. */
export function trendText(days: readonly Pick<UsageRow, 'key' | 'totalTokens'>[]): string {
  const known = days.map(({ key, totalTokens }) => ({ key, totalTokens, at: Date.parse(`${key}T12:00:00Z`) }));
  const valid = known.filter(({ at }) => Number.isFinite(at)).sort((one, other) => one.at - other.at);
  const [first, last] = [valid[0], valid.at(-1)];
  if (first === undefined || last === undefined || first.at === last.at) return '';
  const count = Math.min(maxDays, Math.round((last.at - first.at) / dayMs) + 1);
  const tokens = new Map(valid.map(({ at, totalTokens }) => [at, totalTokens]));
  const values = Array.from({ length: count }, (_, n) => tokens.get(last.at - (count - 1 - n) * dayMs) ?? 0);
  const from = new Date(last.at - (count - 1) * dayMs).toISOString().slice(0, 10);
  return `tokens a day  ${sparkline(values)}  ${from} to ${last.key}, at most ${compact(Math.max(...values))}`;
}
