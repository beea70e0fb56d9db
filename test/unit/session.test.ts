import { describe, expect, it } from 'vitest';
import { EventQueue, queueLimit } from '../../src/session/coalesce.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { impactOf } from '../../src/session/impact.ts';
import { compact, duration, receiptLine } from '../../src/session/receipt.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, keptRequests } from '../../src/session/state.ts';
import { sampleRoute } from '../support/samples.ts';

const health = { headersMs: 5, firstTokenMs: 10, durationMs: 20, longestSilenceMs: 7, pings: 1, retries: 0, bytes: 9 };
const route = sampleRoute;

const request = (id: string): SessionEvent[] => [
  { type: 'request_started', at: 1, id, requestClass: 'turn', askedModel: 'gpt-5.5' },
  { type: 'routed', at: 1, id, route, reason: 'slot' },
  { type: 'first_token', at: 2, id, ms: 10 },
  {
    type: 'completed',
    at: 3,
    id,
    verdict: 'complete',
    stopReason: 'end_turn',
    tokens: { inputTokens: 10, cacheReadTokens: 90, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 2 },
    costMicroUsd: 100,
    costKind: 'plan',
    measured: true,
    health,
  },
];

describe('reduce', () => {
  it('adds up what ended and forgets who asked, within bounds', () => {
    let state = initialState(0, [route]);
    for (let index = 0; index < 1000; index++)
      for (const event of request(`req_${index}`)) state = reduce(state, event);
    expect(state.running).toEqual([]);
    expect(state.recent).toHaveLength(keptRequests);
    expect(state.totals).toMatchObject({
      requests: 1000,
      tokens: { inputTokens: 10_000, cacheReadTokens: 90_000, outputTokens: 5_000 },
      costMicroUsd: { plan: 100_000 },
      pings: 1000,
      verdicts: { complete: 1000 },
    });
    expect(state.contextTokens).toBe(100);
    expect(JSON.stringify(state).length).toBeLessThan(60_000);
  });

  it('counts event types of a newer proxy and goes on', () => {
    const future: SessionEvent = JSON.parse('{"type":"from_the_future","at":1,"id":"x"}');
    expect(reduce(initialState(0, []), future).unknownEvents).toBe(1);
  });

  it('keeps incidents in words', () => {
    const [started] = request('req_1');
    let state = reduce(initialState(0, []), started!);
    state = reduce(state, {
      type: 'failed',
      at: 2,
      id: 'req_1',
      verdict: 'truncated',
      code: 'truncated',
      message: 'It was cut.',
      status: 500,
      health,
    });
    expect(state.incidents).toMatchObject([{ message: 'It was cut.' }]);
    expect(state.recent).toMatchObject([{ verdict: 'truncated', problem: 'It was cut.' }]);
  });
});

describe('the event queue', () => {
  it('keeps the newest progress of a request and drops progress first', () => {
    const queue = new EventQueue();
    const progress = (chars: number): SessionEvent => ({
      type: 'progress',
      at: 1,
      id: 'a',
      phase: 'streaming',
      tool: undefined,
      chars,
      silenceMs: 0,
    });
    for (let index = 0; index < 100; index++) queue.push(progress(index));
    expect(queue.takeAll()).toMatchObject([{ chars: 99 }]);
    const [started] = request('r');
    queue.push(progress(1));
    for (let index = 0; index < queueLimit; index++) queue.push({ ...started!, id: `r${index}` });
    expect(queue.size).toBe(queueLimit);
    expect(queue.dropped).toBe(0);
    expect(queue.takeAll().some((event) => event.type === 'progress')).toBe(false);
  });
});

describe('the receipt', () => {
  it('is one line with requests, tokens, cost, duration and incidents', () => {
    const state = request('r').reduce(reduce, initialState(0, [route]));
    expect(receiptLine(state, 65_000)).toBe(
      'ccp: 1 request · tokens 100 in / 90 cached / 5 out · plan (≈ $0.0001 by API) · 1 min 5 s · no incidents',
    );
  });

  it.each([
    [999, '999'],
    [1234, '1.2k'],
    [57_300, '57k'],
    [999_499, '999k'],
    [1_234_567, '1.23M'],
  ])('%i is %s', (count, wanted) => {
    expect(compact(count)).toBe(wanted);
  });

  it.each([
    [900, '0.9 s'],
    [59_900, '59.9 s'],
    [61_000, '1 min 1 s'],
    [3_720_000, '1 h 2 min'],
  ])('%i ms is %s', (ms, wanted) => {
    expect(duration(ms)).toBe(wanted);
  });
});

describe('the impact of a switch', () => {
  const choice = {
    name: 'gpt-6-luna',
    upstream: 'codex',
    model: 'gpt-6-luna',
    contextWindow: 272_000,
    costKind: 'plan' as const,
    price: { input: 0.1, cacheRead: 0.01, output: 0.5, source: 's', date: 'd' },
    unlisted: false,
    unavailable: undefined,
  };

  it('names window, cold cache with its price, and reasoning', () => {
    const state = { ...initialState(0, [route]), contextTokens: 100_000 };
    const { lines, overflows } = impactOf(choice, state);
    expect(overflows).toBe(false);
    expect(lines.join('\n')).toMatch(
      /272k, 100k in use[\s\S]*100k tokens are sent anew \(plan; ≈ \$0\.0100 by API\)[\s\S]*not carried over/,
    );
  });

  it('says when the context does not fit', () => {
    expect(
      impactOf({ ...choice, contextWindow: 64_000 }, { ...initialState(0, [route]), contextTokens: 100_000 }).overflows,
    ).toBe(true);
  });
});
