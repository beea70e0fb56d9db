/** Events of a session with sample values. */
import type { RouteView, SessionEvent } from '../../src/session/events.ts';
import type { RequestView } from '../../src/session/state.ts';
import { noRates } from '../../src/session/stream-rates.ts';
import { sampleHealth, sampleRoute } from './samples.ts';

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

export const sampleTokens = {
  inputTokens: 10,
  cacheReadTokens: 90,
  cacheWriteTokens: 7,
  outputTokens: 5,
  reasoningTokens: 2,
};

export const startedEvent = (id: string, extra: Partial<EventOf<'request_started'>> = {}): SessionEvent => ({
  type: 'request_started',
  at: 1_000,
  id,
  requestClass: 'turn',
  requestedModel: 'gpt-5.5',
  ...extra,
});

export const routedEvent = (id: string, route: RouteView = sampleRoute): SessionEvent => ({
  type: 'routed',
  at: 1_000,
  id,
  route,
  reason: 'slot',
});

export const completedEvent = (id: string, extra: Partial<EventOf<'completed'>> = {}): EventOf<'completed'> => ({
  type: 'completed',
  at: 3_000,
  id,
  verdict: 'complete',
  stopReason: 'end_turn',
  tokens: sampleTokens,
  costMicroUsd: 100,
  costKind: 'plan',
  measured: true,
  health: sampleHealth,
  ...extra,
});

export const failedEvent = (id: string, extra: Partial<EventOf<'failed'>> = {}): EventOf<'failed'> => ({
  type: 'failed',
  at: 3_000,
  id,
  verdict: 'truncated',
  code: 'truncated',
  message: 'It was cut.',
  status: 500,
  health: sampleHealth,
  ...extra,
});

export const cancelledEvent = (id: string, extra: Partial<EventOf<'cancelled'>> = {}): EventOf<'cancelled'> => ({
  type: 'cancelled',
  at: 3_000,
  id,
  health: sampleHealth,
  ...extra,
});

/** A request that has just started, as `startedEvent` reports it. */
export const startedRequest = (id: string): RequestView => ({
  id,
  startedAt: 1_000,
  requestClass: 'turn',
  requestedModel: 'gpt-5.5',
  route: undefined,
  routeReason: '',
  isElsewhere: false,
  phase: 'waiting',
  tool: undefined,
  chars: 0,
  sentAt: undefined,
  held: undefined,
  lastDataAt: 1_000,
  pings: 0,
  retries: 0,
  headersMs: undefined,
  firstTokenMs: undefined,
  toolMs: undefined,
  rates: noRates,
  verdict: undefined,
  problem: undefined,
  tokens: undefined,
  measured: true,
  costMicroUsd: undefined,
  costKind: undefined,
  health: undefined,
  cacheMiss: undefined,
  resend: undefined,
});
