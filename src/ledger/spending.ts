/** What all sessions have spent, and how much of each budget that is. Pure. */
import type { Budget, BudgetName, BudgetView } from './budget.ts';
import { forecastOf, type Period } from './forecast.ts';

/** Amounts are micro-dollars, times are ISO times. Week and month are counted only where a budget needs them. */
export interface SpendingSums {
  /** Local midnight. */
  readonly day: string;
  /** Local midnight of the week's Monday, and of the next one. */
  readonly week: string;
  readonly weekEnd: string;
  /** Local midnight of the month's first day, and of the next month's. */
  readonly month: string;
  readonly monthEnd: string;
  /** Metered cost (API keys) in the week and in the month. */
  readonly weekMicroUsd: number;
  readonly monthMicroUsd: number;
  /** Metered cost today. */
  readonly meteredMicroUsd: number;
  /** What today's plan requests would have cost at API prices. */
  readonly planMicroUsd: number;
  /** Metered cost today in this repository. */
  readonly repositoryMicroUsd: number;
  /** The metered cost of the day, the week and the month contains estimates. */
  readonly isEstimated: boolean;
  readonly isWeekEstimated: boolean;
  readonly isMonthEstimated: boolean;
}

/** Metered cost, and what the user allowed beyond the configured limits. */
export interface Spent {
  readonly sessionMicroUsd: number;
  /** `undefined` until it has been read. */
  readonly sums: SpendingSums | undefined;
  readonly allowances: ReadonlyMap<BudgetName, number>;
}

/** @param now epoch milliseconds. */
export function budgetViews(limits: readonly Budget[], spent: Spent, now: number): BudgetView[] {
  return limits.map(({ name, limitMicroUsd, ceiling }) => {
    const allowedMicroUsd = spent.allowances.get(name) ?? 0;
    const view = {
      name,
      limitMicroUsd: Math.min(limitMicroUsd + allowedMicroUsd, ceiling?.microUsd ?? Number.POSITIVE_INFINITY),
      spentMicroUsd: spentOf(name, spent),
      allowedMicroUsd,
      isEstimated: isEstimated(name, spent.sums),
      ...(ceiling ? { ceiling } : {}),
    };
    const period = periodOf(name, spent.sums);
    return period === undefined ? view : { ...view, forecast: forecastOf(view, period, now) };
  });
}

function spentOf(name: BudgetName, { sessionMicroUsd, sums }: Spent): number {
  const spentByName: Readonly<Record<BudgetName, number | undefined>> = {
    session: sessionMicroUsd,
    day: sums?.meteredMicroUsd,
    week: sums?.weekMicroUsd,
    month: sums?.monthMicroUsd,
    repository: sums?.repositoryMicroUsd,
  };
  return spentByName[name] ?? 0;
}

function isEstimated(name: BudgetName, sums: SpendingSums | undefined): boolean {
  const estimatedByName: Readonly<Record<BudgetName, boolean | undefined>> = {
    session: false,
    day: sums?.isEstimated,
    week: sums?.isWeekEstimated,
    month: sums?.isMonthEstimated,
    repository: sums?.isEstimated,
  };
  return estimatedByName[name] ?? false;
}

/** The period of a budget that is long enough for a forecast. */
function periodOf(name: BudgetName, sums: SpendingSums | undefined): Period | undefined {
  if (sums === undefined || (name !== 'week' && name !== 'month')) return undefined;
  return { startsAt: Date.parse(sums[name]), endsAt: Date.parse(sums[`${name}End`]) };
}
