import { expect, it } from 'vitest';
import type { BudgetName } from '../../src/ledger/budget.ts';
import { budgetViews } from '../../src/ledger/spending.ts';
import { sampleSums } from '../support/samples.ts';

const names: readonly BudgetName[] = ['session', 'day', 'week', 'month', 'repository'];
const limits = names.map((name) => ({ name, limitMicroUsd: 100 }));
const sums = sampleSums({
  meteredMicroUsd: 2,
  weekMicroUsd: 60,
  monthMicroUsd: 40,
  repositoryMicroUsd: 5,
});
// The middle of the week and, nearly, of the month.
const now = Date.parse('2026-11-19T12:00:00.000Z');

it('each budget has its own amount, and a week and a month a forecast', () => {
  const views = budgetViews(limits, { sessionMicroUsd: 1, sums, allowances: new Map([['week', 20]]) }, now);
  expect(views.map(({ name, spentMicroUsd, limitMicroUsd }) => [name, spentMicroUsd, limitMicroUsd])).toEqual([
    ['session', 1, 100],
    ['day', 2, 100],
    ['week', 60, 120],
    ['month', 40, 100],
    ['repository', 5, 100],
  ]);
  expect(views.map(({ allowedMicroUsd }) => allowedMicroUsd)).toEqual([0, 0, 20, 0, 0]);
  expect(views.map(({ forecast }) => forecast)).toEqual([
    undefined,
    undefined,
    { projectedMicroUsd: 120, usedUpAt: undefined },
    { projectedMicroUsd: 65, usedUpAt: undefined },
    undefined,
  ]);
});

it('nothing is spent, and nothing foretold, before the ledger has been read', () => {
  const views = budgetViews(limits, { sessionMicroUsd: 1, sums: undefined, allowances: new Map() }, now);
  expect(views.map(({ spentMicroUsd }) => spentMicroUsd)).toEqual([1, 0, 0, 0, 0]);
  expect(views.every(({ forecast, isEstimated }) => forecast === undefined && !isEstimated)).toBe(true);
});
