/** Sessions in the states that the meter can show, for tests on rendered screens and for pictures. */
import type { SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, type SessionState } from '../../src/session/state.ts';
import { sampleHealth as health, sampleRoute as main } from './samples.ts';

/** Noon, UTC. */
export const noon = Date.UTC(2026, 10, 28, 12, 0, 0);
const minute = 60_000;

const fast = { ...main, routeClass: 'fast' as const, model: 'gpt-6-luna' };
const priced = { ...main, upstream: 'openai', costKind: 'metered' as const };

interface TurnShape {
  readonly cached: number;
  readonly uncached: number;
  readonly out: number;
}

function turn(
  n: number,
  shape: TurnShape,
  extra: Partial<Extract<SessionEvent, { type: 'completed' }>> = {},
): SessionEvent[] {
  const id = `req_${String(n).padStart(3, '0')}`;
  const at = noon - (60 - n) * minute;
  const route = extra.route ?? main;
  const history = Math.max(0, shape.cached + shape.uncached - 23_000);
  return [
    { type: 'request_started', at, id, requestClass: n % 7 === 3 ? 'subagent' : 'turn', requestedModel: 'gpt-5.5' },
    { type: 'routed', at, id, route, reason: 'gpt-5.5 is the main slot of this session' },
    { type: 'sent', at: at + 40, id },
    { type: 'upstream_headers', at: at + 400, id, status: 200, ms: 360 },
    { type: 'first_token', at: at + 900, id, ms: 860 },
    ...[1, 2, 3, 4].map(
      (second): SessionEvent => ({
        type: 'progress',
        at: at + 900 + second * 1000,
        id,
        phase: second > 2 ? 'tool' : 'streaming',
        tool: second > 2 ? 'Edit' : undefined,
        chars: second * (300 + ((n * 37) % 200)),
        silenceMs: 0,
      }),
    ),
    {
      type: 'completed',
      at: at + 6_000,
      id,
      verdict: 'complete',
      stopReason: 'tool_use',
      tokens: {
        inputTokens: shape.uncached,
        cacheReadTokens: shape.cached,
        cacheWriteTokens: 0,
        outputTokens: shape.out,
        reasoningTokens: shape.out >> 2,
      },
      promptParts: { system: 3_100, tools: 14_800, history, newest: 2_100 },
      measured: true,
      costMicroUsd: Math.round(shape.uncached * 1.25 + shape.cached * 0.125 + shape.out * 10),
      costKind: 'plan',
      route,
      health: { ...health, durationMs: 6_000 + ((n * 613) % 9_000), sentMs: 40, headersMs: 360, firstTokenMs: 860 },
      ...extra,
    },
  ];
}

/** A session of many turns, with a switch, a cache miss and a compaction. */
const worked: SessionEvent[] = Array.from({ length: 36 }, (_, n): SessionEvent[] => {
  const at = noon - (60 - n) * minute - 100;
  const size = n < 22 ? 22_000 + n * 6_500 : 30_000 + (n - 22) * 7_000;
  const missed = n === 12;
  const events = turn(n, {
    cached: missed || n === 22 ? 4_000 : Math.round(size * 0.9),
    uncached: missed || n === 22 ? size - 4_000 : Math.round(size * 0.1),
    out: 600 + ((n * 911) % 5_000),
  });
  if (n === 15) events.unshift({ type: 'route_changed', at, id: 's', route: main, previous: 'kimi/kimi-for-coding' });
  if (n === 22) events.unshift({ type: 'compacted', at, id: 'c', contextTokens: 9_000 });
  if (missed)
    events.splice(5, 0, {
      type: 'cache_missed',
      at,
      id: 'req_012',
      reason: 'tools[14] (mcp__docs__search) added: 96k tokens re-sent',
    });
  return events;
}).flat();

const quota: SessionEvent = {
  type: 'quota',
  at: noon,
  id: 'q',
  upstream: 'codex',
  quota: {
    windows: [
      { name: '5h', usedPercent: 62, resetsAt: noon + 180 * minute },
      { name: 'week', usedPercent: 41, resetsAt: noon + 2 * 1440 * minute },
    ],
    plan: 'plus',
    credits: undefined,
  },
};

const running: SessionEvent[] = [
  { type: 'request_started', at: noon - 14_000, id: 'req_now', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  { type: 'routed', at: noon - 14_000, id: 'req_now', route: main, reason: 'gpt-5.5 is the main slot of this session' },
  { type: 'sent', at: noon - 13_900, id: 'req_now' },
  { type: 'first_token', at: noon - 13_000, id: 'req_now', ms: 900 },
  ...[300, 820, 1_500, 1_900, 1_950, 1_950, 1_950, 2_400, 3_300, 4_100, 4_600].map(
    (chars, second): SessionEvent => ({
      type: 'progress',
      at: noon - 13_000 + second * 1000,
      id: 'req_now',
      phase: 'streaming',
      tool: undefined,
      chars,
      silenceMs: second === 5 || second === 6 ? 1_000 * (second - 4) : 0,
    }),
  ),
];

const today = { meteredMicroUsd: 7_340_000, planMicroUsd: 2_180_000, isEstimated: false };
const budgets: SessionEvent = {
  type: 'spending',
  at: noon,
  id: 'b',
  today,
  budgets: [
    { name: 'session', limitMicroUsd: 5_000_000, spentMicroUsd: 4_985_000, allowedMicroUsd: 0, isEstimated: false },
    { name: 'day', limitMicroUsd: 20_000_000, spentMicroUsd: 7_340_000, allowedMicroUsd: 0, isEstimated: false },
    {
      name: 'month',
      limitMicroUsd: 200_000_000,
      spentMicroUsd: 170_000_000,
      allowedMicroUsd: 0,
      isEstimated: true,
      forecast: { projectedMicroUsd: 240_000_000, usedUpAt: noon + 4 * 1440 * minute },
    },
  ],
  asking: undefined,
};

const metered = Array.from({ length: 9 }, (_, n) =>
  turn(
    n + 40,
    { cached: 40_000 + n * 3_000, uncached: 4_000, out: 900 },
    { route: priced, costKind: 'metered', costMicroUsd: 54_000 },
  ),
).flat();

const cut: SessionEvent[] = [
  { type: 'request_started', at: noon - 30_000, id: 'req_cut', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  { type: 'routed', at: noon - 30_000, id: 'req_cut', route: main, reason: 'gpt-5.5 is the main slot of this session' },
  { type: 'sent', at: noon - 29_900, id: 'req_cut' },
  {
    type: 'failed',
    at: noon - 20_000,
    id: 'req_cut',
    verdict: 'truncated',
    code: 'truncated',
    message:
      'codex (gpt-5.5) ended the stream before the answer was complete, after 3.1 s of silence. Claude Code sends it again by itself; if this repeats, choose another model with Ctrl+\\ s. The log has it as req_cut.',
    status: 500,
    health: { ...health, durationMs: 10_000 },
  },
];

const elsewhere: SessionEvent[] = [
  {
    type: 'warning',
    at: noon - 9_000,
    id: 'fallback_1',
    message: 'turns go to kimi/kimi-for-coding, not to the main route: fallback: codex/gpt-5.5 cannot answer now',
  },
  { type: 'request_started', at: noon - 8_000, id: 'req_else', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  {
    type: 'routed',
    at: noon - 8_000,
    id: 'req_else',
    route: { ...main, upstream: 'kimi', model: 'kimi-for-coding', contextWindow: 262_144 },
    reason: 'fallback: codex/gpt-5.5 cannot answer now',
  },
  { type: 'sent', at: noon - 7_900, id: 'req_else' },
  { type: 'first_token', at: noon - 6_000, id: 'req_else', ms: 1_900 },
  {
    type: 'progress',
    at: noon - 5_000,
    id: 'req_else',
    phase: 'thinking',
    tool: undefined,
    chars: 800,
    silenceMs: 0,
  },
];

const wall: SessionEvent[] = [
  { type: 'request_started', at: noon - 4_000, id: 'req_held', requestClass: 'turn', requestedModel: 'gpt-5.5' },
  { type: 'routed', at: noon - 4_000, id: 'req_held', route: main, reason: 'gpt-5.5 is the main slot of this session' },
  { type: 'held', at: noon - 3_900, id: 'req_held', reason: 'limit' },
  {
    type: 'wall',
    at: noon - 3_900,
    id: 'w',
    wall: {
      id: 'w1',
      route: 'codex/gpt-5.5',
      kind: 'plan',
      until: noon + 134 * minute,
      waiting: 1,
      routeClass: 'main',
      inputTokens: 121_000,
      totalTokens: 121_000,
      hasImages: false,
      unavailable: [],
      isDecided: false,
    },
  },
];

const stateOf = (events: readonly SessionEvent[], routes = [main, fast]): SessionState =>
  events.reduce(
    reduce,
    initialState(noon - 61 * minute, routes, {
      name: 'claude-opus-5-5',
      price: { input: 4, cacheRead: 0.2, output: 20, source: 's', date: 'd' },
    }),
  );

/** By name; the time is `noon`. */
export const meterStates: Readonly<Record<string, SessionState>> = {
  empty: stateOf([]),
  streaming: stateOf([...worked, quota, ...running]),
  idle: stateOf([...worked, quota]),
  metered: stateOf([...metered, budgets], [{ ...priced }, { ...fast, upstream: 'openai', costKind: 'metered' }]),
  'broken stream': stateOf([...worked, quota, ...cut]),
  elsewhere: stateOf([...worked, quota, ...elsewhere]),
  'at a limit': stateOf([...worked, quota, ...wall]),
  compacted: stateOf([...worked, quota, { type: 'compacted', at: noon - 500, id: 'c', contextTokens: 4_000 }]),
};
