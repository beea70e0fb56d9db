/** What the session costs, and how much of a plan and of the budgets is used. Kinds of cost are never added up. */
import { bar, percentOf } from '../../src/session/bars.ts';
import { padLeft, padRight, truncate } from '../../src/session/columns.ts';
import { usd } from '../../src/session/format.ts';
import { planWindows } from '../../src/session/plan-pace.ts';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import type { Tone } from '../theme.ts';
import { clockAfter, countdown, gap, line, type MeterLine } from './line.ts';
import { newestMain } from './request-line.ts';

type CostKind = NonNullable<RequestView['costKind']>;

const nameCols = 8;
const kindOrder: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];
const kindTitles: Readonly<Record<CostKind, readonly string[]>> = {
  metered: ['metered'],
  // The first that fits.
  plan: ['plan, by API', 'plan'],
  local: ['local'],
  unknown: ['unknown'],
};

/** Columns of the longest amount, and the space before it. */
const minCellCols = 10;

/** Where not all kinds have room, those that have no amount are left out. */
function shownKinds(kinds: readonly CostKind[], width: number): readonly CostKind[] {
  const room = Math.max(1, Math.floor((width - nameCols) / minCellCols));
  return kinds.length <= room ? kinds : kinds.slice(0, room);
}

/** The kinds of cost that occurred, as columns: the newest turn, the session, today. */
export function costLines(state: SessionState, width: number): MeterLine[] {
  const kinds = shownKinds(
    kindOrder.filter((kind) => state.totals.byKind[kind] !== undefined),
    width,
  );
  if (kinds.length === 0) return [line('cost none yet', 2, { bold: true })];
  const cell = Math.floor((width - nameCols) / kinds.length);
  const titles = kinds.map((kind) => kindTitles[kind].find((title) => title.length < cell) ?? kind);
  const row = (name: string, cells: readonly string[], rank: number): MeterLine => ({
    spans: [
      { text: padRight(name, nameCols), bold: name === 'cost' },
      ...cells.map((text, index) => ({
        text: padLeft(text, cell),
        bold: name === 'cost',
        // What a plan paid for would have cost this much.
        dim: kinds[index] === 'plan' && name !== 'cost',
      })),
    ],
    rank,
  });
  return [
    row('cost', titles, 2),
    row(
      'turn',
      kinds.map((kind) => turnCell(kind, newestMain(state))),
      4,
    ),
    row(
      'session',
      kinds.map((kind) => sessionCell(kind, state)),
      3,
    ),
    ...(state.spending === undefined || !kinds.some((kind) => kind === 'metered' || kind === 'plan')
      ? []
      : [
          row(
            'today',
            kinds.map((kind) => todayCell(kind, state)),
            4,
          ),
        ]),
  ];
}

function turnCell(kind: CostKind, turn: RequestView | undefined): string {
  if (turn?.costKind !== kind) return '–';
  return cellOf(kind, turn.costMicroUsd, !turn.measured);
}

function sessionCell(kind: CostKind, { totals }: SessionState): string {
  return cellOf(kind, totals.costMicroUsd[kind], totals.estimated > 0);
}

function todayCell(kind: CostKind, { spending }: SessionState): string {
  if (spending === undefined) return '–';
  const { meteredMicroUsd, planMicroUsd, isEstimated } = spending.today;
  if (kind === 'metered') return cellOf(kind, meteredMicroUsd, isEstimated);
  return kind === 'plan' ? cellOf(kind, planMicroUsd, true) : '–';
}

/** The price of a plan's usage is always a comparison. */
function cellOf(kind: CostKind, microUsd: number | undefined, isEstimated: boolean): string {
  if (kind === 'local') return 'free';
  if (kind === 'unknown' || microUsd === undefined) return '?';
  return `${isEstimated || kind === 'plan' ? '≈' : ''}${usd(microUsd)}`;
}

const windowNameCols = 7;
const percentCols = 7;
/** A bar shorter than this says nothing. */
const minBarCols = 4;

const toneOf = (share: number): Tone | undefined => (share >= 0.9 ? 'bad' : share >= 0.75 ? 'warn' : undefined);

/** The used share of each limit of the plan, when it resets, and when it is used up at this pace. */
export function planLines(state: SessionState, now: number, width: number): MeterLine[] {
  const windows = planWindows(state, now);
  const room = width - windowNameCols;
  const resets = windows.map(({ resetsAt }) => (resetsAt === undefined ? '' : clockAfter(resetsAt, now)));
  const longest = Math.max(0, ...resets.map((reset) => reset.length));
  const word = room - percentCols - longest - ' resets'.length >= minBarCols ? 'resets ' : '↻ ';
  let upstream: string | undefined;
  return windows.flatMap((window, index) => {
    const { name, usedPercent, usedUpAt } = window;
    const reset = resets[index] ?? '';
    const percent = `${percentOf(usedPercent / 100)} %`.padStart(percentCols - 1);
    const share = usedPercent / 100;
    const tone = toneOf(share);
    const head = padRight(truncate(name, windowNameCols - 1), windowNameCols);
    const tail = reset === '' ? percent : `${percent} ${word}${padRight(reset, longest)}`;
    const heading = window.upstream === upstream || window.upstream === undefined ? [] : [line(window.upstream, 3)];
    upstream = window.upstream;
    const pace =
      usedUpAt === undefined
        ? []
        : [line(`  used up at ≈${clockAfter(usedUpAt, now)} at this pace`, 3, { tone: 'warn' })];
    return [
      ...heading,
      {
        spans: [
          { text: head },
          { text: bar(share, Math.max(minBarCols, room - tail.length)), tone },
          { text: tail, tone },
        ],
        rank: 3,
      },
      ...pace,
    ];
  });
}

export const budgetWords = {
  session: 'session',
  day: 'today',
  week: 'week',
  month: 'month',
  repository: 'repo',
} as const;

interface BudgetUse {
  readonly label: string;
  readonly share: number;
  readonly sign: string;
  readonly limitMicroUsd: number;
  readonly usedUpAt: number | undefined;
}

const budgetUses = ({ spending, totals }: SessionState): BudgetUse[] =>
  (spending?.budgets ?? []).map((view) => ({
    label: `budget ${budgetWords[view.name]}`,
    share: view.limitMicroUsd === 0 ? 1 : view.spentMicroUsd / view.limitMicroUsd,
    sign: (view.name === 'session' ? totals.estimated > 0 : view.isEstimated) ? '≈' : '',
    limitMicroUsd: view.limitMicroUsd,
    usedUpAt: view.forecast?.usedUpAt,
  }));

const maxBudgetBar = 8;
/** Below this width the word is left out, for the bar. */
const wideBudget = 34;

export const budgetLines = (state: SessionState, now: number, width: number): MeterLine[] =>
  budgetUses(state).flatMap(({ label, share, sign, limitMicroUsd, usedUpAt }): MeterLine[] => {
    const tail = ` ${sign}${percentOf(share)} % of ${usd(limitMicroUsd).replace(/\.00$/, '')}`;
    const head = width < wideBudget ? label.replace('budget ', '') : label;
    const tone = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : undefined;
    const barCols = Math.max(0, Math.min(maxBudgetBar, width - head.length - 1 - tail.length));
    return [
      { spans: [{ text: `${head} ` }, { text: bar(share, barCols), tone }, { text: tail, tone }], rank: 3 },
      ...(usedUpAt === undefined
        ? []
        : [line(`  lasts ≈ ${countdown(usedUpAt - now)} at this pace`, 3, { tone: 'warn' })]),
    ];
  });

export const moneyLines = (state: SessionState, now: number, width: number): MeterLine[] => [
  ...costLines(state, width),
  ...planLines(state, now, width),
  ...budgetLines(state, now, width),
  gap,
];

/** The two limits with the highest used share as short text, for a strip. */
export function limitsText(state: SessionState, now: number): string {
  const limits = [
    ...budgetUses(state).map(({ label, share, sign }) => ({ text: `${label} ${sign}${percentOf(share)} %`, share })),
    ...planWindows(state, now).map(({ name, usedPercent }) => ({
      text: `${name} ${percentOf(usedPercent / 100)} %`,
      share: usedPercent / 100,
    })),
  ];
  return limits
    .sort((one, other) => other.share - one.share)
    .slice(0, 2)
    .map(({ text }) => text)
    .join(' ');
}
