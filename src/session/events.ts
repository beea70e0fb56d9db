/** What a session publishes while it runs. Every event is plain JSON: it crosses processes. */
import type { Verdict } from '../errors/table.ts';
import type { BudgetName, BudgetView } from '../ledger/budget.ts';
import type { StreamHealth } from '../ledger/health.ts';
import type { Quota } from '../models/quota.ts';
import type { TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { RequestClass, RouteClass } from '../routing/classes.ts';

/** Of all sessions since local midnight, in micro-dollars. */
export interface Spending {
  readonly meteredMicroUsd: number;
  /** By API; a plan paid. */
  readonly planMicroUsd: number;
}

/** What Claude Code is being sent right now. */
export type Phase = 'waiting' | 'thinking' | 'streaming' | 'tool';

export interface RouteView {
  readonly routeClass: RouteClass;
  readonly upstream: string;
  readonly model: string;
  readonly effort: string | undefined;
  readonly contextWindow: number;
  readonly costKind: CostKind;
}

/** Usage of an answer that did not end well: the upstream's count, or an estimate of ours. */
export interface IncompleteUsage {
  readonly tokens: TokenCounts;
  readonly measured: boolean;
  readonly costMicroUsd: number | undefined;
  readonly costKind: CostKind;
}

interface Base {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `req_…`, also in Claude Code's error text and in the log. */
  readonly id: string;
}

export type SessionEvent =
  | (Base & { readonly type: 'request_started'; readonly requestClass: RequestClass; readonly requestedModel: string })
  | (Base & { readonly type: 'routed'; readonly route: RouteView; readonly reason: string })
  | (Base & { readonly type: 'upstream_headers'; readonly status: number; readonly ms: number })
  | (Base & { readonly type: 'first_token'; readonly ms: number })
  | (Base & {
      readonly type: 'progress';
      readonly phase: Phase;
      /** The tool being called. */
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
      /** Where it went; a state lists only some of what runs at once. */
      readonly route?: RouteView | undefined;
      readonly verdict: Verdict;
      readonly stopReason: string;
      readonly tokens: TokenCounts;
      /** False when the upstream gave no count and this is an estimate. */
      readonly measured: boolean;
      /** Micro-dollars: paid when `metered`, the API equivalent when `plan`; `undefined` when no price is known. */
      readonly costMicroUsd: number | undefined;
      readonly costKind: CostKind;
      readonly health: StreamHealth;
    })
  | (Base & {
      readonly type: 'failed';
      readonly verdict: Verdict;
      readonly code: string;
      readonly message: string;
      readonly status: number;
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
  /** News of a login: renewed, not renewed, ended. */
  | (Base & { readonly type: 'credential'; readonly upstream: string; readonly message: string })
  /** What is spent, of each budget and today; `asking` while the user decides about one. */
  | (Base & {
      readonly type: 'spending';
      readonly today: Spending;
      readonly budgets: readonly BudgetView[];
      readonly asking: BudgetName | undefined;
    })
  /** A turn was cached less than the one before it. */
  | (Base & { readonly type: 'cache_missed'; readonly reason: string })
  | (Base & { readonly type: 'quota'; readonly upstream: string; readonly quota: Quota })
  | (Base & {
      readonly type: 'route_changed';
      readonly route: RouteView;
      readonly previous: string;
      /** The history does not fit: it is compacted there first. */
      readonly compactsOn?: string | undefined;
    })
  /** The history fits its route again. */
  | (Base & { readonly type: 'compacted'; readonly contextTokens: number | undefined });
