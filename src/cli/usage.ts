/** `ccp usage`: sums of the ledger, as tables, JSON or CSV. */

import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { type GroupBy, groupings, type UsageRow, UsageSum } from '../ledger/sum.ts';
import type { CostKind } from '../models/types.ts';
import { localDay } from '../platform/clock.ts';
import { bar } from '../session/bars.ts';
import { compact, usd } from '../session/format.ts';
import { scanLedger } from '../storage/ledger-file.ts';
import { type FitColumn, fitTable } from './fit-table.ts';
import { budgetLines } from './usage-budgets.ts';
import { trendText } from './usage-trend.ts';

export interface UsageOptions {
  by?: string;
  since?: string;
  until?: string;
  json: boolean;
  csv: boolean;
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const isGroupBy = (text: string | undefined): text is GroupBy => groupings.some((grouping) => grouping === text);

export async function usage(options: UsageOptions, context: AppContext): Promise<number> {
  const flags = { ...options, since: dayNamed(options.since, '--since'), until: dayNamed(options.until, '--until') };
  if (flags.json && flags.csv) throw new UserError('--json and --csv: take one of them.', 2);
  if (flags.since && flags.until && flags.since > flags.until)
    throw new UserError(`--since ${flags.since} is after --until ${flags.until}.`, 2);
  const dayOf = cachedByMinute(localDay);
  const range = { since: dayStart(flags.since, '--since', 0), until: dayStart(flags.until, '--until', 1) };
  const by = isGroupBy(flags.by) ? [flags.by] : (['day', 'model'] as const);
  const sums = by.map((grouping) => new UsageSum(grouping, dayOf));
  const daily = new UsageSum('day', dayOf);
  const days: { first: string | undefined; last: string | undefined } = { first: undefined, last: undefined };
  const { ledgerDir } = context.paths;
  const { skipped } = await scanLedger(ledgerDir, range, (row) => {
    if (days.first === undefined || row.time < days.first) days.first = row.time;
    if (days.last === undefined || row.time > days.last) days.last = row.time;
    for (const sum of [...sums, daily]) sum.add(row);
  }).catch((thrown: unknown) => {
    throw new UserError(`The ledger in ${ledgerDir} cannot be read: ${reasonOf(thrown)}. Check who owns it.`);
  });
  if (skipped > 0)
    process.stderr.write(
      `ccp: ${skipped} lines of the ledger are incomplete or were not written by ccp, and were not counted.\n`,
    );
  const from = flags.since ?? (days.first && localDay(days.first)) ?? null;
  const to = flags.until ?? (days.last && localDay(days.last)) ?? null;
  if (flags.json) {
    const [sum] = sums;
    process.stdout.write(
      `${JSON.stringify({ from, to, by: by[0], rows: sum?.rows().map(jsonRow) ?? [], total: sum && jsonRow(sum.total) })}\n`,
    );
    return 0;
  }
  if (flags.csv) {
    process.stdout.write(csv(by[0], sums[0]?.rows() ?? []));
    return 0;
  }
  if (days.first === undefined) {
    const rangeText = [flags.since && `since ${flags.since}`, flags.until && `until ${flags.until}`]
      .filter(Boolean)
      .join(' ');
    process.stdout.write(
      rangeText ? `Nothing in the ledger ${rangeText}.\n` : 'Nothing in the ledger yet. It fills as sessions run.\n',
    );
    return 0;
  }
  const tables = sums.map((sum, index) =>
    usageTable(by[index] ?? 'day', sum.rows(), index === sums.length - 1 ? sum.total : undefined),
  );
  // A budget concerns the present, and not the days that were asked for.
  const budgets = flags.since || flags.until ? [] : await budgetLines(context);
  process.stdout.write(
    `${[trendText(daily.rows()), ...tables, budgets.join('\n')].filter((text) => text !== '').join('\n\n')}\n`,
  );
  return 0;
}

/** A row of the JSON output, without the members that only the table needs. */
const jsonRow = ({ costs: _costs, isCostEstimated: _isEstimated, estimated: estimatedRequests, ...row }: UsageRow) => ({
  ...row,
  estimatedRequests,
});

/** Caches the day per minute: computing the local day of every row would take longer than reading the rows. */
function cachedByMinute(dayOf: (time: string) => string): (time: string) => string {
  let [minute, day] = ['', ''];
  return (time) => {
    if (!time.startsWith(minute) || minute === '') [minute, day] = [time.slice(0, 16), dayOf(time)];
    return day;
  };
}

const columns = [
  'requests',
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
  'totalTokens',
  'costMicroUsd',
  'costKind',
] as const;

/** RFC 4180; an unknown cost is an empty field. */
function csv(by: string, rows: readonly UsageRow[]): string {
  const field = (value: string | number | null) => {
    const text = String(value ?? '');
    // Spreadsheets evaluate text that begins with these characters as a formula.
    const safe = /^[=+@\-\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => [row.key, ...columns.map((name) => row[name])].map(field).join(','));
  return `${[[by, ...columns].join(','), ...lines].join('\r\n')}\r\n`;
}

/** A day in the forms that the flags take, as `YYYY-MM-DD`. */
function dayNamed(text: string | undefined, flag: string): string | undefined {
  const days = text === 'today' ? 0 : text === 'yesterday' ? 1 : /^(\d{1,4})d$/.exec(text ?? '')?.[1];
  if (text === undefined || days === undefined) {
    // Checked before it is compared with the other day.
    dayStart(text, flag, 0);
    return text;
  }
  // The last seven days are today and the six before it.
  const back = text.endsWith('d') ? Math.max(0, Number(days) - 1) : Number(days);
  const now = new Date();
  return localDay(new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, 12).toISOString());
}

/** Local midnight as an ISO time. */
function dayStart(text: string | undefined, flag: string, plusDays: number): string | undefined {
  if (text === undefined) return undefined;
  const match = /^([12]\d{3})-(\d{2})-(\d{2})$/.exec(text);
  const date = match && new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + plusDays);
  const isRealDay =
    match && new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])).getDate() === Number(match[3]);
  if (!date || !isRealDay)
    throw new UserError(`${flag}: "${text}" is not a day (YYYY-MM-DD, today, yesterday, or 7d).`, 2);
  return date.toISOString();
}

/** Width of the bar of the row with the most tokens. */
const barCols = 12;

function usageTable(by: string, rows: readonly UsageRow[], total: UsageRow | undefined): string {
  const maxTokens = Math.max(1, ...rows.map(({ totalTokens }) => totalTokens));
  const count = (pick: (row: UsageRow) => number) => (row: UsageRow) =>
    `${row.estimated > 0 ? '≈' : ''}${compact(pick(row))}`;
  const shareBar = (row: UsageRow): string => (row === total ? '' : bar(row.totalTokens / maxTokens, barCols));
  const columns: FitColumn<UsageRow>[] = [
    { head: by, cell: ({ key }) => key.replace(/[\x00-\x1f\x7f-\x9f]/g, '?'), rank: 0 },
    { head: 'requests', cell: ({ requests }) => String(requests), isNumber: true, rank: 3 },
    { head: 'uncached', cell: count((row) => row.inputTokens), isNumber: true, rank: 4 },
    { head: 'cache read', cell: count((row) => row.cacheReadTokens), isNumber: true, rank: 5 },
    { head: 'cache write', cell: count((row) => row.cacheWriteTokens), isNumber: true, rank: 7 },
    { head: 'output', cell: count((row) => row.outputTokens), isNumber: true, rank: 2 },
    { head: 'total', cell: count((row) => row.totalTokens), isNumber: true, rank: 1 },
    { head: '', cell: shareBar, isNumber: true, rank: 6 },
    { head: 'cost', cell: cost, isNumber: true, rank: 0 },
  ];
  return fitTable(columns, total ? [...rows, total] : rows);
}

/** Joins the costs of all kinds; `≈` marks a cost that contains an estimate. */
function cost({ costs, isCostEstimated }: UsageRow): string {
  const sign = isCostEstimated ? '≈ ' : '';
  const costTexts: Readonly<Record<CostKind, (micro: number | undefined) => string>> = {
    metered: (micro) => (micro === undefined ? 'price unknown' : `${sign}${usd(micro)}`),
    plan: (micro) => (micro === undefined ? 'plan' : `plan (≈ ${usd(micro)})`),
    local: () => 'local',
    unknown: () => 'price unknown',
  };
  return costs.map(([kind, micro]) => costTexts[kind](micro)).join(' + ');
}
