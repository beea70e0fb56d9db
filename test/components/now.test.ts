import { describe, expect, it } from 'vitest';
import { isResending, nowText } from '../../components/meter/now.ts';
import type { Resend } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState } from '../../src/session/state.ts';
import { sampleHealth, sampleRoute } from '../support/samples.ts';
import { completedEvent, failedEvent, startedEvent } from '../support/session-events.ts';

const health = { ...sampleHealth, durationMs: 1_000 };
const resend: Resend = { attempts: 0, maximum: 6 };

/** A request that failed `failures` times; it ends at 1,000 ms. */
function failedTimes(failures: number, more: Partial<Resend> = {}) {
  const events = Array.from({ length: failures }, (_, n) => [
    startedEvent(`r${n}`, { at: 0 }),
    failedEvent(`r${n}`, { at: 1_000, health, resend: { ...resend, ...more } }),
  ]).flat();
  return [startedEvent('ok', { at: 0 }), completedEvent('ok', { at: 500 }), ...events].reduce(
    reduce,
    initialState(0, [sampleRoute]),
  );
}

describe('a failed request that Claude Code sends again', () => {
  it.each([
    [1, {}, 3_625],
    [2, {}, 4_250],
    [4, {}, 8_000],
    // Claude Code waits half a minute at most, and a quarter longer by chance.
    [9, {}, 43_000],
    [1, { retryAfterMs: 20_000 }, 23_000],
    [9, { retryAfterMs: 20_000 }, 43_000],
  ])('for the %ith time is awaited with %j for %i ms', (failures, more, ms) => {
    const state = failedTimes(failures, more);
    expect(nowText(state, 1_000 + ms)).toMatchObject({ sign: '↻', words: 'retrying' });
    expect(isResending(state, 1_000 + ms)).toBe(true);
    // The user has cancelled it.
    expect(nowText(state, 1_001 + ms)).toMatchObject({ words: 'idle' });
    expect(isResending(state, 1_001 + ms)).toBe(false);
  });

  it('says how often it was tried, if that cost anything', () => {
    expect(nowText(failedTimes(1, { attempts: 2 }), 1_000).words).toBe('retrying (2 of 6)');
  });
});
