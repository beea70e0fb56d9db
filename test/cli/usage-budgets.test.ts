import { expect, it } from 'vitest';
import { budgetText } from '../../src/cli/usage-budgets.ts';

const view = {
  name: 'month',
  limitMicroUsd: 200_000_000,
  spentMicroUsd: 50_000_000,
  allowedMicroUsd: 0,
  isEstimated: false,
} as const;
const textOf = (more: object) => budgetText({ ...view, ...more }, (at) => `at ${at}`);

it('a budget is a line with its share, and its forecast where there is one', () => {
  expect(textOf({})).toBe('budget for this month: $50.00 of $200.00 (25 %)');
  expect(textOf({ isEstimated: true })).toBe('budget for this month: ≈ $50.00 of $200.00 (25 %)');
  expect(textOf({ name: 'day', limitMicroUsd: 0 })).toBe('budget for today: $50.00 of $0.0000 (100 %)');
  expect(textOf({ forecast: { projectedMicroUsd: 60_000_000, usedUpAt: undefined } })).toBe(
    'budget for this month: $50.00 of $200.00 (25 %); at this pace ≈ $60.00 in all',
  );
  expect(textOf({ forecast: { projectedMicroUsd: 300_000_000, usedUpAt: 7 } })).toBe(
    'budget for this month: $50.00 of $200.00 (25 %); at this pace it is used up ≈ at 7',
  );
});
