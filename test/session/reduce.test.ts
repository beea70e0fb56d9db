import { describe, expect, it } from 'vitest';
import type { RouteView, SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import {
  initialState,
  maxIncidents,
  maxListedRunning,
  maxModels,
  maxRequests,
  maxSwitches,
  type RequestView,
} from '../../src/session/state.ts';
import { addTokens } from '../../src/session/totals.ts';
import { sampleHealth, sampleRoute } from '../support/samples.ts';
import {
  cancelledEvent,
  completedEvent,
  failedEvent,
  routedEvent,
  sampleTokens,
  startedEvent,
  startedRequest,
} from '../support/session-events.ts';

const route = sampleRoute;
const fast: RouteView = { ...route, routeClass: 'fast', model: 'gpt-6-luna' };
const empty = initialState(0, [route, fast]);
const running = [startedEvent('a'), startedEvent('b')].reduce(reduce, empty);
const incident = (message: string, at = 2_000, id = 'b') => ({ at, id, message });

const counts = (n: number) => ({
  inputTokens: n,
  cacheReadTokens: 2 * n,
  cacheWriteTokens: 3 * n,
  outputTokens: 4 * n,
  reasoningTokens: 5 * n,
});

describe('a session before its first request', () => {
  it('has empty lists and totals', () => {
    expect(initialState(5, [route])).toEqual({
      startedAt: 5,
      routes: [route],
      running: [],
      recent: [],
      incidents: [],
      isLedgerIncomplete: false,
      totals: {
        requests: 0,
        failed: 0,
        estimated: 0,
        tokens: counts(0),
        costMicroUsd: {},
        byKind: {},
        longestSilenceMs: 0,
        pings: 0,
        retries: 0,
        verdicts: {},
        denials: 0,
        fallbacks: 0,
        firstToken: { count: 0, sumMs: 0 },
      },
      contextTokens: 0,
      isContextKnown: false,
      promptParts: undefined,
      compactedAt: undefined,
      turns: [],
      compactAt: 239_000,
      switches: [],
      models: [],
      spending: undefined,
      fanOut: undefined,
      wall: undefined,
      substitutes: {},
      confirmation: undefined,
      usageScale: 1,
      compared: undefined,
      compactionRoute: undefined,
      quotas: {},
      unknownEvents: 0,
    });
  });

  it.each<[string, RouteView[], number | undefined]>([
    ['a main route of 100 000 tokens', [{ ...route, contextWindow: 100_000 }], 67_000],
    ['a smaller main route', [{ ...route, contextWindow: 99_999 }], undefined],
    ['a main route after others', [{ ...fast, contextWindow: 500_000 }, route], 239_000],
    ['no main route', [fast], undefined],
    ['no route', [], undefined],
  ])('knows when Claude Code compacts with %s', (_name, routes, wanted) => {
    expect(initialState(0, routes).compactAt).toBe(wanted);
  });
});

describe('an event of a running request', () => {
  it('adds the request when it starts', () => {
    const event = startedEvent('a', { at: 5, requestClass: 'title', requestedModel: 'heron-1' });
    const request = { startedAt: 5, lastDataAt: 5, requestClass: 'title', requestedModel: 'heron-1' };
    expect(reduce(empty, event)).toEqual({ ...empty, running: [{ ...startedRequest('a'), ...request }] });
  });

  it.each<[string, SessionEvent, Partial<RequestView>, string | undefined]>([
    ['routed', routedEvent('b'), { route, routeReason: 'slot' }, undefined],
    ['sent', { type: 'sent', at: 1_500, id: 'b' }, { sentAt: 1_500, lastDataAt: 1_500 }, undefined],
    [
      'upstream_headers',
      { type: 'upstream_headers', at: 2_000, id: 'b', status: 200, ms: 5 },
      { lastDataAt: 2_000, headersMs: 5 },
      undefined,
    ],
    ['first_token', { type: 'first_token', at: 2_000, id: 'b', ms: 10 }, { firstTokenMs: 10 }, undefined],
    [
      'progress',
      { type: 'progress', at: 2_000, id: 'b', phase: 'thinking', tool: 'Bash', chars: 40, silenceMs: 300 },
      { phase: 'thinking', tool: 'Bash', chars: 40, lastDataAt: 1_700 },
      undefined,
    ],
    ['ping', { type: 'ping', at: 2_000, id: 'b' }, { pings: 1 }, undefined],
    [
      'retry',
      { type: 'retry', at: 2_000, id: 'b', attempt: 2, reason: 'rate limit', waitMs: 100 },
      { retries: 2, sentAt: undefined },
      'retry 2: rate limit',
    ],
    ['tool_call', { type: 'tool_call', at: 2_000, id: 'b', tool: 'Read' }, { phase: 'tool', tool: 'Read' }, undefined],
    [
      'repaired',
      { type: 'repaired', at: 2_000, id: 'b', tool: 'Edit', dropped: ['mode', 'x'] },
      {},
      'repaired Edit: dropped mode, x',
    ],
    ['warning', { type: 'warning', at: 2_000, id: 'b', message: 'A PDF was omitted.' }, {}, 'A PDF was omitted.'],
    [
      'credential',
      { type: 'credential', at: 2_000, id: 'b', upstream: 'codex', message: 'The login was renewed.' },
      {},
      'The login was renewed.',
    ],
    [
      'cache_missed',
      { type: 'cache_missed', at: 2_000, id: 'b', reason: 'tools changed' },
      { cacheMiss: 'tools changed' },
      'cache missed: tools changed',
    ],
  ])('%s changes that request only', (_name, event, change, message) => {
    expect(reduce(running, event)).toEqual({
      ...running,
      running: [startedRequest('a'), { ...startedRequest('b'), ...change }],
      incidents: message === undefined ? [] : [incident(message)],
    });
  });

  it('counts every ping', () => {
    const ping: SessionEvent = { type: 'ping', at: 2_000, id: 'a' };
    expect([ping, ping].reduce(reduce, running).running.map(({ pings }) => pings)).toEqual([2, 0]);
  });
});

describe('a request that ends', () => {
  const incompleteUsage = { tokens: counts(1), measured: false, costMicroUsd: 40, costKind: 'metered' } as const;
  const usage = { tokens: counts(1), measured: false, costMicroUsd: 40, costKind: 'metered' } as const;
  const ended = { ...startedRequest('b'), phase: 'done', health: sampleHealth } as const;
  const measurements = { longestSilenceMs: 3_100, pings: 2, retries: 1 };

  it('is moved to the ended requests and added to the totals when it is complete', () => {
    const state = [
      routedEvent('b'),
      { type: 'tool_call', at: 2_000, id: 'b', tool: 'Read' } as const,
      completedEvent('b', { tokens: sampleTokens }),
    ].reduce(reduce, running);
    expect(state).toEqual({
      ...running,
      running: [startedRequest('a')],
      recent: [
        {
          ...ended,
          route,
          routeReason: 'slot',
          verdict: 'complete',
          tokens: sampleTokens,
          costKind: 'plan',
          costMicroUsd: 100,
        },
      ],
      contextTokens: 107,
      isContextKnown: true,
      turns: [{ at: 3_000, tokens: sampleTokens, measured: true, missed: false, switched: false, compacted: false }],
      models: [{ upstream: 'codex', model: 'gpt-5.5', requests: 1, tokens: sampleTokens, costMicroUsd: { plan: 100 } }],
      totals: {
        ...empty.totals,
        ...measurements,
        requests: 1,
        tokens: sampleTokens,
        byKind: { plan: 1 },
        costMicroUsd: { plan: 100 },
        verdicts: { complete: 1 },
        firstToken: { count: 1, sumMs: 900 },
      },
    });
  });

  it('counts as failed, with its message as an incident and no charge when nothing was generated', () => {
    expect(reduce(running, failedEvent('b', { route }))).toEqual({
      ...running,
      running: [startedRequest('a')],
      recent: [{ ...ended, verdict: 'truncated', problem: 'It was cut.' }],
      incidents: [incident('It was cut.', 3_000)],
      totals: {
        ...empty.totals,
        ...measurements,
        requests: 1,
        failed: 1,
        verdicts: { truncated: 1 },
        firstToken: { count: 1, sumMs: 900 },
      },
    });
  });

  it('is charged for an incomplete answer when it fails', () => {
    const state = reduce(running, failedEvent('b', { route, incompleteUsage }));
    expect(state.recent).toEqual([{ ...ended, verdict: 'truncated', problem: 'It was cut.', ...usage }]);
    expect(state.models).toEqual([
      { upstream: 'codex', model: 'gpt-5.5', requests: 1, tokens: counts(1), costMicroUsd: { metered: 40 } },
    ]);
    expect(state.totals).toEqual({
      ...empty.totals,
      ...measurements,
      requests: 1,
      failed: 1,
      estimated: 1,
      tokens: counts(1),
      byKind: { metered: 1 },
      costMicroUsd: { metered: 40 },
      verdicts: { truncated: 1 },
      firstToken: { count: 1, sumMs: 900 },
    });
  });

  it('is no failure and no incident when it is cancelled, and is charged for its incomplete answer', () => {
    const state = reduce(running, cancelledEvent('b', { incompleteUsage }));
    expect(state.recent).toEqual([{ ...ended, verdict: 'cancelled', ...usage }]);
    expect(state).toMatchObject({ incidents: [], models: [] });
    expect(state.totals).toMatchObject({ requests: 1, failed: 0, estimated: 1, verdicts: { cancelled: 1 } });
    expect(reduce(running, cancelledEvent('b')).recent).toEqual([{ ...ended, verdict: 'cancelled' }]);
  });

  it('is counted although it is not in the list of running requests', () => {
    const state = reduce(running, completedEvent('unknown'));
    expect(state).toMatchObject({ recent: [], running: running.running, contextTokens: 0, models: [] });
    expect(state.totals).toMatchObject({ requests: 1, tokens: sampleTokens });
    expect(reduce(running, completedEvent('unknown', { route })).models).toHaveLength(1);
  });

  it.each([
    ['a turn', 'turn', counts(2), 12],
    ['a request of another class', 'title', counts(2), 50],
    ['a turn without a count', 'turn', counts(0), 50],
  ] as const)('changes the size of the context if it is %s', (_name, requestClass, tokens, wanted) => {
    const before = { ...reduce(empty, startedEvent('a', { requestClass })), contextTokens: 50 };
    expect(reduce(before, completedEvent('a', { tokens })).contextTokens).toBe(wanted);
  });

  it('is added to the totals of its kind, its model and its verdict', () => {
    const other = { ...route, upstream: 'kimi' };
    const state = [
      completedEvent('a', { route, tokens: counts(1), measured: false }),
      completedEvent('b', { route: other, tokens: counts(2), costKind: 'metered', costMicroUsd: 7 }),
      completedEvent('c', { route, tokens: counts(3), costMicroUsd: undefined }),
      completedEvent('d', { route: { ...route, model: 'heron-1' }, tokens: counts(4) }),
      completedEvent('e', {
        route,
        tokens: counts(5),
        verdict: 'repaired',
        health: { ...sampleHealth, longestSilenceMs: 9_000 },
      }),
      completedEvent('f', { route: other, tokens: counts(6), costKind: 'local', costMicroUsd: undefined }),
    ].reduce(reduce, empty);
    expect(state.totals).toEqual({
      requests: 6,
      failed: 0,
      estimated: 1,
      tokens: counts(21),
      byKind: { plan: 4, metered: 1, local: 1 },
      costMicroUsd: { plan: 300, metered: 7 },
      longestSilenceMs: 9_000,
      pings: 12,
      retries: 6,
      verdicts: { complete: 5, repaired: 1 },
      denials: 0,
      fallbacks: 0,
      firstToken: { count: 6, sumMs: 5_400 },
    });
    expect(state.models).toEqual([
      { upstream: 'codex', model: 'gpt-5.5', requests: 3, tokens: counts(9), costMicroUsd: { plan: 200 } },
      { upstream: 'kimi', model: 'gpt-5.5', requests: 2, tokens: counts(8), costMicroUsd: { metered: 7 } },
      { upstream: 'codex', model: 'heron-1', requests: 1, tokens: counts(4), costMicroUsd: { plan: 100 } },
    ]);
  });
});

describe('an event of the session', () => {
  it('merges the limits of each upstream', () => {
    const quota = (name: string, usedPercent: number) => ({
      windows: [{ name, usedPercent, resetsAt: undefined }],
      plan: undefined,
      credits: undefined,
    });
    const event = (upstream: string, name: string, usedPercent: number): SessionEvent => ({
      type: 'quota',
      at: 1,
      id: 'q',
      upstream,
      quota: quota(name, usedPercent),
    });
    const state = [event('codex', '5h', 1), event('kimi', '5h', 2), event('codex', 'week', 3)].reduce(reduce, empty);
    expect(state.quotas).toEqual({
      codex: { ...quota('week', 3), windows: [...quota('week', 3).windows, ...quota('5h', 1).windows] },
      kimi: quota('5h', 2),
    });
  });

  it('replaces the spending', () => {
    const spending = {
      today: { meteredMicroUsd: 1, planMicroUsd: 2, isEstimated: false },
      budgets: [],
      asking: 'day',
    } as const;
    expect(reduce(empty, { type: 'spending', at: 1, id: 's', ...spending })).toEqual({ ...empty, spending });
  });

  it('switches the route of its class in place', () => {
    const changed = { ...route, upstream: 'kimi', model: 'k2.6' };
    const event: SessionEvent = {
      type: 'route_changed',
      at: 2_000,
      id: 'b',
      route: changed,
      previous: 'codex/gpt-5.5',
      compactionRoute: 'codex/gpt-5.5',
    };
    const state = reduce(empty, event);
    expect(state).toEqual({
      ...empty,
      routes: [changed, fast],
      compactionRoute: 'codex/gpt-5.5',
      switches: [{ at: 2_000, routeClass: 'main', from: 'codex/gpt-5.5', to: 'kimi/k2.6' }],
      incidents: [incident('main switched from codex/gpt-5.5 to kimi/k2.6')],
    });
    // Another class has no history, so the pending compaction remains.
    const next = reduce(state, { ...event, route: { ...fast, model: 'k3' }, compactionRoute: undefined });
    expect(next).toMatchObject({ routes: [changed, { model: 'k3' }], compactionRoute: 'codex/gpt-5.5' });
    const added = reduce(state, { ...event, route: { ...route, routeClass: 'subagent' } });
    expect(added.routes).toEqual([changed, fast, { ...route, routeClass: 'subagent' }]);
    expect(reduce(state, { ...event, compactionRoute: undefined }).compactionRoute).toBeUndefined();
  });

  it.each([
    [30, 30],
    [undefined, 90],
  ])('ends a compaction with a context of %s tokens', (contextTokens, wanted) => {
    const before = { ...empty, compactionRoute: 'codex/gpt-5.5', contextTokens: 90, isContextKnown: true };
    const event: SessionEvent = { type: 'compacted', at: 1, id: 'c', contextTokens };
    const isContextKnown = contextTokens === undefined;
    expect(reduce(before, event)).toEqual({
      ...before,
      compactionRoute: undefined,
      contextTokens: wanted,
      isContextKnown,
      compactedAt: isContextKnown ? undefined : 1,
    });
    const next = [startedEvent('a'), routedEvent('a'), completedEvent('a')].reduce(reduce, reduce(before, event));
    expect(next.isContextKnown).toBe(true);
  });

  it('of an unknown type, from a newer proxy, is counted and ignored', () => {
    const future: SessionEvent = JSON.parse('{"type":"from_the_future","at":1,"id":"x"}');
    expect([future, future].reduce(reduce, running)).toEqual({ ...running, unknownEvents: 2 });
  });
});

describe('a list of the session', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `req_${index}`);
  const last = (count: number) => many.slice(-count);

  it('keeps only its newest entries, while the totals count all', () => {
    const state = many.flatMap((id) => [startedEvent(id), routedEvent(id), completedEvent(id)]).reduce(reduce, empty);
    expect(state.running).toEqual([]);
    expect(state.recent.map(({ id }) => id)).toEqual(last(maxRequests));
    expect(state.totals).toMatchObject({ requests: 1_000, costMicroUsd: { plan: 100_000 }, pings: 2_000 });
    expect(JSON.stringify(state).length).toBeLessThan(60_000);
  });

  it('of running requests, incidents or switches is bounded', () => {
    const all = many.map((id) => startedEvent(id)).reduce(reduce, empty);
    expect(all.running.map(({ id }) => id)).toEqual(last(maxListedRunning));
    const warned = many.reduce((state, id) => reduce(state, { type: 'warning', at: 1, id, message: 'm' }), empty);
    expect(warned.incidents.map(({ id }) => id)).toEqual(last(maxIncidents));
    const switched = many.reduce(
      (state, previous) => reduce(state, { type: 'route_changed', at: 1, id: 'w', route, previous }),
      empty,
    );
    expect(switched.switches.map(({ from }) => from)).toEqual(last(maxSwitches));
  });

  it('of models keeps the first ones, and their totals grow', () => {
    const complete = (model: string) => completedEvent(model, { route: { ...route, model } });
    const state = [...many, 'req_0'].map(complete).reduce(reduce, empty);
    expect(state.models.map(({ model }) => model)).toEqual(many.slice(0, maxModels));
    expect(state.models[0]?.requests).toBe(2);
    expect(state.totals.requests).toBe(1_001);
  });
});

it('token counts are added member by member', () => {
  expect(addTokens(counts(1), counts(2))).toEqual(counts(3));
});
