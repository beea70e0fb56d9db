/**
 * The pure reducer behind the TUI, `GET /ccp/state` and the receipt. Its lists are bounded: old requests are removed,
 * totals are kept.
 */
import type { Verdict } from '../errors/table.ts';
import { mergeQuota } from '../models/quota.ts';
import { ownValue } from '../wire/json.ts';
import type { RouteView, SessionEvent } from './events.ts';
import { fallbackIncident, ledgerIncident } from './format.ts';
import type { EndedEvent } from './paid.ts';
import { routeOf } from './route-of.ts';
import {
  maxIncidents,
  maxListedRunning,
  maxRequests,
  maxSwitches,
  type RequestView,
  type SessionState,
  type Totals,
} from './state.ts';
import { addRate, noRates } from './stream-rates.ts';
import { addIncomplete, addModel, addPaid } from './totals.ts';
import { addTurn } from './turns.ts';

export function reduce(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'request_started':
      return { ...state, running: [...state.running, newRequest(event)].slice(-maxListedRunning) };
    case 'routed':
      return patch(state, event.id, {
        route: event.route,
        routeReason: event.reason,
        isElsewhere: isElsewhere(event.route, state),
      });
    case 'sent':
      return patch(state, event.id, { ...notAnswered, sentAt: event.at, lastDataAt: event.at, held: undefined });
    case 'held':
      return patch(state, event.id, { sentAt: undefined, phase: 'waiting', held: event.reason });
    case 'upstream_headers':
      return patch(state, event.id, { lastDataAt: event.at, headersMs: event.ms });
    case 'first_token':
      return patch(state, event.id, { firstTokenMs: event.ms });
    case 'progress':
      return patch(state, event.id, (request) => progressOf(request, event));
    case 'ping':
      return patch(state, event.id, (request) => ({ pings: request.pings + 1 }));
    case 'retry':
      return addIncident(
        patch(state, event.id, { retries: event.attempt, sentAt: undefined }),
        event,
        `retry ${event.attempt}: ${event.reason}`,
      );
    case 'tool_call':
      return patch(state, event.id, ({ toolMs, sentAt }) => ({
        phase: 'tool',
        tool: event.tool,
        toolMs: toolMs ?? (sentAt === undefined ? undefined : event.at - sentAt),
      }));
    case 'repaired':
      return addIncident(state, event, `repaired ${event.tool}: dropped ${event.dropped.join(', ')}`);
    case 'warning': {
      const isLedgerIncomplete = state.isLedgerIncomplete || event.id.startsWith(ledgerIncident);
      const fallbacks = state.totals.fallbacks + (event.id.startsWith(fallbackIncident) ? 1 : 0);
      const totals = { ...state.totals, fallbacks };
      return addIncident({ ...state, isLedgerIncomplete, totals }, event, event.message);
    }
    case 'credential':
      return addIncident(state, event, event.message);
    case 'completed':
      return completeRequest(state, event);
    case 'attempt_failed':
      return addIncomplete(state, event);
    case 'failed':
      return addIncident(
        addIncomplete(
          endRequest(state, event, event.verdict, {
            problem: event.message,
            resend: event.resend,
            ...incompleteUsageFields(event),
          }),
          event,
        ),
        event,
        event.message,
      );
    case 'cancelled':
      return addIncomplete(endRequest(state, event, 'cancelled', incompleteUsageFields(event)), event);
    case 'quota':
      return {
        ...state,
        quotas: { ...state.quotas, [event.upstream]: mergeQuota(ownValue(state.quotas, event.upstream), event.quota) },
      };
    case 'cache_missed':
      return addIncident(patch(state, event.id, { cacheMiss: event.reason }), event, `cache missed: ${event.reason}`);
    case 'spending':
      return { ...state, spending: { today: event.today, budgets: event.budgets, asking: event.asking } };
    case 'confirmation':
      return { ...state, confirmation: event.question };
    case 'wall':
      return { ...state, wall: event.wall };
    case 'substitute': {
      const { [event.route]: _before, ...others } = state.substitutes;
      return { ...state, substitutes: event.model === undefined ? others : { ...others, [event.route]: event.model } };
    }
    case 'fan_out':
      return { ...state, fanOut: event.question };
    case 'route_changed':
      return switchRoute(state, event);
    case 'compacted':
      return {
        ...state,
        compactionRoute: undefined,
        contextTokens: event.contextTokens ?? state.contextTokens,
        isContextKnown: state.isContextKnown && event.contextTokens === undefined,
        promptParts: event.contextTokens === undefined ? state.promptParts : undefined,
        compactedAt: event.contextTokens === undefined ? state.compactedAt : event.at,
      };
    default:
      return { ...state, unknownEvents: state.unknownEvents + 1 };
  }
}

/** What is known of an attempt's answer when it is sent. */
export const notAnswered = {
  phase: 'waiting',
  tool: undefined,
  chars: 0,
  headersMs: undefined,
  firstTokenMs: undefined,
  toolMs: undefined,
  rates: noRates,
} satisfies Partial<RequestView>;

/** Whether a request goes to another model than the route of its class: by a fallback, or by `/model`. */
function isElsewhere(route: RouteView, state: Pick<SessionState, 'routes'>): boolean {
  const expected = routeOf(route.routeClass, state);
  return expected !== undefined && (expected.upstream !== route.upstream || expected.model !== route.model);
}

function progressOf(
  request: RequestView,
  { at, phase, tool, chars, silenceMs }: Extract<SessionEvent, { type: 'progress' }>,
): Partial<RequestView> {
  const lastDataAt = at - silenceMs;
  const { sentAt, toolMs } = request;
  if (sentAt === undefined) return { phase, tool, chars, lastDataAt };
  return {
    phase,
    tool,
    chars,
    lastDataAt,
    toolMs: toolMs ?? (phase === 'tool' ? at - sentAt : undefined),
    rates: addRate(request.rates, Math.max(0, Math.floor((lastDataAt - sentAt) / 1000)), chars - request.chars),
  };
}

const newRequest = (event: Extract<SessionEvent, { type: 'request_started' }>): RequestView => ({
  id: event.id,
  startedAt: event.at,
  requestClass: event.requestClass,
  requestedModel: event.requestedModel,
  route: undefined,
  routeReason: '',
  isElsewhere: false,
  sentAt: undefined,
  held: undefined,
  lastDataAt: event.at,
  pings: 0,
  retries: 0,
  ...notAnswered,
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

type Change = Partial<RequestView> | ((request: RequestView) => Partial<RequestView>);

function patch(state: SessionState, id: string, change: Change): SessionState {
  const running = state.running.map((request) =>
    request.id === id ? { ...request, ...(typeof change === 'function' ? change(request) : change) } : request,
  );
  return { ...state, running };
}

function switchRoute(state: SessionState, event: Extract<SessionEvent, { type: 'route_changed' }>): SessionState {
  const { route, previous: from, at, compactionRoute } = event;
  const { routeClass } = route;
  const to = `${route.upstream}/${route.model}`;
  return addIncident(
    {
      ...state,
      routes: replaceRoute(state.routes, route),
      switches: [...state.switches, { at, routeClass, from, to }].slice(-maxSwitches),
      compactionRoute: routeClass === 'main' ? compactionRoute : state.compactionRoute,
    },
    event,
    `${routeClass} switched from ${from} to ${to}`,
  );
}

/** Replaces the route of the same class in place, so that a switch does not reorder the list. */
function replaceRoute(routes: readonly RouteView[], route: RouteView): RouteView[] {
  const at = routes.findIndex((entry) => entry.routeClass === route.routeClass);
  return at < 0 ? [...routes, route] : routes.with(at, route);
}

const addIncident = (state: SessionState, event: { at: number; id: string }, message: string): SessionState => ({
  ...state,
  incidents: [...state.incidents, { at: event.at, id: event.id, message }].slice(-maxIncidents),
});

function endRequest(
  state: SessionState,
  event: EndedEvent,
  verdict: Verdict,
  change: Partial<RequestView>,
): SessionState {
  const request = state.running.find((entry) => entry.id === event.id);
  const { health } = event;
  const totals: Totals = {
    ...state.totals,
    requests: state.totals.requests + 1,
    failed: state.totals.failed + (event.type === 'failed' ? 1 : 0),
    longestSilenceMs: Math.max(state.totals.longestSilenceMs, health.longestSilenceMs),
    pings: state.totals.pings + health.pings,
    retries: state.totals.retries + health.retries,
    verdicts: { ...state.totals.verdicts, [verdict]: (state.totals.verdicts[verdict] ?? 0) + 1 },
    denials: state.totals.denials + (event.type === 'failed' && event.code === 'route_denied' ? 1 : 0),
    firstToken: {
      count: state.totals.firstToken.count + (health.firstTokenMs === undefined ? 0 : 1),
      sumMs: state.totals.firstToken.sumMs + (health.firstTokenMs ?? 0),
    },
  };
  if (request === undefined) return { ...state, totals };
  const endedRequest: RequestView = { ...request, ...change, phase: 'done', tool: undefined, verdict, health };
  return {
    ...state,
    totals,
    running: state.running.filter((entry) => entry.id !== event.id),
    recent: [...state.recent, endedRequest].slice(-maxRequests),
  };
}

function completeRequest(state: SessionState, event: Extract<SessionEvent, { type: 'completed' }>): SessionState {
  const { tokens, costKind, costMicroUsd } = event;
  const request = state.running.find((entry) => entry.id === event.id);
  const next = endRequest(state, event, event.verdict, { tokens, costKind, costMicroUsd, measured: event.measured });
  const { totals } = next;
  const route = event.route ?? request?.route;
  const inContext = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  const isCounted = request?.requestClass === 'turn' && inContext > 0;
  return {
    ...next,
    contextTokens: isCounted ? inContext : state.contextTokens,
    isContextKnown: isCounted || state.isContextKnown,
    promptParts: isCounted ? event.promptParts : state.promptParts,
    turns: isCounted ? addTurn(state, event, request) : state.turns,
    usageScale: request?.requestClass === 'turn' ? (event.usageScale ?? 1) : state.usageScale,
    models: route ? addModel(state.models, route, event) : state.models,
    totals: addPaid(totals, event),
  };
}

const incompleteUsageFields = ({
  incompleteUsage: usage,
}: Exclude<EndedEvent, { type: 'completed' }>): Partial<RequestView> =>
  usage === undefined
    ? {}
    : { tokens: usage.tokens, measured: usage.measured, costMicroUsd: usage.costMicroUsd, costKind: usage.costKind };
