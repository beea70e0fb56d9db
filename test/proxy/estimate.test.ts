import { expect, it } from 'vitest';
import { estimateUsage, mayOverflow } from '../../src/proxy/estimate.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';

it('the usage of an answer that was not counted is estimated from its length', () => {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(36) }] });
  const usage = { input_tokens: 14, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  expect(estimateUsage(request, 9, undefined)).toEqual({ ...usage, output_tokens: 3 });
  expect(estimateUsage(request, 0, undefined)).toEqual({ ...usage, output_tokens: 0 });
  const known = { input_tokens: 1, cache_creation_input_tokens: 2, cache_read_input_tokens: 3 };
  expect(estimateUsage(request, 9, known)).toEqual({ ...known, output_tokens: 3 });
});

it('a request from 70 % of the window on may be too long for it', () => {
  const window = { contextWindow: 1_000 };
  expect([mayOverflow(2_800, window), mayOverflow(2_801, window)]).toEqual([false, true]);
});
