import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { retryWait } from '../../src/proxy/retry.ts';

const state = { retries: 0, elapsedMs: 100, committed: false, pingIntervalMs: 10_000, fraction: 0 };
const error = (retryAfterSec?: number) => new CcpError('upstream_failed', 'x', { retryAfterSec });

describe('the wait before a retry', () => {
  it.each([
    ['grows with jitter', error(), state, 200],
    ['grows with jitter', error(), { ...state, fraction: 0.999 }, 399.8],
    ['doubles', error(), { ...state, retries: 1 }, 400],
    ['honours retry-after', error(3), state, 3_000],
    ['is refused after two retries', error(), { ...state, retries: 2 }, undefined],
    ['is refused when it exceeds half a ping interval', error(6), state, undefined],
    ['is refused when it would pass the commit point', error(4), { ...state, elapsedMs: 7_000 }, undefined],
    ['may be longer once the status is committed', error(20), { ...state, committed: true }, 20_000],
    ['never exceeds 30 s', error(31), { ...state, committed: true }, undefined],
    ['keeps all attempts within 60 s', error(20), { ...state, committed: true, elapsedMs: 45_000 }, undefined],
    ['is refused for a permanent error', new CcpError('plan_limit', 'x'), state, undefined],
    ['is refused when a request may have been billed', new CcpError('no_headers', 'x'), state, undefined],
  ])('%s', (_name, thrown, at, wanted) => {
    const wait = retryWait(thrown, at);
    if (wanted === undefined) expect(wait).toBeUndefined();
    else expect(wait).toBeCloseTo(wanted, 0);
  });
});
