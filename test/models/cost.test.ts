import { describe, expect, it } from 'vitest';
import { costMicroUsd } from '../../src/models/cost.ts';
import type { PriceRow } from '../../src/models/types.ts';

const price: PriceRow = { input: 2, cacheRead: 0.2, cacheWrite: 2.5, output: 8, source: 'a test', date: '2026-01-01' };
const long = { input: 4, cacheRead: 0.4, cacheWrite: 5, output: 12 };
const usage = (input = 0, read = 0, written = 0, output = 0) => ({
  input_tokens: input,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: written,
  output_tokens: output,
});

describe('the cost of a request', () => {
  it('of a million tokens of one kind is the price of that kind in dollars', () => {
    const million = 1_000_000;
    expect(costMicroUsd(usage(million), price)).toBe(2_000_000);
    expect(costMicroUsd(usage(0, million), price)).toBe(200_000);
    expect(costMicroUsd(usage(0, 0, million), price)).toBe(2_500_000);
    expect(costMicroUsd(usage(0, 0, 0, million), price)).toBe(8_000_000);
  });

  it('is the sum of its kinds', () => {
    expect(costMicroUsd(usage(10, 100, 1_000, 5), price)).toBe(20 + 20 + 2_500 + 40);
    expect(costMicroUsd(usage(), price)).toBe(0);
  });

  it('is rounded to the nearest micro-dollar', () => {
    expect(costMicroUsd(usage(0, 2), price)).toBe(0);
    expect(costMicroUsd(usage(0, 3), price)).toBe(1);
    expect(costMicroUsd(usage(0, 7), price)).toBe(1);
    expect(costMicroUsd(usage(0, 8), price)).toBe(2);
  });

  it('uses the input price for cache writes without a separate price', () => {
    const { cacheWrite: _none, ...without } = price;
    expect(costMicroUsd(usage(0, 0, 100), without)).toBe(200);
    expect(costMicroUsd(usage(0, 0, 100), { ...without, cacheWrite: 0 })).toBe(0);
  });

  const tiered = { ...price, longAbove: 1_000, long };

  it.each([
    ['uncached', usage(1_000, 0, 0, 1), usage(1_001, 0, 0, 1), 2_008, 4_016],
    ['read', usage(0, 1_000, 0, 1), usage(0, 1_001, 0, 1), 208, 412],
    ['written', usage(0, 0, 1_000, 1), usage(0, 0, 1_001, 1), 2_508, 5_017],
    ['all together', usage(500, 300, 200), usage(500, 300, 201), 1_560, 3_125],
  ])('is the long price for the whole request above the threshold, for input %s', (_name, within, above, low, high) => {
    expect(costMicroUsd(within, tiered)).toBe(low);
    expect(costMicroUsd(above, tiered)).toBe(high);
  });

  it('is never the long price for a long output, or when the threshold or the long price is missing', () => {
    expect(costMicroUsd(usage(1, 0, 0, 5_000), tiered)).toBe(2 + 40_000);
    expect(costMicroUsd(usage(5_000), { ...price, long })).toBe(10_000);
    expect(costMicroUsd(usage(5_000), { ...price, longAbove: 1_000 })).toBe(10_000);
    expect(costMicroUsd(usage(1), { ...tiered, longAbove: 0 })).toBe(4);
  });

  it('of cache writes depends on how long they last', () => {
    const rates = { ...price, cacheWriteHour: 4 };
    const written = (hour: number, minutes: number) => ({
      ...usage(0, 0, 100),
      cache_creation: { ephemeral_1h_input_tokens: hour, ephemeral_5m_input_tokens: minutes },
    });
    expect(costMicroUsd(written(0, 100), rates)).toBe(250);
    expect(costMicroUsd(written(100, 0), rates)).toBe(400);
    expect(costMicroUsd(written(40, 60), rates)).toBe(310);
    expect(costMicroUsd(written(40, 60), price)).toBe(250);
    // No more than were written, and nothing that is no number.
    expect(costMicroUsd(written(900, 0), rates)).toBe(400);
    expect(
      costMicroUsd({ ...usage(0, 0, 100), cache_creation: { ephemeral_1h_input_tokens: '9' as never } }, rates),
    ).toBe(250);
  });
});
