/** The budgets of all sessions, for `ccp usage`: what is spent, and when a week's or a month's budget will be used up. */
import type { AppContext } from '../app/context.ts';
import { type BudgetView, budgetNames, budgetsOf, longestPeriod } from '../ledger/budget.ts';
import { budgetViews } from '../ledger/spending.ts';
import { clockTime } from '../platform/clock.ts';
import { sha256 } from '../platform/randomness.ts';
import { isRepository, repositoryOf } from '../platform/repository.ts';
import { bar, percentOf } from '../session/bars.ts';
import { usd } from '../session/format.ts';
import { SpendingLedger } from '../storage/spending-ledger.ts';

/** @returns no lines without budgets. What the user allowed beyond them is known to running sessions only. */
export async function budgetLines({ settings, paths, policy }: AppContext): Promise<string[]> {
  const repository = repositoryOf(process.cwd(), sha256);
  const budgets = budgetsOf(
    settings.budgets,
    undefined,
    (name) => isRepository(name, repository),
    policy.budgetCeilings,
  );
  const limits = budgets.limits.filter(({ name }) => name !== 'session');
  if (limits.length === 0) return [];
  const ledger = new SpendingLedger(paths.ledgerDir, repository.name, { longest: longestPeriod(budgets) });
  const sums = await ledger.sums();
  ledger.close();
  return budgetViews(limits, { sessionMicroUsd: 0, sums, allowances: new Map() }, Date.now()).map((view) =>
    budgetText(view, clockTime),
  );
}

const barCols = 12;

export function budgetText(view: BudgetView, timeText: (epochMs: number) => string): string {
  const { name, limitMicroUsd, spentMicroUsd, isEstimated, forecast } = view;
  const share = limitMicroUsd === 0 ? 1 : spentMicroUsd / limitMicroUsd;
  const text = `${bar(share, barCols)} budget ${budgetNames[name]}: ${isEstimated ? '≈ ' : ''}${usd(spentMicroUsd)} of ${usd(limitMicroUsd)} (${percentOf(share)} %)`;
  if (forecast === undefined) return text;
  const { projectedMicroUsd, usedUpAt } = forecast;
  return usedUpAt === undefined
    ? `${text}; at this pace ≈ ${usd(projectedMicroUsd)} in all`
    : `${text}; at this pace it is used up ≈ ${timeText(usedUpAt)}`;
}
