import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../src/session/events.ts';
import { planWindows } from '../../src/session/plan-pace.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, maxTurns } from '../../src/session/state.ts';
import { addRate, maxRates, noRates, ratesUpTo } from '../../src/session/stream-rates.ts';
import { sampleRoute as route } from '../support/samples.ts';
import { cancelledEvent, completedEvent, failedEvent, routedEvent, startedEvent } from '../support/session-events.ts';

const sent = (id: string, at: number): SessionEvent => ({ type: 'sent', at, id });
const progress = (id: string, at: number, chars: number, silenceMs = 0): SessionEvent => ({
  type: 'progress',
  at,
  id,
  phase: 'streaming',
  tool: undefined,
  chars,
  silenceMs,
});

describe('the rates of a stream', () => {
  it('count characters in the second in which they arrived, and keep silent seconds', () => {
    const rates = [
      [0, 10],
      [0, 5],
      [3, 8],
    ].reduce((sum, [second = 0, chars = 0]) => addRate(sum, second, chars), noRates);
    expect(rates).toEqual({ from: 0, chars: [15, 0, 0, 8] });
    expect(ratesUpTo(rates, 5, 4)).toEqual([0, 8, 0, 0]);
    expect(ratesUpTo(rates, 1, 10)).toEqual([15, 0]);
  });

  it('are bounded, the newest are kept, and an older second is ignored', () => {
    let rates = noRates;
    for (let second = 0; second < 1_000; second++) rates = addRate(rates, second, second);
    expect(rates.chars).toHaveLength(maxRates);
    expect(rates).toMatchObject({ from: 1_000 - maxRates });
    expect(rates.chars.at(-1)).toBe(999);
    expect(addRate(rates, 3, 1)).toEqual(rates);
    // A count that went back, after a repetition, takes nothing away.
    expect(addRate(rates, 999, -50).chars.at(-1)).toBe(999);
    expect(addRate(rates, 1_000_000, 7)).toMatchObject({ from: 1_000_001 - maxRates });
  });

  it('begin with the attempt that is sent, and end with the request', () => {
    const state = [
      startedEvent('a'),
      routedEvent('a'),
      sent('a', 1_000),
      progress('a', 1_500, 40),
      progress('a', 4_200, 100, 1_000),
    ].reduce(reduce, initialState(0, [route]));
    expect(state.running[0]?.rates).toEqual({ from: 0, chars: [40, 0, 60] });
    expect(reduce(state, sent('a', 9_000)).running[0]?.rates).toEqual(noRates);
    expect(reduce(state, completedEvent('a')).recent[0]?.rates.chars).toHaveLength(3);
  });
});

const turn = (id: string, at: number): SessionEvent[] => [
  startedEvent(id),
  routedEvent(id),
  completedEvent(id, { at }),
];

describe('the list of turns', () => {
  it('marks a switch, a compaction and a cache miss at the turn that follows', () => {
    const other = { ...route, model: 'gpt-6-luna' };
    const events: SessionEvent[] = [
      ...turn('a', 10),
      { type: 'route_changed', at: 20, id: 's', route: other, previous: 'codex/gpt-5.5' },
      ...turn('b', 30),
      // Of another class.
      { type: 'route_changed', at: 35, id: 'f', route: { ...route, routeClass: 'fast' }, previous: 'codex/gpt-5.5' },
      { type: 'compacted', at: 40, id: 'c', contextTokens: 5 },
      startedEvent('c'),
      routedEvent('c'),
      { type: 'cache_missed', at: 45, id: 'c', reason: 'tools changed' },
      completedEvent('c', { at: 50 }),
      ...turn('d', 60),
    ];
    const marks = events
      .reduce(reduce, initialState(0, [route]))
      .turns.map(({ at, switched, compacted, missed }) => [at, switched, compacted, missed]);
    expect(marks).toEqual([
      [10, false, false, false],
      [30, true, false, false],
      [50, false, true, true],
      [60, false, false, false],
    ]);
  });

  it('keeps the newest turns, and no request of another class', () => {
    const events = Array.from({ length: maxTurns + 5 }, (_, n) => turn(`t${n}`, n)).flat();
    const title: SessionEvent[] = [startedEvent('x', { requestClass: 'title' }), routedEvent('x'), completedEvent('x')];
    const { turns } = [...events, ...title].reduce(reduce, initialState(0, [route]));
    expect(turns).toHaveLength(maxTurns);
    expect([turns[0]?.at, turns.at(-1)?.at]).toEqual([5, maxTurns + 4]);
  });
});

describe('a first turn that breaks off', () => {
  const usage = {
    tokens: { inputTokens: 25_000, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 0 },
  };
  const incompleteUsage = { ...usage, measured: false, costMicroUsd: 1, costKind: 'metered' as const };

  it('leaves a context whose size is not known, as it was at first, and a later one the size before it', () => {
    expect(initialState(0, [route]).isContextKnown).toBe(false);
    const first = [startedEvent('a'), routedEvent('a'), failedEvent('a', { incompleteUsage })];
    expect(first.reduce(reduce, initialState(0, [route]))).toMatchObject({ isContextKnown: false, contextTokens: 0 });
    const later = [...turn('z', 1), startedEvent('a'), routedEvent('a'), cancelledEvent('a', { incompleteUsage })];
    expect(later.reduce(reduce, initialState(0, [route]))).toMatchObject({ isContextKnown: true, contextTokens: 107 });
  });
});

describe('a request that goes elsewhere than its route', () => {
  const started = initialState(0, [route, { ...route, routeClass: 'fast', model: 'gpt-6-luna' }]);
  const routedTo = (other: Partial<typeof route>) =>
    [startedEvent('a'), routedEvent('a', { ...route, ...other })].reduce(reduce, started).running[0];

  it('is marked, also when its class has no route of its own', () => {
    expect(routedTo({})?.isElsewhere).toBe(false);
    expect(routedTo({ upstream: 'kimi' })?.isElsewhere).toBe(true);
    expect(routedTo({ routeClass: 'fast' })?.isElsewhere).toBe(true);
    expect(routedTo({ routeClass: 'compaction' })?.isElsewhere).toBe(false);
    expect(routedTo({ routeClass: 'compaction', model: 'k3' })?.isElsewhere).toBe(true);
  });
});

describe('the limits of plans', () => {
  it('are those of the model that answers, then those of the main route, each with its upstream', () => {
    const window = (name: string) => ({
      windows: [{ name, usedPercent: 5, resetsAt: undefined }],
      plan: undefined,
      credits: undefined,
    });
    const kimi = { ...route, upstream: 'kimi', model: 'k3' };
    const state = [startedEvent('a'), routedEvent('a', kimi)].reduce(reduce, initialState(0, [route]));
    const named = (quotas: Record<string, ReturnType<typeof window>>) =>
      planWindows({ ...state, quotas }, 1).map(({ name, upstream }) => `${upstream} ${name}`);
    expect(named({ codex: window('5h'), kimi: window('week') })).toEqual(['kimi week', 'codex 5h']);
    expect(named({ codex: window('5h'), openai: window('day') })).toEqual(['undefined 5h']);
    expect(named({})).toEqual([]);
  });
});

describe('the pace of a plan', () => {
  const hour = 3_600_000;
  const now = 100 * hour;
  const paceOf = (name: string, usedPercent: number, resetsIn: number | undefined) => {
    const window = { name, usedPercent, resetsAt: resetsIn === undefined ? undefined : now + resetsIn };
    const quotas = { codex: { windows: [window], plan: undefined, credits: undefined } };
    return planWindows({ ...initialState(0, [route]), quotas }, now)[0]?.usedUpAt;
  };

  it('tells when a window is used up before its reset', () => {
    // 60 % in 2 of 5 hours: 100 % after 3 h 20 min.
    expect(paceOf('5h', 60, 3 * hour)).toBe(now - 2 * hour + (2 * hour * 100) / 60);
    expect(paceOf('gpt-5 week', 90, 84 * hour)).toBe(now - 84 * hour + Math.round((84 * hour * 100) / 90));
  });

  it.each([
    ['lasts until its reset', '5h', 30, 3 * hour],
    ['is used up', '5h', 100, 3 * hour],
    ['has just begun', '5h', 9, 4.9 * hour],
    ['has no known length', 'requests', 60, 3 * hour],
    ['has no known reset', '5h', 60, undefined],
    ['has been reset', '5h', 60, 0],
    ['was reset long ago', '5h', 60, -20 * hour],
  ])('tells nothing of a window that %s', (_what, name, usedPercent, resetsIn) => {
    expect(paceOf(name, usedPercent, resetsIn)).toBeUndefined();
  });
});
