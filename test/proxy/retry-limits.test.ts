/** The limits of a retry, each tested on both sides. */
import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { maxRetries, retryWait } from '../../src/proxy/retry.ts';

const state = { retries: 0, elapsedMs: 0, committed: false, pingIntervalMs: 10_000, fraction: 0 };
const error = (retryAfterSec?: number) => new CcpError('upstream_failed', 'x', { retryAfterSec });
const wait = (retryAfterSec?: number, extra: Partial<typeof state> = {}) =>
  retryWait(error(retryAfterSec), { ...state, ...extra });

describe('the wait before a retry', () => {
  it('is at least half of a back-off that doubles', () => {
    expect([wait(), wait(undefined, { fraction: 0.5 })]).toEqual([200, 300]);
    expect([wait(undefined, { retries: 1 }), wait(undefined, { retries: 1, fraction: 0.5 })]).toEqual([400, 600]);
  });

  it('is the longer of the back-off and the retry-after of the upstream', () => {
    expect(wait(0)).toBe(200);
    expect(wait(0.1)).toBe(200);
    expect(wait(1)).toBe(1_000);
  });

  it('exists for the first two retries only', () => {
    expect(maxRetries).toBe(2);
    expect(wait(undefined, { retries: maxRetries })).toBeUndefined();
    expect(wait(undefined, { retries: maxRetries, committed: true })).toBeUndefined();
  });

  it('is at most 30 s, and ends within 60 s of the request', () => {
    const committed = { committed: true };
    expect(wait(30, committed)).toBe(30_000);
    expect(wait(30.001, committed)).toBeUndefined();
    expect(wait(20, { ...committed, elapsedMs: 40_000 })).toBe(20_000);
    expect(wait(20, { ...committed, elapsedMs: 40_001 })).toBeUndefined();
  });

  it('is at most half a ping interval before the commit, and ends before the first ping', () => {
    expect(wait(5)).toBe(5_000);
    expect(wait(5.001)).toBeUndefined();
    expect(wait(4, { elapsedMs: 5_999 })).toBe(4_000);
    expect(wait(4, { elapsedMs: 6_000 })).toBeUndefined();
  });

  it('does not exist for a permanent error', () => {
    expect(retryWait(new CcpError('credential_rejected', 'x'), { ...state, committed: true })).toBeUndefined();
    expect(retryWait(new CcpError('upstream_failed', 'x', { retryable: false }), state)).toBeUndefined();
  });
});
