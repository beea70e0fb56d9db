import { describe, expect, it } from 'vitest';
import { budgetText } from '../../src/cli/usage-budgets.ts';
import { trendText } from '../../src/cli/usage-trend.ts';

const view = {
  name: 'month',
  limitMicroUsd: 200_000_000,
  spentMicroUsd: 50_000_000,
  allowedMicroUsd: 0,
  isEstimated: false,
} as const;
const textOf = (more: object) => budgetText({ ...view, ...more }, (at) => `at ${at}`);

it('a budget is a line with its share, and its forecast where there is one', () => {
  expect(textOf({})).toBe('███░░░░░░░░░ budget for this month: $50.00 of $200.00 (25 %)');
  expect(textOf({ isEstimated: true })).toBe('███░░░░░░░░░ budget for this month: ≈ $50.00 of $200.00 (25 %)');
  expect(textOf({ name: 'day', limitMicroUsd: 0 })).toBe('████████████ budget for today: $50.00 of $0.0000 (100 %)');
  expect(textOf({ forecast: { projectedMicroUsd: 60_000_000, usedUpAt: undefined } })).toBe(
    '███░░░░░░░░░ budget for this month: $50.00 of $200.00 (25 %); at this pace ≈ $60.00 in all',
  );
  expect(textOf({ forecast: { projectedMicroUsd: 300_000_000, usedUpAt: 7 } })).toBe(
    '███░░░░░░░░░ budget for this month: $50.00 of $200.00 (25 %); at this pace it is used up ≈ at 7',
  );
});

describe('the tokens of each day', () => {
  const day = (key: string, totalTokens: number) => ({ key, totalTokens });

  it('are one glyph a day, with a gap for a day without any', () => {
    const days = [day('2026-11-28', 800), day('2026-11-25', 100), day('2026-11-26', 400)];
    expect(trendText(days)).toBe('tokens a day  ▁▄·█  2026-11-25 to 2026-11-28, at most 800');
  });

  it('are the newest sixty, across a change of the clock', () => {
    const text = trendText([day('2026-01-01', 5), day('2026-10-01', 5), day('2026-11-28', 800)]);
    expect(text).toMatch(/^tokens a day {2}·?▁[▁·]*█ {2}2026-09-30 to 2026-11-28, at most 800$/);
    expect(/[▁·█]+/.exec(text)?.[0]).toHaveLength(60);
  });

  it('are not shown for a single day, nor for what is no day', () => {
    expect(trendText([day('2026-11-28', 800)])).toBe('');
    expect(trendText([day('?', 1), day('', 2)])).toBe('');
  });
});
