/** The used share of each limit of a plan, one line each. */

import type { Quota } from '../models/quota.ts';
import { clockTime } from '../platform/clock.ts';
import { bar, percentOf } from '../session/bars.ts';
import { table } from '../session/columns.ts';

const barCols = 12;

/** @param indent text before each line. */
export function quotaLines({ windows }: Quota, indent: string): string[] {
  if (windows.length === 0) return [];
  const rows = windows.map(({ name, usedPercent, resetsAt }) => [
    name,
    bar(usedPercent / 100, barCols),
    `${percentOf(usedPercent / 100)} %`,
    resetsAt === undefined ? '' : `resets ${clockTime(resetsAt)}`,
  ]);
  return table(rows, new Set([2]))
    .split('\n')
    .map((row) => indent + row);
}
