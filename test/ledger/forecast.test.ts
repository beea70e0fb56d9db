import { describe, expect, it } from 'vitest';
import { forecastOf } from '../../src/ledger/forecast.ts';

const period = { startsAt: 1_000_000, endsAt: 2_000_000 };
const at = (share: number) => period.startsAt + share * 1_000_000;
const forecast = (spentMicroUsd: number, limitMicroUsd: number, now: number) =>
  forecastOf({ spentMicroUsd, limitMicroUsd }, period, now);

describe('the forecast of a budget', () => {
  it('continues the pace of its period', () => {
    expect(forecast(50, 100, at(0.25))).toEqual({ projectedMicroUsd: 200, usedUpAt: at(0.5) });
    expect(forecast(20, 100, at(0.25))).toEqual({ projectedMicroUsd: 80, usedUpAt: undefined });
  });

  it('names no time when the budget just lasts until the end', () => {
    expect(forecast(50, 100, at(0.5))).toEqual({ projectedMicroUsd: 100, usedUpAt: undefined });
  });

  it('is none in the first tenth of the period, without spending, and when nothing is left', () => {
    expect(forecast(50, 100, at(0.099))).toBeUndefined();
    expect(forecast(50, 100, at(0.1))).toBeDefined();
    expect(forecast(0, 100, at(0.5))).toBeUndefined();
    expect(forecast(100, 100, at(0.5))).toBeUndefined();
    expect(forecast(0, 0, at(0.5))).toBeUndefined();
  });
});
