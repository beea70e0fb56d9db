import { describe, expect, it } from 'vitest';
import { EventQueue, queueLimit } from '../../src/session/coalesce.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { compact, duration, receiptLine } from '../../src/session/format.ts';
import { impactOf } from '../../src/session/impact.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, maxRequests } from '../../src/session/state.ts';
import { sampleAbilities, sampleRoute } from '../support/samples.ts';

const health = { headersMs: 5, firstTokenMs: 10, durationMs: 20, longestSilenceMs: 7, pings: 1, retries: 0, bytes: 9 };
const route = sampleRoute;

const request = (id: string): SessionEvent[] => [
  { type: 'request_started', at: 1, id, requestClass: 'turn', requestedModel: 'gpt-5.5' },
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
  it('sums completed requests and keeps a bounded history', () => {
    let state = initialState(0, [route]);
    for (let index = 0; index < 1000; index++)
      for (const event of request(`req_${index}`)) state = reduce(state, event);
    expect(state.running).toEqual([]);
    expect(state.recent).toHaveLength(maxRequests);
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

  it('counts and ignores event types of a newer proxy', () => {
    const future: SessionEvent = JSON.parse('{"type":"from_the_future","at":1,"id":"x"}');
    expect(reduce(initialState(0, []), future).unknownEvents).toBe(1);
  });

  it('records incidents with their message', () => {
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
  it('keeps only the newest progress event of a request, and drops progress events first', () => {
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
  ])('formats %i as %s', (count, wanted) => {
    expect(compact(count)).toBe(wanted);
  });

  it.each([
    [900, '0.9 s'],
    [59_900, '59.9 s'],
    [61_000, '1 min 1 s'],
    [3_720_000, '1 h 2 min'],
  ])('formats %i ms as %s', (ms, wanted) => {
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
    abilities: sampleAbilities,
    quota: undefined,
  };

  it('lists the window, the cold cache with its cost, and the lost reasoning', () => {
    const state = { ...initialState(0, [route]), contextTokens: 100_000 };
    const { lines, refused } = impactOf(choice, state);
    expect(refused).toBe(false);
    expect(lines.join('\n')).toMatch(
      /272k, 100k in use[\s\S]*100k tokens are sent again uncached \(plan; ≈ \$0\.0100 by API\)[\s\S]*not carried over/,
    );
  });

  it('names the route that compacts a history that does not fit, and refuses the switch without one', () => {
    const state = { ...initialState(0, [route]), contextTokens: 100_000 };
    const small = { ...choice, contextWindow: 64_000 };
    expect(impactOf(small, state)).toMatchObject({
      refused: false,
      lines: expect.arrayContaining([
        expect.stringMatching(/100k in use do not fit 64k: the history is compacted on codex\/gpt-5\.5 first/),
      ]),
    });
    const tight = { ...initialState(0, [{ ...route, contextWindow: 90_000 }]), contextTokens: 100_000 };
    expect(impactOf(small, tight)).toMatchObject({ refused: true });
    // Other classes have no history.
    expect(impactOf(small, tight, 'subagent').refused).toBe(false);
  });

  it('lists the abilities lost on the new route and the used share of its plan', () => {
    const poorer = {
      ...choice,
      quota: '5h 37 %',
      abilities: { ...sampleAbilities, pdf: 'noted' as const, webSearch: 'no' as const, countTokens: 'yes' as const },
    };
    const { lines } = impactOf(poorer, initialState(0, [route]), 'main', { ...choice, model: 'gpt-5.5' });
    expect(lines).toContain('Lost: PDFs (replaced by a note), web search (refused).');
    expect(lines).toContain('Limits: used 5h 37 %.');
  });

  it('prices a cold cache at the cache write price', () => {
    const state = { ...initialState(0, [route]), contextTokens: 100_000 };
    const price = { input: 4, cacheRead: 0.2, cacheWrite: 5, output: 20, source: 's', date: 'd' };
    expect(impactOf({ ...choice, costKind: 'metered', price }, state).lines.join()).toContain('≈ $0.5000 once');
  });
});
