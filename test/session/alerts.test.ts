import { describe, expect, it } from 'vitest';
import { AlertWatch, titleSign } from '../../src/session/alerts.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState } from '../../src/session/state.ts';
import { sampleRoute as route } from '../support/samples.ts';
import { cancelledEvent, completedEvent, failedEvent, startedEvent } from '../support/session-events.ts';

function alertsOf(...events: SessionEvent[]): string[] {
  const watch = new AlertWatch();
  let state = initialState(0, [route]);
  return events.flatMap((event) => {
    const before = state;
    state = reduce(before, event);
    return watch.after(event, before, state) ?? [];
  });
}

const start = (id: string, at: number, requestClass: 'turn' | 'title' = 'turn') =>
  startedEvent(id, { at, requestClass });

describe('an alert', () => {
  it('tells the end of long work, across its tools', () => {
    expect(
      alertsOf(
        start('a', 0),
        completedEvent('a', { at: 50_000, stopReason: 'tool_use' }),
        start('b', 51_000),
        completedEvent('b', { at: 90_000, stopReason: 'end_turn' }),
        start('c', 91_000),
        completedEvent('c', { at: 120_000, stopReason: 'end_turn' }),
      ),
    ).toEqual(['finished after 1 min 30 s']);
  });

  it('is not for other requests, nor for what the user cancelled', () => {
    expect(
      alertsOf(
        start('t', 0, 'title'),
        completedEvent('t', { at: 90_000 }),
        start('a', 0),
        cancelledEvent('a', { at: 90_000 }),
      ),
    ).toEqual([]);
  });

  it('tells a failure of long work, unless Claude Code sends the request again', () => {
    const resend = { attempts: 1, maximum: 6 };
    expect(
      alertsOf(
        start('a', 0),
        failedEvent('a', { at: 70_000, resend }),
        start('b', 71_000),
        failedEvent('b', { at: 80_000, resend: undefined }),
      ),
    ).toEqual(['failed after 1 min 20 s']);
  });

  it('tells the end of work with long tools, and of work that subagents go on with', () => {
    const minute = 60_000;
    expect(
      alertsOf(
        start('a', 0),
        completedEvent('a', { at: 2_000, stopReason: 'tool_use' }),
        start('b', 10 * minute),
        completedEvent('b', { at: 11 * minute, stopReason: 'end_turn' }),
      ),
    ).toEqual(['finished after 11 min 0 s']);
    const subagent = [1, 2, 3].flatMap((n) => [
      startedEvent(`s${n}`, { at: n * 8 * minute, requestClass: 'subagent' }),
      completedEvent(`s${n}`, { at: n * 8 * minute + 2_000, stopReason: 'tool_use' }),
    ]);
    expect(
      alertsOf(
        start('a', 0),
        completedEvent('a', { at: 2_000, stopReason: 'tool_use' }),
        ...subagent,
        start('b', 30 * minute),
        completedEvent('b', { at: 31 * minute, stopReason: 'end_turn' }),
      ),
    ).toEqual(['finished after 31 min 0 s']);
    // A request that still runs is no gap, however long the turn before it has ended.
    expect(
      alertsOf(
        start('a', 0),
        startedEvent('s', { at: 1_000, requestClass: 'subagent' }),
        completedEvent('a', { at: 2_000, stopReason: 'tool_use' }),
        start('b', 20 * minute),
        completedEvent('s', { at: 21 * minute }),
        completedEvent('b', { at: 22 * minute, stopReason: 'end_turn' }),
      ),
    ).toEqual(['finished after 22 min 0 s']);
    // One request that runs long is no gap.
    expect(
      alertsOf(
        start('a', 0),
        startedEvent('s', { at: 1_000, requestClass: 'subagent' }),
        completedEvent('a', { at: 2_000, stopReason: 'tool_use' }),
        completedEvent('s', { at: 20 * minute }),
        start('b', 21 * minute),
        completedEvent('b', { at: 22 * minute, stopReason: 'end_turn' }),
      ),
    ).toEqual(['finished after 22 min 0 s']);
  });

  it('is not for work that was given up in a tool, which ends no request', () => {
    const hour = 3_600_000;
    expect(
      alertsOf(
        start('a', 0),
        completedEvent('a', { at: 2_000, stopReason: 'tool_use' }),
        start('b', hour),
        completedEvent('b', { at: hour + 2_000, stopReason: 'end_turn' }),
      ),
    ).toEqual([]);
  });

  it('tells a stall, however short', () => {
    expect(alertsOf(start('a', 0), failedEvent('a', { at: 5_000, verdict: 'stalled' }))).toEqual([
      'the upstream stalled',
    ]);
  });

  it('tells each question once', () => {
    const today = { meteredMicroUsd: 0, planMicroUsd: 0, isEstimated: false };
    const question = { id: 'q1', isFromProgram: true, text: 'Switch main to openai/gpt-6' };
    const wall = {
      id: 'w1',
      route: 'codex/gpt-5.5',
      kind: 'plan' as const,
      until: undefined,
      waiting: 1,
      routeClass: 'main' as const,
      inputTokens: 1,
      totalTokens: 1,
      hasImages: false,
      unavailable: [],
      isDecided: false,
    };
    const base = { at: 1, id: 'x' };
    expect(
      alertsOf(
        { ...base, type: 'confirmation', question },
        { ...base, type: 'confirmation', question },
        { ...base, type: 'confirmation', question: undefined },
        { ...base, type: 'wall', wall },
        { ...base, type: 'wall', wall: { ...wall, waiting: 2 } },
        { ...base, type: 'fan_out', question: { id: 'f', limit: 'parallel', allowed: 4, held: 1 } },
        { ...base, type: 'spending', today, budgets: [], asking: 'day' },
        { ...base, type: 'spending', today, budgets: [], asking: 'day' },
      ),
    ).toEqual([
      'asks: Switch main to openai/gpt-6?',
      'asks: codex/gpt-5.5 is at its limit',
      'asks: too many requests at once',
      'asks: a budget is used up, a turn waits',
    ]);
  });
});

describe('the sign in the title', () => {
  const signAfter = (...events: SessionEvent[]) => titleSign(events.reduce(reduce, initialState(0, [route])));

  it('is of a question, then of work, then of the last end', () => {
    expect(signAfter()).toBe('○');
    expect(signAfter(startedEvent('a'))).toBe('●');
    expect(signAfter(startedEvent('a'), completedEvent('a'))).toBe('○');
    expect(signAfter(startedEvent('a'), failedEvent('a'))).toBe('✗');
    expect(signAfter(startedEvent('a'), cancelledEvent('a'))).toBe('○');
    const question = { id: 'f', limit: 'parallel' as const, allowed: 4, held: 1 };
    expect(signAfter(startedEvent('a'), { type: 'fan_out', at: 1, id: 'f', question })).toBe('?');
  });
});
