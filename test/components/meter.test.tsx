import { describe, expect, it } from 'vitest';
import { Meter } from '../../components/meter/meter.tsx';
import type { MeterProps } from '../../components/meter/props.ts';
import { themeFor } from '../../components/theme.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState } from '../../src/session/state.ts';
import { draw } from '../support/ink.tsx';
import { sampleHealth, sampleRoute } from '../support/samples.ts';

const health = sampleHealth;
const route = sampleRoute;
const fast = { ...route, routeClass: 'fast' as const, model: 'gpt-6-luna' };

const completedTurn = (index: number): SessionEvent[] => [
  {
    type: 'request_started',
    at: 0,
    id: `r${index}`,
    requestClass: index % 4 === 0 ? 'title' : 'turn',
    requestedModel: 'gpt-5.5',
  },
  { type: 'routed', at: 0, id: `r${index}`, route, reason: '' },
  { type: 'first_token', at: 0, id: `r${index}`, ms: 900 },
  {
    type: 'completed',
    at: 4_200,
    id: `r${index}`,
    verdict: 'complete',
    stopReason: 'end_turn',
    tokens: {
      inputTokens: 2_000,
      cacheReadTokens: 20_000,
      cacheWriteTokens: 0,
      outputTokens: 300,
      reasoningTokens: 40,
    },
    costMicroUsd: 29_000,
    costKind: 'plan',
    measured: true,
    health,
  },
];
const runningRequest: SessionEvent[] = [
  { type: 'request_started', at: 10_000, id: 'now', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  { type: 'routed', at: 10_000, id: 'now', route, reason: '' },
  { type: 'sent', at: 10_000, id: 'now' },
  { type: 'first_token', at: 10_800, id: 'now', ms: 800 },
  { type: 'progress', at: 11_000, id: 'now', phase: 'streaming', tool: undefined, chars: 1_500, silenceMs: 0 },
];
const truncatedRequest: SessionEvent[] = [
  { type: 'request_started', at: 0, id: 'cut', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  {
    type: 'failed',
    at: 1,
    id: 'cut',
    verdict: 'truncated',
    code: 'truncated',
    message: 'codex (gpt-5.5) ended the stream before the answer was complete.',
    status: 500,
    health,
  },
];

const stateOf = (...events: SessionEvent[][]) => events.flat().reduce(reduce, initialState(0, [route, fast]));
const manyRequests = Array.from({ length: 14 }, (_, index) => completedTurn(index)).flat();

const props = (extra: Partial<MeterProps>): MeterProps => ({
  state: stateOf(manyRequests, runningRequest),
  sessionName: 's-test',
  choices: [],
  prefixLabel: 'Ctrl+\\',
  layout: 'side',
  cols: 38,
  rows: 40,
  now: 14_000,
  notice: undefined,
  awaiting: false,
  theme: themeFor(false),
  ...extra,
});

const drawRows = async (extra: Partial<MeterProps>) => {
  const meterProps = props(extra);
  const screen = await draw(<Meter {...meterProps} />, meterProps.cols, meterProps.rows);
  const rows = screen.rows();
  screen.close();
  expect(rows.every((row) => row.length <= meterProps.cols)).toBe(true);
  return rows;
};

/** A request that has started, followed by `more` events. */
const startedRequest = (...more: SessionEvent[]): SessionEvent[] => [
  { type: 'request_started', at: 10_000, id: 'now', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  { type: 'routed', at: 10_000, id: 'now', route, reason: 'gpt-5.5 is the main slot of this session' },
  { type: 'sent', at: 10_000, id: 'now' },
  ...more,
];
const progress = (phase: 'thinking' | 'tool', tool?: string): SessionEvent => ({
  type: 'progress',
  at: 12_000,
  id: 'now',
  phase,
  tool,
  chars: 400,
  silenceMs: 500,
});
const completedRequest = (
  costKind: 'metered' | 'local' | 'unknown',
  costMicroUsd: number | undefined,
): SessionEvent[] => [
  ...startedRequest(),
  {
    type: 'completed',
    at: 14_000,
    id: 'now',
    verdict: 'complete',
    stopReason: 'end_turn',
    tokens: { inputTokens: 9_000, cacheReadTokens: 0, cacheWriteTokens: 1_000, outputTokens: 300, reasoningTokens: 0 },
    costMicroUsd,
    costKind,
    measured: costKind !== 'unknown',
    health,
  },
];
const spending = (share: number): SessionEvent => ({
  type: 'spending',
  at: 14_000,
  id: 's',
  today: { meteredMicroUsd: 3_210_000, planMicroUsd: 0, isEstimated: false },
  budgets: [
    {
      name: 'session',
      limitMicroUsd: 5_000_000,
      spentMicroUsd: 5_000_000 * share,
      allowedMicroUsd: 0,
      isEstimated: false,
    },
    { name: 'day', limitMicroUsd: 20_000_000, spentMicroUsd: 3_210_000, allowedMicroUsd: 0, isEstimated: false },
  ],
  asking: undefined,
});
const foretold: SessionEvent = {
  type: 'spending',
  at: 14_000,
  id: 's',
  today: { meteredMicroUsd: 3_210_000, planMicroUsd: 0, isEstimated: false },
  budgets: [
    {
      name: 'month',
      limitMicroUsd: 20_000_000,
      spentMicroUsd: 13_000_000,
      allowedMicroUsd: 0,
      isEstimated: true,
      forecast: { projectedMicroUsd: 29_000_000, usedUpAt: 15_000 + 4 * 86_400_000 },
    },
  ],
  asking: undefined,
};
const quota: SessionEvent = {
  type: 'quota',
  at: 14_000,
  id: 'q',
  upstream: 'codex',
  quota: {
    windows: [
      { name: '5h', usedPercent: 37, resetsAt: 14_000 + 80 * 60_000 },
      { name: 'week', usedPercent: 92, resetsAt: 14_000 + 76 * 3_600_000 },
    ],
    plan: 'plus',
    credits: undefined,
  },
};
const comparedModel = {
  name: 'claude-opus-5-5',
  price: { input: 4, cacheRead: 0.2, output: 20, source: 's', date: 'd' },
};
const cacheMiss: SessionEvent = {
  type: 'cache_missed',
  at: 14_000,
  id: 'now',
  reason: 'system[2] changed: 42k tokens re-sent',
};
const routeTooSmall: SessionEvent = {
  type: 'route_changed',
  at: 14_000,
  id: 'w',
  route: { ...route, upstream: 'heronry', model: 'heron-1', contextWindow: 128_000 },
  previous: 'codex/gpt-5.5',
  compactionRoute: 'gpt-5.5',
};
const reroutedTurn: SessionEvent[] = [
  { type: 'request_started', at: 10_000, id: 'now', requestClass: 'turn', requestedModel: 'k2.6' },
  {
    type: 'routed',
    at: 10_000,
    id: 'now',
    route: { ...route, upstream: 'kimi', model: 'k2.6' },
    reason: 'k2.6 was requested by name',
  },
  { type: 'cancelled', at: 12_000, id: 'now', health },
];

const screens: readonly (readonly [string, SessionEvent[]])[] = [
  ['an empty session', []],
  ['waiting for the first token', startedRequest()],
  [
    'a turn held by a budget',
    [
      ...completedRequest('metered', 81_000),
      { ...spending(1), asking: 'session' } as SessionEvent,
      ...startedRequest().slice(0, 2),
    ],
  ],
  ['a context that is not known yet', [...manyRequests, { type: 'compacted', at: 5, id: 'c', contextTokens: 44 }]],
  ['thinking', startedRequest({ type: 'first_token', at: 11_000, id: 'now', ms: 1_000 }, progress('thinking'))],
  ['a tool call', startedRequest({ type: 'first_token', at: 11_000, id: 'now', ms: 1_000 }, progress('tool', 'Bash'))],
  ['a plan with its rate limit windows', [...manyRequests, quota]],
  ['an API key with budgets', [...completedRequest('metered', 81_000), spending(0.85)]],
  ['a budget that will not last', [...completedRequest('metered', 81_000), foretold]],
  ['a budget that is used up', [...completedRequest('metered', 81_000), spending(1)]],
  ['a local model', completedRequest('local', 0)],
  ['a model without a price or a count', completedRequest('unknown', undefined)],
  ['a cache miss', [...manyRequests, ...startedRequest(cacheMiss)]],
  ['a history larger than the context window', [...manyRequests, routeTooSmall]],
  ['turns rerouted by /model', [...manyRequests, ...reroutedTurn]],
  ['a truncated stream', [...manyRequests, ...truncatedRequest]],
];

describe('the meter', () => {
  it.each(screens)('shows %s', async (_name, events) => {
    process.env.TZ = 'UTC';
    const state = events.reduce(reduce, initialState(0, [route, fast], comparedModel));
    expect((await drawRows({ state, cols: 40, rows: 44 })).join('\n')).toMatchSnapshot();
  });

  it('shows all sections in the side pane of a 120×40 terminal', async () => {
    expect((await drawRows({ cols: 32, rows: 40 })).join('\n')).toMatchSnapshot();
  });

  it('keeps the key hint in a side pane of 24 rows', async () => {
    const rows = await drawRows({ cols: 32, rows: 24 });
    expect(rows.join('\n')).toMatchSnapshot();
    expect(rows.at(-1)).toContain('Ctrl+\\');
  });

  it('fits a strip at the bottom of an 80×24 terminal', async () => {
    expect((await drawRows({ layout: 'bottom', cols: 80, rows: 4 })).join('\n')).toMatchSnapshot();
  });

  it('fits one row', async () => {
    expect((await drawRows({ layout: 'off', cols: 80, rows: 1 })).join('\n')).toMatchSnapshot();
    expect((await drawRows({ layout: 'off', cols: 20, rows: 1 })).join('')).not.toBe('');
  });

  it('shows the reason why a stream failed', async () => {
    const text = (await drawRows({ state: stateOf(manyRequests, truncatedRequest), rows: 45 }))
      .join(' ')
      .replaceAll(/[│\s]+/g, ' ');
    expect(text).toContain('✗ truncated');
    expect(text).toContain('ended the stream before the answer was complete');
  });

  it('shows the available keys after the prefix key', async () => {
    expect((await drawRows({ awaiting: true })).join('\n')).toContain('s switch');
  });

  it('lists at most ten requests', async () => {
    const rows = await drawRows({ rows: 60 });
    expect(rows.filter((row) => /[✓●] (turn|title)/.test(row))).toHaveLength(10);
  });
});
