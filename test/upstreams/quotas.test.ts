/** The quota endpoints of the registered upstreams. The formats of Codex are tested beside its dialect. */
import { describe, expect, it } from 'vitest';
import type { QuotaEndpoint } from '../../src/upstreams/definition.ts';
import { upstreamAt, upstreamNamed } from '../support/upstreams.ts';

describe('the address of a quota', () => {
  it.each([
    ['codex', 'https://host.example/backend-api/codex', 'https://host.example/backend-api/wham/usage'],
    ['codex', 'https://host.example/codex/v2', undefined],
    ['codex', 'https://host.example', undefined],
    ['kimi', 'https://host.example/coding', 'https://host.example/coding/v1/usages'],
    ['openai', 'https://host.example/v1', undefined],
  ])('of %s at %s is %s', (name, baseUrl, url) => {
    expect(upstreamAt(name, baseUrl).quotaEndpoint?.url).toBe(url);
  });

  it('of Kimi is the same in both dialects, and expects Claude Code’s user agent', () => {
    const chat = upstreamNamed('kimi', { own: { kimi: { dialect: 'chat' } } }).quotaEndpoint;
    expect(chat?.url).toBe(upstreamNamed('kimi').quotaEndpoint?.url);
    expect(chat?.usesClientUserAgent).toBe(true);
    expect(upstreamNamed('codex').quotaEndpoint?.usesClientUserAgent).toBeUndefined();
  });
});

describe('the quota of Kimi', () => {
  const endpoint = (): QuotaEndpoint => {
    const { quotaEndpoint } = upstreamNamed('kimi');
    if (!quotaEndpoint) throw new Error('Kimi has no quota endpoint');
    return quotaEndpoint;
  };
  const read = (answer: unknown) => endpoint().read(answer, 0);
  const week = (usage: unknown) => read({ usage })?.windows;
  const limit = (window: unknown, detail: unknown = { limit: '10', used: '1' }) =>
    read({ limits: [{ window, detail }] })?.windows;

  it('contains the windows of its limits, and then the week', () => {
    const answer = {
      usage: { limit: '200', used: '50', resetTime: '2026-11-29T00:00:00Z' },
      limits: [
        {
          window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' },
          detail: { limit: '100', remaining: '40', resetTime: '2026-11-22T05:00:00Z' },
        },
      ],
    };
    expect(read(answer)).toStrictEqual({
      windows: [
        { name: '5h', usedPercent: 60, resetsAt: Date.parse('2026-11-22T05:00:00Z') },
        { name: 'week', usedPercent: 25, resetsAt: Date.parse('2026-11-29T00:00:00Z') },
      ],
      plan: undefined,
      credits: undefined,
    });
  });

  it.each([
    [{ duration: '5', timeUnit: 'TIME_UNIT_HOUR' }, '5h'],
    [{ duration: 2, timeUnit: 'TIME_UNIT_DAY' }, '2d'],
    [{ duration: 90, timeUnit: 'TIME_UNIT_MINUTE' }, '90min'],
  ])('in a window of %j is called %s', (window, name) => {
    expect(limit(window)).toStrictEqual([{ name, usedPercent: 10, resetsAt: undefined }]);
  });

  it.each([
    { duration: 5, timeUnit: 'TIME_UNIT_MONTH' },
    { duration: 0, timeUnit: 'TIME_UNIT_HOUR' },
    { duration: 5 },
    5,
  ])('omits a window of %j', (window) => {
    expect(limit(window)).toBeUndefined();
  });

  it.each([
    [{ limit: 10, used: 1 }, 10],
    [{ limit: '10', used: 0, remaining: '4' }, 0],
    [{ limit: '10', remaining: '4' }, 60],
    [{ limit: '10', used: '12' }, 100],
    [{ limit: '10', remaining: '12' }, 0],
  ])('with %j has %d % used', (usage, usedPercent) => {
    expect(week(usage)).toStrictEqual([{ name: 'week', usedPercent, resetsAt: undefined }]);
  });

  it.each([
    { limit: '0', used: '0' },
    { used: '1', remaining: '4' },
    { limit: '10' },
    { limit: '10', used: ' ' },
    { limit: 'many', used: '1' },
    {},
    undefined,
  ])('is not known from %j', (usage) => {
    expect(week(usage)).toBeUndefined();
  });

  it('is not known from a response of another form', () => {
    for (const answer of [undefined, 'text', [], {}, { limits: 5, usage: 5 }, { limits: [5] }])
      expect(read(answer)).toBeUndefined();
  });
});
