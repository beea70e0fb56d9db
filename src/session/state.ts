import type { Verdict } from '../errors/table.ts';
import type { Quota } from '../models/quota.ts';
import type { CostKind } from '../models/types.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { Phase, RouteView, StreamHealth, TokenCounts } from './events.ts';

/** One row of the request list. */
export interface RequestView {
  readonly id: string;
  readonly startedAt: number;
  readonly requestClass: RequestClass;
  readonly askedModel: string;
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
}

export interface Totals {
  readonly requests: number;
  readonly failed: number;
  readonly tokens: TokenCounts;
  /** Micro-dollars by kind of cost; kinds are never added up. */
  readonly costMicroUsd: Readonly<Partial<Record<CostKind, number>>>;
  /** Requests by kind of cost: a plan's requests have no price of their own. */
  readonly byKind: Readonly<Partial<Record<CostKind, number>>>;
  readonly longestSilenceMs: number;
  readonly pings: number;
  readonly retries: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
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
  /** Ended requests, newest last, at most `keptRequests`. */
  readonly recent: readonly RequestView[];
  readonly incidents: readonly Incident[];
  readonly totals: Totals;
  /** Input side of the newest main turn: what the context holds. */
  readonly contextTokens: number;
  /** Limits by upstream, as last heard. */
  readonly quotas: Readonly<Record<string, Quota>>;
  /** Event types this version does not know (a newer proxy). */
  readonly unknownEvents: number;
}

export const keptRequests = 50;
export const keptIncidents = 50;
/** More running requests than this are counted but not listed here; the ledger has them all. */
export const listedRunning = 32;

export const noTokens: TokenCounts = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

export const initialState = (startedAt: number, routes: readonly RouteView[]): SessionState => ({
  startedAt,
  routes,
  running: [],
  recent: [],
  incidents: [],
  totals: {
    requests: 0,
    failed: 0,
    tokens: noTokens,
    costMicroUsd: {},
    byKind: {},
    longestSilenceMs: 0,
    pings: 0,
    retries: 0,
    verdicts: {},
  },
  contextTokens: 0,
  quotas: {},
  unknownEvents: 0,
});
