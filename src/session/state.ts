import type { Verdict } from '../errors/table.ts';
import type { StreamHealth } from '../ledger/health.ts';
import type { Quota } from '../models/quota.ts';
import { noTokens, type TokenCounts } from '../models/tokens.ts';
import type { CostKind, PriceRow } from '../models/types.ts';
import type { RequestClass, RouteClass } from '../routing/classes.ts';
import type { Phase, RouteView, SessionEvent } from './events.ts';

export type { TokenCounts } from '../models/tokens.ts';

export type Spent = Pick<Extract<SessionEvent, { type: 'spending' }>, 'today' | 'budgets' | 'asking'>;

/** One row of the request list. */
export interface RequestView {
  readonly id: string;
  readonly startedAt: number;
  readonly requestClass: RequestClass;
  readonly requestedModel: string;
  readonly route: RouteView | undefined;
  readonly routeReason: string;
  readonly phase: Phase | 'done';
  readonly tool: string | undefined;
  readonly chars: number;
  /** When the upstream last sent something, epoch milliseconds. */
  readonly lastDataAt: number;
  readonly pings: number;
  readonly retries: number;
  readonly firstTokenMs: number | undefined;
  readonly verdict: Verdict | undefined;
  /** The error's sentence, when there was one. */
  readonly problem: string | undefined;
  readonly tokens: TokenCounts | undefined;
  readonly measured: boolean;
  readonly costMicroUsd: number | undefined;
  readonly costKind: CostKind | undefined;
  readonly health: StreamHealth | undefined;
  /** Why it was cached less than the turn before it. */
  readonly cacheMiss: string | undefined;
}

export interface Totals {
  readonly requests: number;
  readonly failed: number;
  readonly tokens: TokenCounts;
  /** Requests whose tokens are an estimate of ours. */
  readonly estimated: number;
  /** Micro-dollars by kind of cost; kinds are never added up. */
  readonly costMicroUsd: Readonly<Partial<Record<CostKind, number>>>;
  /** Requests by kind of cost: a plan's requests have no price of their own. */
  readonly byKind: Readonly<Partial<Record<CostKind, number>>>;
  readonly longestSilenceMs: number;
  readonly pings: number;
  readonly retries: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
}

/** Sums of one upstream's model. */
export interface ModelTotals {
  readonly upstream: string;
  readonly model: string;
  readonly requests: number;
  readonly tokens: TokenCounts;
  readonly costMicroUsd: Readonly<Partial<Record<CostKind, number>>>;
}

/** A route that was changed in the session. */
export interface SwitchView {
  readonly at: number;
  readonly routeClass: RouteClass;
  readonly from: string;
  readonly to: string;
}

/** A model that turns are compared with. */
export interface Compared {
  readonly name: string;
  readonly price: PriceRow;
}

/** What went wrong, in words, newest last. */
export interface Incident {
  readonly at: number;
  readonly id: string;
  readonly message: string;
}

export interface SessionState {
  readonly startedAt: number;
  readonly routes: readonly RouteView[];
  /** Running requests, oldest first. */
  readonly running: readonly RequestView[];
  /** Ended requests, newest last, at most `maxRequests`. */
  readonly recent: readonly RequestView[];
  readonly incidents: readonly Incident[];
  readonly totals: Totals;
  /** Input side of the newest main turn: what the context holds. */
  readonly contextTokens: number;
  /** Tokens in the context from which on Claude Code compacts by itself; `undefined` when it does not. */
  readonly compactAt: number | undefined;
  /** Switches, oldest first, at most `maxSwitches`. */
  readonly switches: readonly SwitchView[];
  /** By model, in the order of their first request; at most `maxModels`. */
  readonly models: readonly ModelTotals[];
  /** Of all sessions today, and the budgets; `undefined` until it was read. */
  readonly spending: Spent | undefined;
  /** What a turn is compared with. */
  readonly compared: Compared | undefined;
  /** A history that does not fit the main route is compacted here first. */
  readonly compactsOn: string | undefined;
  /** Limits by upstream, as last heard. */
  readonly quotas: Readonly<Record<string, Quota>>;
  /** Event types this version does not know (a newer proxy). */
  readonly unknownEvents: number;
}

export const maxRequests = 50;
export const maxIncidents = 50;
export const maxSwitches = 50;
export const maxModels = 64;
/** More running requests than this are counted but not listed here; the ledger has them all. */
export const listedRunning = 32;

/** What Claude Code keeps free for its answer and its summary. Source: `docs/claude-code.md`. */
const compactionReserve = 33_000;
const minCompactWindow = 100_000;

const compactionAt = (window: number): number | undefined =>
  window < minCompactWindow ? undefined : window - compactionReserve;

export const initialState = (
  startedAt: number,
  routes: readonly RouteView[],
  compared?: Compared | undefined,
): SessionState => ({
  startedAt,
  routes,
  running: [],
  recent: [],
  incidents: [],
  totals: {
    requests: 0,
    failed: 0,
    estimated: 0,
    tokens: noTokens,
    costMicroUsd: {},
    byKind: {},
    longestSilenceMs: 0,
    pings: 0,
    retries: 0,
    verdicts: {},
  },
  contextTokens: 0,
  compactAt: compactionAt(routes.find((route) => route.routeClass === 'main')?.contextWindow ?? 0),
  switches: [],
  models: [],
  spending: undefined,
  compared,
  compactsOn: undefined,
  quotas: {},
  unknownEvents: 0,
});
