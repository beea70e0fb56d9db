/** Which usage of an upstream is believed. */
import { describe, expect, it } from 'vitest';
import { plausibleUsage } from '../../../src/translate/anthropic/plausible-usage.ts';

describe('a usage', () => {
  it.each([
    { prompt_tokens: 3, completion_tokens: 1e9 },
    { prompt_tokens: 0, prompt_tokens_details: { cached_tokens: 2, audio: null } },
    { total_tokens: 4, total_time: -0.2, created: 1_760_000_000_000, cost: 1e12 },
    { service_tier: 'standard' },
    {},
  ])('is believed: %j', (usage) => {
    expect(plausibleUsage(usage)).toBe(usage);
  });

  it.each([
    { prompt_tokens: -1 },
    { prompt_tokens: 1e9 + 1 },
    { prompt_tokens: Number.NaN },
    { prompt_tokens: Number.POSITIVE_INFINITY },
    { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: -2 } },
    { input_tokens: 3, server_tool_use: { web: { search_tokens: 1e300 } } },
    undefined,
    null,
    'many tokens',
    [3],
  ])('is none: %j', (usage) => {
    expect(plausibleUsage(usage)).toBeUndefined();
  });
});
