import { describe, expect, it } from 'vitest';
import { mergeQuota, quotaText, windowName } from '../../src/models/quota.ts';
import { quotaOfEvent, quotaOfHeaders, quotaOfUsage } from '../../src/translate/dialects/responses/quota.ts';

describe('quota windows', () => {
  it.each([
    [300, '5h'],
    [10_080, 'week'],
    [1_440, '1d'],
    [60, '1h'],
    [90, '90min'],
    [2_880, '2d'],
    [20_160, '14d'],
  ])('of %i minutes are called %s', (minutes, name) => {
    expect(windowName(minutes)).toBe(name);
  });

  it('are read from headers, including separate model families', () => {
    const headers = {
      'x-codex-primary-used-percent': '37.5',
      'x-codex-primary-window-minutes': '300',
      'x-codex-primary-reset-at': '1800000000',
      'x-codex-secondary-used-percent': '12',
      'x-codex-secondary-window-minutes': '10080',
      'x-codex-secondary-reset-after-seconds': '60',
      'x-codex-bengalfox-primary-used-percent': '5',
      'x-codex-bengalfox-primary-window-minutes': '300',
      'x-codex-bengalfox-limit-name': 'spark',
      'x-codex-credits-balance': '4.5',
    };
    expect(quotaOfHeaders(headers, 'windows', 1_000)).toEqual({
      windows: [
        { name: '5h', usedPercent: 37.5, resetsAt: 1_800_000_000_000 },
        { name: 'week', usedPercent: 12, resetsAt: 61_000 },
        { name: 'spark 5h', usedPercent: 5, resetsAt: undefined },
      ],
      plan: undefined,
      credits: 4.5,
    });
    expect(quotaOfHeaders(headers, 'none', 0)).toBeUndefined();
    expect(quotaOfHeaders({}, 'windows', 0)).toBeUndefined();
  });

  it('are read from the rate limit headers of the API', () => {
    const headers = {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '200000',
      'x-ratelimit-remaining-tokens': '50000',
      'x-ratelimit-reset-tokens': '1m30s',
    };
    expect(quotaOfHeaders(headers, 'rate-limits', 0)?.windows).toEqual([
      { name: 'requests', usedPercent: 0.2, resetsAt: 120 },
      { name: 'tokens', usedPercent: 75, resetsAt: 90_000 },
    ]);
  });

  it('are read from the rate limit event and from the usage endpoint', () => {
    const limits = {
      primary: { used_percent: 40, window_minutes: 300, reset_at: 1_800_000_000 },
      secondary: { used_percent: 9, window_minutes: 10_080 },
    };
    expect(quotaOfEvent({ type: 'codex.rate_limits', plan_type: 'plus', rate_limits: limits }, 0)).toMatchObject({
      windows: [
        { name: '5h', usedPercent: 40 },
        { name: 'week', usedPercent: 9 },
      ],
      plan: 'plus',
    });
    const usage = {
      plan_type: 'pro',
      rate_limit: { primary_window: { used_percent: 1, limit_window_seconds: 18_000, reset_at: 1_800_000_000 } },
      credits: { has_credits: false, balance: '0' },
    };
    expect(quotaOfUsage(usage, 0)).toMatchObject({
      windows: [{ name: '5h', usedPercent: 1 }],
      plan: 'pro',
      credits: 0,
    });
    for (const odd of [undefined, null, 'x', [], { rate_limit: 1 }]) expect(quotaOfUsage(odd, 0)).toBeUndefined();
  });

  it('are kept when an update omits them', () => {
    const window = (name: string, usedPercent: number) => ({ name, usedPercent, resetsAt: undefined });
    const before = { windows: [window('5h', 1), window('week', 2)], plan: 'plus', credits: 3 };
    expect(mergeQuota(before, { windows: [window('5h', 9)], plan: undefined, credits: undefined })).toEqual({
      windows: [window('5h', 9), window('week', 2)],
      plan: 'plus',
      credits: 3,
    });
  });

  it('are all that is known at first', () => {
    const first = { windows: [], plan: undefined, credits: undefined };
    expect(mergeQuota(undefined, first)).toEqual(first);
    expect(mergeQuota({ windows: [], plan: 'plus', credits: 3 }, { ...first, plan: 'pro', credits: 0 })).toEqual({
      windows: [],
      plan: 'pro',
      credits: 0,
    });
  });

  it('are shown with their share and, where it is known, the time of their reset', () => {
    const windows = [
      { name: '5h', usedPercent: 37.5, resetsAt: 1_000 },
      { name: 'week', usedPercent: 12.4, resetsAt: undefined },
    ];
    const quota = { windows, plan: 'plus', credits: undefined };
    expect(quotaText(quota)).toBe('5h 38 % · week 12 %');
    expect(quotaText(quota, (epochMs) => `at ${epochMs}`)).toBe('5h 38 % (resets at 1000) · week 12 %');
    expect(quotaText({ ...quota, windows: [] })).toBe('');
  });
});
