import type { Verdict } from '../errors/table.ts';
import type { StreamHealth } from '../ledger/health.ts';
import type { Quota } from '../models/quota.ts';
import { noTokens, type PromptParts, type TokenCounts } from '../models/tokens.ts';
import type { CostKind, PriceRow } from '../models/types.ts';
import type { RequestClass, RouteClass } from '../routing/classes.ts';
import type {
  FanOutQuestion,
  HoldReason,
  Phase,
  Question,
  Resend,
  RouteView,
  SessionEvent,
  WallQuestion,
} from './events.ts';
import type { StreamRates } from './stream-rates.ts';

export type { TokenCounts } from '../models/tokens.ts';

/** Spending of today and of each budget. */
export type SpendingView = Pick<Extract<SessionEvent, { type: 'spending' }>, 'today' | 'budgets' | 'asking'>;

/** One row of the request list. */
export interface RequestView {
  readonly id: string;
  readonly startedAt: number;
  readonly requestClass: RequestClass;
  readonly requestedModel: string;
  readonly route: RouteView | undefined;
  readonly routeReason: string;
  /** The request went to another model than the route of its class: by a fallback, or by `/model`. */
  readonly isElsewhere: boolean;
  readonly phase: Phase | 'done';
  readonly tool: string | undefined;
  readonly chars: number;
  /** When the current attempt was sent, epoch milliseconds; `undefined` while the request waits in ccp. */
  readonly sentAt: number | undefined;
  /** Why ccp holds the request back; `undefined` when it does not. */
  readonly held: HoldReason | undefined;
  /** When the upstream last sent something, or the attempt was sent, epoch milliseconds. */
  readonly lastDataAt: number;
  readonly pings: number;
  readonly retries: number;
  /** Times of the current attempt, in milliseconds since it was sent. */
  readonly headersMs: number | undefined;
  readonly firstTokenMs: number | undefined;
  /** The first tool call began. */
  readonly toolMs: number | undefined;
  readonly rates: StreamRates;
  readonly verdict: Verdict | undefined;
  /** The error message, if the request failed. */
  readonly problem: string | undefined;
  readonly tokens: TokenCounts | undefined;
  readonly measured: boolean;
  readonly costMicroUsd: number | undefined;
  readonly costKind: CostKind | undefined;
  readonly health: StreamHealth | undefined;
  /** Why less was read from the cache than in the previous turn. */
  readonly cacheMiss: string | undefined;
  /** Set if the request failed and Claude Code sends it again by itself. */
  readonly resend: Resend | undefined;
}

export interface Totals {
  readonly requests: number;
  readonly failed: number;
  readonly tokens: TokenCounts;
  /** Number of requests whose tokens are estimated. */
  readonly estimated: number;
  /** Micro-dollars by kind of cost; kinds are never added up. */
  readonly costMicroUsd: Readonly<Partial<Record<CostKind, number>>>;
  /** Number of requests by kind of cost: a plan's requests have no price of their own. */
  readonly byKind: Readonly<Partial<Record<CostKind, number>>>;
  readonly longestSilenceMs: number;
  readonly pings: number;
  readonly retries: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** Requests that a rule denied. */
  readonly denials: number;
  /** Changes to a fallback and back. */
  readonly fallbacks: number;
  /** Time to the first token of the requests that had one. */
  readonly firstToken: { readonly count: number; readonly sumMs: number };
}

/** Totals of one model of one upstream. */
export interface ModelTotals {
  readonly upstream: string;
  readonly model: string;
  readonly requests: number;
  readonly tokens: TokenCounts;
  readonly costMicroUsd: Readonly<Partial<Record<CostKind, number>>>;
}

/** A route change in the session. */
export interface SwitchView {
  readonly at: number;
  readonly routeClass: RouteClass;
  readonly from: string;
  readonly to: string;
}

/** A model whose price is applied to turns for comparison. */
export interface ComparedModel {
  readonly name: string;
  readonly price: PriceRow;
}

/** A turn of the main conversation. */
export interface TurnView {
  /** End of the turn, epoch milliseconds. */
  readonly at: number;
  readonly tokens: TokenCounts;
  /** False if the tokens are an estimate. */
  readonly measured: boolean;
  /** Less of the prompt was read from the cache than before. */
  readonly missed: boolean;
  /** The main route was switched since the turn before. */
  readonly switched: boolean;
  /** The conversation was compacted since the turn before. */
  readonly compacted: boolean;
}

/** A problem as a message. */
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
  /** The ledger could not be written or read: its sums miss requests of this session. */
  readonly isLedgerIncomplete: boolean;
  readonly totals: Totals;
  /** Input tokens of the newest main turn, cached ones included: the size of the context. */
  readonly contextTokens: number;
  /** False until a turn has been counted: in a new or resumed conversation, and after a compaction. */
  readonly isContextKnown: boolean;
  /** What fills the context; `undefined` while that is not known. */
  readonly promptParts: PromptParts | undefined;
  /** When the conversation was last compacted, epoch milliseconds. */
  readonly compactedAt: number | undefined;
  /** Turns of the main conversation, oldest first, at most `maxTurns`. */
  readonly turns: readonly TurnView[];
  /** Factor of the usage that Claude Code is told, for a main window smaller than at launch; else 1. */
  readonly usageScale: number;
  /** Context size in tokens at which Claude Code compacts automatically; `undefined` if it does not. */
  readonly compactAt: number | undefined;
  /** Switches, oldest first, at most `maxSwitches`. */
  readonly switches: readonly SwitchView[];
  /** Totals by model, in the order of their first request; at most `maxModels`. */
  readonly models: readonly ModelTotals[];
  /** Today's spending of all sessions, and the budgets; `undefined` until it has been read. */
  readonly spending: SpendingView | undefined;
  /** A change that another program requested and that waits for the user's confirmation. */
  readonly confirmation: Question | undefined;
  /** Requests wait at this limit. */
  readonly wall: WallQuestion | undefined;
  /** Models that the user chose at a limit, by the route (`UPSTREAM/MODEL`) whose requests they take. */
  readonly substitutes: Readonly<Record<string, string>>;
  /** Requests beyond a limit of the setting `fanOut` are held. */
  readonly fanOut: FanOutQuestion | undefined;
  /** The model that turns are compared with. */
  readonly compared: ComparedModel | undefined;
  /** The route that first compacts a history that does not fit the main route. */
  readonly compactionRoute: string | undefined;
  /** Quota by upstream, as last reported. */
  readonly quotas: Readonly<Record<string, Quota>>;
  /** Number of events of a type this version does not know (from a newer proxy). */
  readonly unknownEvents: number;
}

/** A question that the keys y and n answer. It is shown before that about a limit. */
export const hasKeyQuestion = ({ confirmation, fanOut, spending }: SessionState): boolean =>
  confirmation !== undefined || fanOut !== undefined || spending?.asking !== undefined;

/** A question waits for the user's answer. */
export const hasQuestion = (state: SessionState): boolean => hasKeyQuestion(state) || state.wall?.isDecided === false;

export const maxRequests = 50;
export const maxIncidents = 50;
export const maxSwitches = 50;
/** Older turns are dropped; the totals keep their sums. */
export const maxTurns = 120;
export const maxModels = 64;
/** At most this many running requests are listed here; all are counted, and the ledger records all. */
export const maxListedRunning = 32;

/** Tokens that Claude Code reserves for its answer and its summary. Source: `docs/claude-code.md`. */
const compactionReserve = 33_000;
const minCompactWindow = 100_000;

const compactionThreshold = (window: number): number | undefined =>
  window < minCompactWindow ? undefined : window - compactionReserve;

export const initialState = (
  startedAt: number,
  routes: readonly RouteView[],
  compared?: ComparedModel | undefined,
): SessionState => ({
  startedAt,
  routes,
  running: [],
  recent: [],
  incidents: [],
  isLedgerIncomplete: false,
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
    denials: 0,
    fallbacks: 0,
    firstToken: { count: 0, sumMs: 0 },
  },
  contextTokens: 0,
  isContextKnown: false,
  promptParts: undefined,
  compactedAt: undefined,
  turns: [],
  usageScale: 1,
  compactAt: compactionThreshold(routes.find((route) => route.routeClass === 'main')?.contextWindow ?? 0),
  switches: [],
  models: [],
  spending: undefined,
  confirmation: undefined,
  wall: undefined,
  fanOut: undefined,
  substitutes: {},
  compared,
  compactionRoute: undefined,
  quotas: {},
  unknownEvents: 0,
});
