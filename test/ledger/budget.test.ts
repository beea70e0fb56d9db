import { describe, expect, it } from 'vitest';
import { budgetNames, budgetsOf, longestPeriod } from '../../src/ledger/budget.ts';

const nowhere = () => false;

describe('the budgets setting', () => {
  it('warns at 80 % or at the configured percentage', () => {
    expect(budgetsOf(undefined, undefined, nowhere)).toEqual({
      limits: [],
      warnAtPercent: 80,
      onLimit: 'ask',
    });
    expect(budgetsOf({ warnAtPercent: 50 }, undefined, nowhere).warnAtPercent).toBe(50);
    expect(budgetsOf({ warnAtPercent: 'half' }, undefined, nowhere).warnAtPercent).toBe(80);
  });

  it('is in dollars and converted to whole micro-dollars', () => {
    expect(budgetsOf({ sessionUsd: 0.1234567, dayUsd: 2.5 }, undefined, nowhere).limits).toEqual([
      { name: 'session', limitMicroUsd: 123_457 },
      { name: 'day', limitMicroUsd: 2_500_000 },
    ]);
  });

  it('accepts a limit of zero, and ignores values that are not numbers', () => {
    expect(budgetsOf({ sessionUsd: 0 }, undefined, nowhere).limits).toEqual([{ name: 'session', limitMicroUsd: 0 }]);
    expect(budgetsOf({ sessionUsd: 5 }, 0, nowhere).limits).toEqual([{ name: 'session', limitMicroUsd: 0 }]);
    expect(budgetsOf({ sessionUsd: '5', dayUsd: null }, undefined, nowhere).limits).toEqual([]);
  });

  it('uses the lowest limit of the matching repositories', () => {
    const setting = { repositories: { 'a/*': 9, 'a/b': 4, 'a/**': 7, 'c/d': 1, 'a/broken': 'much' } };
    const limits = (isHere: (name: string) => boolean) => budgetsOf(setting, undefined, isHere).limits;
    expect(limits((name) => name.startsWith('a/'))).toEqual([{ name: 'repository', limitMicroUsd: 4_000_000 }]);
    expect(limits((name) => name === 'a/broken')).toEqual([]);
    expect(limits(nowhere)).toEqual([]);
    expect(budgetsOf({ repositories: ['a/b'] }, undefined, () => true).limits).toEqual([]);
  });

  it.each(['ask', 'stop', 'switch'])('says what happens at a limit: %s', (onLimit) => {
    expect(budgetsOf({ onLimit }, undefined, nowhere).onLimit).toBe(onLimit);
  });

  it('asks at a limit where the setting is none of these', () => {
    expect(budgetsOf({ onLimit: 'burn' }, undefined, nowhere).onLimit).toBe('ask');
  });

  it('says the longest period for which the ledger must be read', () => {
    const longest = (setting: object) => longestPeriod(budgetsOf(setting, 1, () => true));
    expect(longest({ dayUsd: 1, repositories: { here: 3 } })).toBe('day');
    expect(longest({ dayUsd: 1, weekUsd: 1 })).toBe('week');
    expect(longest({ weekUsd: 1, monthUsd: 1 })).toBe('month');
    expect(longest({ monthUsd: 1 })).toBe('month');
  });

  it('returns all limits in a fixed order', () => {
    const setting = { monthUsd: 5, weekUsd: 4, dayUsd: 2, repositories: { here: 3 } };
    const { limits } = budgetsOf(setting, 1, () => true);
    expect(limits.map(({ name, limitMicroUsd }) => [name, limitMicroUsd])).toEqual([
      ['session', 1_000_000],
      ['day', 2_000_000],
      ['week', 4_000_000],
      ['month', 5_000_000],
      ['repository', 3_000_000],
    ]);
  });
});

it('each budget name contains its scope', () => {
  expect(budgetNames).toEqual({
    session: expect.stringContaining('session'),
    day: expect.stringContaining('today'),
    week: expect.stringContaining('this week'),
    month: expect.stringContaining('this month'),
    repository: expect.stringMatching(/repository.*today/),
  });
});
