/** The events of a running session. Every event is plain JSON, because it is sent between processes. */
import type { Verdict } from '../errors/table.ts';
import type { BudgetName, BudgetView } from '../ledger/budget.ts';
import type { StreamHealth } from '../ledger/health.ts';
import type { Quota } from '../models/quota.ts';
import type { PromptParts, TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { RequestClass, RouteClass } from '../routing/classes.ts';

/** Cost of all sessions since local midnight, in micro-dollars. */
export interface Spending {
  readonly meteredMicroUsd: number;
  /** API equivalent of the usage that a plan paid for. */
  readonly planMicroUsd: number;
  /** The metered cost contains estimates. */
  readonly isEstimated: boolean;
}

/** The part of the response that is being sent to Claude Code. */
export type Phase = 'waiting' | 'thinking' | 'streaming' | 'tool';

export interface RouteView {
  readonly routeClass: RouteClass;
  readonly upstream: string;
  readonly model: string;
  readonly effort: string | undefined;
  readonly contextWindow: number;
  readonly costKind: CostKind;
}

/** Usage of an incomplete response: the upstream's count, or an estimate. */
export interface IncompleteUsage {
  readonly tokens: TokenCounts;
  readonly measured: boolean;
  readonly costMicroUsd: number | undefined;
  readonly costKind: CostKind;
}

/** Attempts at one step of a conversation that the upstream accepted and that broke off. */
export interface Resend {
  readonly attempts: number;
  readonly maximum: number;
  /** The wait that the upstream asked for, which Claude Code keeps. */
  readonly retryAfterMs?: number | undefined;
}

/** A question to the user. An answer names it, because another one may have taken its place meanwhile. */
export interface Question {
  readonly id: string;
  /** Another program asks for the change; otherwise a request of Claude Code waits for the answer. */
  readonly isFromProgram: boolean;
  readonly text: string;
}

/** A limit at which requests wait, and the decision that the user can make about them. */
export interface WallQuestion {
  readonly id: string;
  /** `UPSTREAM/MODEL` of the route that takes no requests now. */
  readonly route: string;
  readonly kind: 'plan' | 'rate';
  /** When the limit ends, epoch milliseconds; `undefined` when the upstream did not say so. */
  readonly until: number | undefined;
  /** Number of requests that wait. */
  readonly waiting: number;
  /** The class whose route it is. */
  readonly routeClass: RouteClass;
  /** Input tokens of the longest of them, which must fit. */
  readonly inputTokens: number;
  /** Input tokens of all of them: what another model reads without a cache. */
  readonly totalTokens: number;
  readonly hasImages: boolean;
  /** Other models that take no requests now: `UPSTREAM/MODEL`, or `UPSTREAM/*`. */
  readonly unavailable: readonly string[];
  /** The user decided to wait. */
  readonly isDecided: boolean;
}

/** Requests beyond a limit of the setting `fanOut`, and the decision that the user can make about them. */
export interface FanOutQuestion {
  readonly id: string;
  /** The limit that was reached. */
  readonly limit: 'parallel' | 'alike' | 'alikePerMinute';
  readonly allowed: number;
  readonly held: number;
}

/** Why ccp holds a request back. */
export type HoldReason = 'limit' | 'fan-out';

interface Base {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Request id `req_…`, also in Claude Code's error text and in the log. */
  readonly id: string;
}

export type SessionEvent =
  | (Base & { readonly type: 'request_started'; readonly requestClass: RequestClass; readonly requestedModel: string })
  | (Base & { readonly type: 'routed'; readonly route: RouteView; readonly reason: string })
  /** An attempt is sent upstream. Before it, a request may wait for a budget. */
  | (Base & { readonly type: 'sent' })
  /** ccp holds the request back before it is sent. */
  | (Base & { readonly type: 'held'; readonly reason: HoldReason })
  | (Base & { readonly type: 'upstream_headers'; readonly status: number; readonly ms: number })
  | (Base & { readonly type: 'first_token'; readonly ms: number })
  | (Base & {
      readonly type: 'progress';
      readonly phase: Phase;
      /** Name of the tool being called. */
      readonly tool: string | undefined;
      readonly chars: number;
      readonly silenceMs: number;
    })
  | (Base & { readonly type: 'ping' })
  | (Base & { readonly type: 'retry'; readonly attempt: number; readonly reason: string; readonly waitMs: number })
  | (Base & { readonly type: 'tool_call'; readonly tool: string })
  | (Base & { readonly type: 'repaired'; readonly tool: string; readonly dropped: readonly string[] })
  | (Base & { readonly type: 'warning'; readonly message: string })
  | (Base & {
      readonly type: 'completed';
      /** The route of the request. Included because a state lists only some of the running requests. */
      readonly route?: RouteView | undefined;
      readonly verdict: Verdict;
      readonly stopReason: string;
      readonly tokens: TokenCounts;
      /** False if the upstream returned no count and this is an estimate. */
      readonly measured: boolean;
      /** Factor of the usage that Claude Code was told, for a window smaller than at launch. */
      readonly usageScale?: number | undefined;
      /** Of a turn that the upstream counted. */
      readonly promptParts?: PromptParts | undefined;
      /** Micro-dollars: paid when `metered`, the API equivalent when `plan`; `undefined` when no price is known. */
      readonly costMicroUsd: number | undefined;
      readonly costKind: CostKind;
      readonly health: StreamHealth;
    })
  /** A response that broke off and is asked for again. The upstream charges for it. */
  | (Base & {
      readonly type: 'attempt_failed';
      readonly verdict: Verdict;
      readonly code: string;
      readonly health: StreamHealth;
      readonly route: RouteView | undefined;
      readonly incompleteUsage: IncompleteUsage;
    })
  | (Base & {
      readonly type: 'failed';
      readonly verdict: Verdict;
      readonly code: string;
      readonly message: string;
      readonly status: number;
      /** Claude Code sends the request again by itself: how often it was accepted so far, and how often it may be. */
      readonly resend?: Resend | undefined;
      readonly health: StreamHealth;
      readonly route?: RouteView | undefined;
      readonly incompleteUsage?: IncompleteUsage | undefined;
    })
  | (Base & {
      readonly type: 'cancelled';
      readonly health: StreamHealth;
      readonly route?: RouteView | undefined;
      readonly incompleteUsage?: IncompleteUsage | undefined;
    })
  /** A login was renewed, could not be renewed, or has expired. */
  | (Base & { readonly type: 'credential'; readonly upstream: string; readonly message: string })
  /** Spending of each budget and of today. `asking` is the budget the user is deciding about. */
  | (Base & {
      readonly type: 'spending';
      readonly today: Spending;
      readonly budgets: readonly BudgetView[];
      readonly asking: BudgetName | undefined;
    })
  /** A change that another program requested and that the user must confirm; `undefined` when it is decided. */
  | (Base & { readonly type: 'confirmation'; readonly question: Question | undefined })
  /** Requests wait at a limit; `undefined` when none waits any more. */
  | (Base & { readonly type: 'wall'; readonly wall: WallQuestion | undefined })
  /** Too many requests at once; `undefined` when none is held any more. */
  | (Base & { readonly type: 'fan_out'; readonly question: FanOutQuestion | undefined })
  /** A model that the user chose takes the requests of a route; `undefined` when its limit is over. */
  | (Base & { readonly type: 'substitute'; readonly route: string; readonly model: string | undefined })
  /** A turn read less from the cache than the previous turn. */
  | (Base & { readonly type: 'cache_missed'; readonly reason: string })
  | (Base & { readonly type: 'quota'; readonly upstream: string; readonly quota: Quota })
  | (Base & {
      readonly type: 'route_changed';
      readonly route: RouteView;
      readonly previous: string;
      /** The route that first compacts the history, which does not fit the new route. */
      readonly compactionRoute?: string | undefined;
    })
  /** The history fits its route again. `contextTokens`: the size of the summary, if it was compacted. */
  | (Base & { readonly type: 'compacted'; readonly contextTokens: number | undefined });
