import { describe, expect, it } from 'vitest';
import { maxCost } from '../../src/proxy/max-cost.ts';
import type { Candidate } from '../../src/routing/candidate.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';

const price = { input: 2, output: 10, cacheRead: 0.2, date: '2026-11-01' };
const candidate = (more: object = {}, maxOutputTokens?: number) =>
  ({
    costKind: 'metered',
    price,
    target: { upstream: 'nest', model: 'm', row: maxOutputTokens === undefined ? undefined : { maxOutputTokens } },
    ...more,
  }) as unknown as Candidate;
// 1,000 tokens of text and 4 of the message, with a margin of a quarter.
const request = (max_tokens?: number) =>
  validateRequest({ model: 'm', max_tokens, messages: [{ role: 'user', content: 'x'.repeat(3_600) }] });
const inputTokens = 1_255;

describe('the maximum cost of a request', () => {
  it('is that of the whole prompt and the longest answer', () => {
    expect(maxCost(request(100), candidate())).toBe(inputTokens * 2 + 100 * 10);
    expect(maxCost(request(), candidate())).toBe(inputTokens * 2 + 32_000 * 10);
    expect(maxCost(request(1_000), candidate({}, 100))).toBe(inputTokens * 2 + 100 * 10);
    expect(maxCost(request(100), candidate({}, 1_000))).toBe(inputTokens * 2 + 100 * 10);
    expect(maxCost(request(100), candidate({}, 0))).toBe(inputTokens * 2 + 100 * 10);
  });

  it('counts the prompt as written to the cache where that has a price', () => {
    expect(maxCost(request(100), candidate({ price: { ...price, cacheWrite: 3 } }))).toBe(inputTokens * 3 + 100 * 10);
  });

  it('counts it as written for an hour where the system prompt is marked so', () => {
    const rates = { price: { ...price, cacheWrite: 3, cacheWriteHour: 4 } };
    const marked = (ttl?: string) =>
      validateRequest({
        model: 'm',
        max_tokens: 100,
        system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ...(ttl ? { ttl } : {}) } }],
        messages: [{ role: 'user', content: 'x'.repeat(3_600) }],
      });
    const perToken = (cost: number | undefined) => Math.round(((cost ?? 0) - 100 * 10) / inputTokens);
    expect(perToken(maxCost(marked('1h'), candidate(rates)))).toBe(4);
    expect(perToken(maxCost(marked('5m'), candidate(rates)))).toBe(3);
    expect(perToken(maxCost(marked(), candidate(rates)))).toBe(3);
  });

  it('is unknown without a price and where nothing is metered', () => {
    expect(maxCost(request(), candidate({ price: undefined }))).toBeUndefined();
    expect(maxCost(request(), candidate({ costKind: 'plan' }))).toBeUndefined();
  });
});
