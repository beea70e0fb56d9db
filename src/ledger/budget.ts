/** Limits on metered cost and how much of each is used, in micro-dollars. Pure. */
import { asNumber, asObject, isObject } from '../wire/json.ts';

export type BudgetName = 'session' | 'day' | 'repository';

export interface Budget {
  readonly name: BudgetName;
  readonly limitMicroUsd: number;
}

export interface Budgets {
  readonly limits: readonly Budget[];
  /** The user is warned when this percentage of a limit is spent. */
  readonly warnAtPercent: number;
}

/** A budget's current state. `limitMicroUsd` includes what the user allowed beyond the configured limit. */
export interface BudgetView extends Budget {
  readonly spentMicroUsd: number;
  /** The part of the limit that the user allowed beyond the configured one. */
  readonly allowedMicroUsd: number;
}

const microUsdPerUsd = 1_000_000;
const defaultWarnPercent = 80;

/**
 * The limits that apply to a session.
 * @param setting the setting `budgets`, in dollars.
 * @param sessionUsd `--budget`; overrides the setting.
 * @param isCurrentRepository whether a repository's name or glob matches the current repository.
 */
export function budgetsOf(
  setting: unknown,
  sessionUsd: number | undefined,
  isCurrentRepository: (repository: string) => boolean,
): Budgets {
  const { dayUsd, repositories, warnAtPercent, ...rest } = asObject(setting);
  const repositoryLimits = isObject(repositories)
    ? Object.entries(repositories).flatMap(([name, usd]) => (isCurrentRepository(name) ? (asNumber(usd) ?? []) : []))
    : [];
  const limitFor = (name: BudgetName, usd: unknown): Budget[] => {
    const dollars = asNumber(usd);
    return dollars === undefined ? [] : [{ name, limitMicroUsd: Math.round(dollars * microUsdPerUsd) }];
  };
  return {
    limits: [
      ...limitFor('session', sessionUsd ?? rest.sessionUsd),
      ...limitFor('day', dayUsd),
      // The lowest of all matching limits.
      ...limitFor('repository', repositoryLimits.length > 0 ? Math.min(...repositoryLimits) : undefined),
    ],
    warnAtPercent: asNumber(warnAtPercent) ?? defaultWarnPercent,
  };
}

export const budgetOrder: readonly BudgetName[] = ['session', 'day', 'repository'];

export const budgetNames: Readonly<Record<BudgetName, string>> = {
  session: 'for this session',
  day: 'for today',
  repository: 'for this repository today',
};
