/** Limits on metered cost and how much of each is used, in micro-dollars. Pure. */

import { asNumber, asObject, isObject } from '../wire/json.ts';
import type { Forecast } from './forecast.ts';

export type BudgetName = 'session' | 'day' | 'week' | 'month' | 'repository';

/** What happens to a turn when a budget is used up. `ask`: the user is asked; without a screen, the turn is refused. */
export type OnLimit = 'ask' | 'stop' | 'switch';

export interface Budget {
  readonly name: BudgetName;
  readonly limitMicroUsd: number;
  /** Of a policy: what the user allows beyond the limit ends here. */
  readonly ceiling?: BudgetCeiling | undefined;
}

export interface BudgetCeiling {
  readonly microUsd: number;
  /** The policy's file. */
  readonly path: string;
}

/** Ceilings of a policy, in dollars. */
export type BudgetCeilings = Readonly<Partial<Record<BudgetName, { readonly value: number; readonly path: string }>>>;

export interface Budgets {
  readonly limits: readonly Budget[];
  /** The user is warned when this percentage of a limit is spent. */
  readonly warnAtPercent: number;
  readonly onLimit: OnLimit;
}

/** A budget's current state. `limitMicroUsd` includes what the user allowed beyond the configured limit. */
export interface BudgetView extends Budget {
  readonly spentMicroUsd: number;
  /** The part of the limit that the user allowed beyond the configured one. */
  readonly allowedMicroUsd: number;
  /** The amount contains estimates of other requests than the session's own, which its totals mark. */
  readonly isEstimated: boolean;
  /** Of a week and a month. */
  readonly forecast?: Forecast | undefined;
}

const microUsdPerUsd = 1_000_000;
const microUsdOf = (dollars: number): number => Math.round(dollars * microUsdPerUsd);
const defaultWarnPercent = 80;

/**
 * The limits that apply to a session.
 * @param setting the setting `budgets`, in dollars.
 * @param sessionUsd `--budget`; overrides the setting.
 * @param ceilings of the policy: a budget is the lower of both.
 * @param isCurrentRepository whether a repository's name or glob matches the current repository.
 */
export function budgetsOf(
  setting: unknown,
  sessionUsd: number | undefined,
  isCurrentRepository: (repository: string) => boolean,
  ceilings: BudgetCeilings = {},
): Budgets {
  const { dayUsd, weekUsd, monthUsd, repositories, warnAtPercent, onLimit, ...rest } = asObject(setting);
  const repositoryLimits = isObject(repositories)
    ? Object.entries(repositories).flatMap(([name, usd]) => (isCurrentRepository(name) ? (asNumber(usd) ?? []) : []))
    : [];
  const limitFor = (name: BudgetName, usd: unknown): Budget[] => {
    const dollars = asNumber(usd);
    const ceiling = ceilings[name];
    const limit = Math.min(dollars ?? Number.POSITIVE_INFINITY, ceiling?.value ?? Number.POSITIVE_INFINITY);
    if (limit === Number.POSITIVE_INFINITY) return [];
    const budget = { name, limitMicroUsd: microUsdOf(limit) };
    return [ceiling ? { ...budget, ceiling: { microUsd: microUsdOf(ceiling.value), path: ceiling.path } } : budget];
  };
  return {
    limits: [
      ...limitFor('session', sessionUsd ?? rest.sessionUsd),
      ...limitFor('day', dayUsd),
      ...limitFor('week', weekUsd),
      ...limitFor('month', monthUsd),
      // The lowest of all matching limits.
      ...limitFor('repository', repositoryLimits.length > 0 ? Math.min(...repositoryLimits) : undefined),
    ],
    warnAtPercent: asNumber(warnAtPercent) ?? defaultWarnPercent,
    onLimit: onLimit === 'stop' || onLimit === 'switch' ? onLimit : 'ask',
  };
}

export const budgetOrder: readonly BudgetName[] = ['session', 'day', 'week', 'month', 'repository'];

export const budgetNames: Readonly<Record<BudgetName, string>> = {
  session: 'for this session',
  day: 'for today',
  week: 'for this week',
  month: 'for this month',
  repository: 'for this repository today',
};

export type LedgerPeriod = 'day' | 'week' | 'month';

/** The longest period for which the ledger must be read: the ledger of a month can be long. */
export const longestPeriod = ({ limits }: Budgets): LedgerPeriod => {
  const has = (name: BudgetName): boolean => limits.some((limit) => limit.name === name);
  return has('month') ? 'month' : has('week') ? 'week' : 'day';
};
