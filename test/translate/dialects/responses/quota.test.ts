import { describe, expect, it } from 'vitest';
import { quotaOfEvent, quotaOfHeaders, quotaOfUsage } from '../../../../src/translate/dialects/responses/quota.ts';
import { usageOf } from '../../../../src/translate/dialects/responses/usage.ts';

const now = Date.UTC(2026, 10, 20, 12);
const later = now / 1000 + 600;

describe('the quota in headers', () => {
  const windows = (headers: Record<string, string>) => quotaOfHeaders(headers, 'windows', now)?.windows;

  it('has one window for each limit, with the time of its reset', () => {
    expect(
      quotaOfHeaders(
        {
          'x-codex-primary-used-percent': '37.5',
          'x-codex-primary-window-minutes': '300',
          'x-codex-primary-reset-at': String(later),
          'x-codex-primary-reset-after-seconds': '5',
          'x-codex-secondary-used-percent': '12',
          'x-codex-secondary-window-minutes': '10080',
          'x-codex-secondary-reset-after-seconds': '60',
          'x-codex-credits-balance': '4.5',
        },
        'windows',
        now,
      ),
    ).toEqual({
      windows: [
        { name: '5h', usedPercent: 37.5, resetsAt: later * 1000 },
        { name: 'week', usedPercent: 12, resetsAt: now + 60_000 },
      ],
      plan: undefined,
      credits: 4.5,
    });
  });

  it('has the name of a limit of its own', () => {
    expect(
      windows({
        'x-spark-1-primary-used-percent': '5',
        'x-spark-1-primary-window-minutes': '60',
        'x-spark-1-limit-name': 'Spark',
      }),
    ).toEqual([{ name: 'Spark 1h', usedPercent: 5, resetsAt: undefined }]);
  });

  it.each([
    ['0', 'primary'],
    ['-5', 'primary'],
    ['525600', 'primary'],
    ['525599', '525599min'],
    ['x', 'primary'],
  ])('with a window of %s minutes is called %s', (minutes, name) => {
    const headers = { 'x-codex-primary-used-percent': '5', 'x-codex-primary-window-minutes': minutes };
    expect(windows(headers)?.[0]?.name).toBe(name);
  });

  it.each([
    ['150', 100],
    ['-5', 0],
  ])('of %s percent is limited', (percent, usedPercent) => {
    expect(windows({ 'x-codex-primary-used-percent': percent })).toEqual([
      { name: 'primary', usedPercent, resetsAt: undefined },
    ]);
  });

  it('is absent without a number, in another header, and with another format', () => {
    for (const percent of ['', ' ', 'x', 'Infinity'])
      expect(quotaOfHeaders({ 'x-codex-primary-used-percent': percent }, 'windows', now)).toBeUndefined();
    expect(windows({ 'x-codex-tertiary-used-percent': '5' })).toBeUndefined();
    expect(windows({ 'y-x-codex-primary-used-percent': '5', 'x-codex-primary-used-percent-y': '5' })).toBeUndefined();
    expect(quotaOfHeaders({ 'x-codex-primary-used-percent': '5' }, 'none', now)).toBeUndefined();
    expect(quotaOfHeaders({ 'x-codex-primary-used-percent': '5' }, 'rate-limits', now)).toBeUndefined();
    expect(quotaOfHeaders({ 'x-codex-credits-balance': '1' }, 'rate-limits', now)).toBeUndefined();
    expect(quotaOfHeaders({ 'x-codex-credits-balance': '1' }, 'windows', now)).toMatchObject({
      windows: [],
      credits: 1,
    });
  });

  it('has no reset in the past', () => {
    expect(
      windows({ 'x-codex-primary-used-percent': '5', 'x-codex-primary-reset-after-seconds': '-1' })?.[0]?.resetsAt,
    ).toBeUndefined();
    expect(
      windows({ 'x-codex-primary-used-percent': '5', 'x-codex-primary-reset-after-seconds': '0' })?.[0]?.resetsAt,
    ).toBe(now);
  });

  it('counts requests and tokens where the upstream does', () => {
    expect(
      quotaOfHeaders(
        {
          'x-ratelimit-limit-requests': '300',
          'x-ratelimit-remaining-requests': '200',
          'x-ratelimit-reset-requests': '6s',
          'x-ratelimit-limit-tokens': '1000',
          'x-ratelimit-remaining-tokens': '0',
        },
        'rate-limits',
        now,
      ),
    ).toEqual({
      windows: [
        { name: 'requests', usedPercent: 33.3, resetsAt: now + 6_000 },
        { name: 'tokens', usedPercent: 100, resetsAt: undefined },
      ],
      plan: undefined,
      credits: undefined,
    });
    const incomplete = {
      'x-ratelimit-limit-requests': '0',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-limit-tokens': '5',
    };
    expect(quotaOfHeaders(incomplete, 'rate-limits', now)).toBeUndefined();
  });
});

describe('the quota in an event', () => {
  const primary = { used_percent: 37, window_minutes: 300, reset_at: later };

  it('has its windows, the plan and the credits', () => {
    const secondary = { used_percent: 120, window_minutes: 10_080, reset_after_seconds: 60 };
    expect(
      quotaOfEvent({ rate_limits: { primary, secondary }, plan_type: 'plus', credits: { balance: '3' } }, now),
    ).toEqual({
      windows: [
        { name: '5h', usedPercent: 37, resetsAt: later * 1000 },
        { name: 'week', usedPercent: 100, resetsAt: now + 60_000 },
      ],
      plan: 'plus',
      credits: 3,
    });
    expect(quotaOfEvent({ rate_limits: { primary }, metered_limit_name: 'Spark' }, now)?.windows[0]?.name).toBe(
      'Spark 5h',
    );
    expect(quotaOfEvent({ rate_limits: { primary }, credits: { balance: 2 } }, now)?.credits).toBe(2);
  });

  it.each([
    {},
    { rate_limits: { primary: 'x' } },
    { rate_limits: { primary: { used_percent: 5 } } },
    { rate_limits: { primary: { window_minutes: 5 } } },
    { rate_limits: { primary: { used_percent: 5, window_minutes: 0 } }, credits: { balance: 1 } },
  ])('%j is absent', (event) => {
    expect(quotaOfEvent(event, now)).toBeUndefined();
  });
});

describe('the quota of the usage endpoint', () => {
  it('has its windows, the plan and the credits', () => {
    const primary_window = { used_percent: 5, limit_window_seconds: 18_000, reset_at: later };
    const secondary_window = { used_percent: 6, limit_window_seconds: 604_800, reset_after_seconds: -1 };
    expect(
      quotaOfUsage(
        { rate_limit: { primary_window, secondary_window }, plan_type: 'pro', credits: { balance: '1' } },
        now,
      ),
    ).toEqual({
      windows: [
        { name: '5h', usedPercent: 5, resetsAt: later * 1000 },
        { name: 'week', usedPercent: 6, resetsAt: undefined },
      ],
      plan: 'pro',
      credits: 1,
    });
    expect(quotaOfUsage({ credits: { balance: 5 } }, now)).toMatchObject({ windows: [], credits: 5 });
  });

  it.each([
    {},
    'x',
    { rate_limit: { primary_window: { used_percent: 5 } } },
    { rate_limit: { primary_window: { limit_window_seconds: 5 } } },
  ])('%j is absent', (response) => {
    expect(quotaOfUsage(response, now)).toBeUndefined();
  });
});

describe('the usage of Responses', () => {
  it('is in the terms of Anthropic', () => {
    expect(
      usageOf(
        {
          input_tokens: 10,
          input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
          output_tokens: 7,
          output_tokens_details: { reasoning_tokens: 2 },
        },
        1,
      ),
    ).toEqual({
      input_tokens: 3,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 4,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 2 },
      server_tool_use: { web_search_requests: 1 },
    });
    const none = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
    expect(usageOf({})).toEqual(none);
    expect(usageOf({ input_tokens: 1, input_tokens_details: { cached_tokens: 5 } })).toEqual({
      ...none,
      cache_read_input_tokens: 5,
    });
    expect(usageOf(undefined)).toEqual(none);
    expect(usageOf('x', 2)).toEqual({ ...none, server_tool_use: { web_search_requests: 2 } });
  });
});
