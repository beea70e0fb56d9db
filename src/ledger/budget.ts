/** Ceilings on metered cost: how much of each is used, in micro-dollars. Pure. */
import { asNumber, asObject, isObject } from '../wire/json.ts';

export type BudgetName = 'session' | 'day' | 'repository';

export interface Budget {
  readonly name: BudgetName;
  readonly limitMicroUsd: number;
}

export interface Budgets {
  readonly limits: readonly Budget[];
  /** From this share on the user is warned. */
  readonly warnAtPercent: number;
}

/** How a budget stands; `limitMicroUsd` with what the user allowed beyond. */
export interface BudgetView extends Budget {
  readonly spentMicroUsd: number;
}

const microUsd = 1_000_000;
const defaultWarnPercent = 80;

/**
 * @param setting the setting `budgets`, in dollars.
 * @param sessionUsd `--budget`, above the setting.
 * @param isHere whether a repository's name or glob means the one at hand.
 */
export function budgetsOf(
  setting: unknown,
  sessionUsd: number | undefined,
  isHere: (repository: string) => boolean,
): Budgets {
  const { dayUsd, repositories, warnAtPercent, ...rest } = asObject(setting);
  const here = isObject(repositories)
    ? Object.entries(repositories).flatMap(([name, usd]) => (isHere(name) ? (asNumber(usd) ?? []) : []))
    : [];
  const limit = (name: BudgetName, usd: unknown): Budget[] => {
    const dollars = asNumber(usd);
    return dollars === undefined ? [] : [{ name, limitMicroUsd: Math.round(dollars * microUsd) }];
  };
  return {
    limits: [
      ...limit('session', sessionUsd ?? rest.sessionUsd),
      ...limit('day', dayUsd),
      // The narrowest of all that mean it.
      ...limit('repository', here.length > 0 ? Math.min(...here) : undefined),
    ],
    warnAtPercent: asNumber(warnAtPercent) ?? defaultWarnPercent,
  };
}

export const budgetNames: Readonly<Record<BudgetName, string>> = {
  session: 'for this session',
  day: 'for today',
  repository: 'for this repository today',
};
