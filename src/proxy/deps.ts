/** The proxy's dependencies. The caller constructs all of them. */
import type { RemedyWords } from '../errors/remedies.ts';
import type { AuditFacts } from '../ledger/audit.ts';
import type { BudgetName, Budgets } from '../ledger/budget.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { SpendingSums } from '../ledger/spending.ts';
import type { Target } from '../models/find.ts';
import type { Clock } from '../ports/clock.ts';
import type { CredentialSource } from '../ports/credential.ts';
import type { Log } from '../ports/log.ts';
import type { PeerConnection } from '../ports/peer.ts';
import type { Hash, Randomness } from '../ports/randomness.ts';
import type { RequestTrace } from '../ports/telemetry.ts';
import type { TokenCounter } from '../ports/token-counter.ts';
import type { Transport } from '../ports/transport.ts';
import type { SharedWalls } from '../ports/walls.ts';
import type { DecisionRules } from '../routing/decide.ts';
import type { Directory } from '../routing/directory.ts';
import type { RouteTable } from '../routing/table.ts';
import type { ComparedModel, SessionState } from '../session/state.ts';
import type { FanOutLimits } from '../settings/fan-out.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { SpendingRequests } from './confirmation.ts';

export interface ProxyDeps {
  readonly identity: ProxyIdentity;
  /** The session before this process, if the proxy was restarted. */
  readonly state: SessionState | undefined;
  readonly routing: RoutingDeps;
  readonly transportOf: (upstream: Upstream) => Transport;
  readonly credentials: CredentialSource;
  readonly walls: SharedWalls;
  readonly money: MoneyDeps;
  /** What happens to secrets in requests to other machines; `undefined`: nothing. */
  readonly outboundSecrets: () => { readonly value: 'allow' | 'ask' | 'block'; readonly path: string } | undefined;
  /** Adds a line to the audit log. Never throws. */
  readonly audit: (facts: AuditFacts) => void;
  /** Resolves when all lines of the audit log are written. */
  readonly auditSettled: () => Promise<void>;
  /** `undefined`: requests are not traced. */
  readonly trace: RequestTrace | undefined;
  readonly fanOut: FanOutLimits;
  readonly timeouts: ProxyTimeouts;
  /** Called with the session's title, once, when Claude Code does not ask for one. `undefined`: nothing shows it. */
  readonly onTitle: ((title: string) => void) | undefined;
  /** Wording of the remedies in error messages. */
  readonly remedies: RemedyWords;
  /** Called with each shell command of a model, before Claude Code runs it; `undefined`: commits get no trailer. */
  readonly onShellCall: ((toolUseId: string, target: Target) => void) | undefined;
  /** Writes a body to its own log; `undefined`: bodies are not logged. */
  readonly logBody: BodyLog | undefined;
  readonly ports: ProxyPorts;
}

/** @param id of the request. @param what `received` from Claude Code, `sent` upstream, or a part of an `answer`. */
export type BodyLog = (id: string, what: 'received' | 'sent' | 'answer', body: string) => void;

export interface ProxyIdentity {
  readonly version: string;
  /** The session's id. */
  readonly session: string;
  /** The repository's remote as `host/owner/name`, or a hash of its path. */
  readonly repo: string;
  /** Secret that Claude Code's requests must contain. */
  readonly secret: string;
  /** Secret of the control endpoints. */
  readonly controlToken: string;
}

export interface RoutingDeps {
  readonly routes: RouteTable;
  /** The context windows that Claude Code was launched with, in tokens, by the model id (slot). */
  readonly clientWindows: Readonly<Record<string, number>>;
  readonly directory: Directory;
  /** Proposal sources and gates of every decision. */
  readonly rules: DecisionRules;
  /** Applies what has changed in the policy since the last decision. */
  readonly refreshRules: () => Promise<void>;
}

export interface MoneyDeps {
  readonly budgets: Budgets;
  /** Metered cost of the session before this process, in micro-dollars. */
  readonly spentMicroUsd: number;
  /** What the user allowed beyond the budgets before this process, in micro-dollars. */
  readonly allowances: Readonly<Partial<Record<BudgetName, number>>>;
  readonly spent: () => Promise<SpendingSums>;
  /** A model whose cost is compared with the cost of each turn. */
  readonly compared: ComparedModel | undefined;
  /** A user can see and answer the session's questions. */
  readonly canAskUser: boolean;
  /** How requests over HTTP that spend money are treated. */
  readonly spendingRequests: SpendingRequests;
  /** Whether the program at the other end of a connection runs on a terminal of the user, outside of the session. */
  readonly isUserTerminal: (peer: PeerConnection) => boolean;
  /** What happens to a request whose cost cannot be told; `ask`: on the screen, once for each model. */
  readonly onUnknownPrice: () => { readonly value: 'allow' | 'ask' | 'deny'; readonly path: string } | undefined;
  readonly appendLedger: (entry: LedgerEntry) => void;
}

export interface ProxyTimeouts {
  /** Maximum time in which nothing is sent to Claude Code. */
  readonly pingIntervalMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

export interface ProxyPorts {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly hash: Hash;
  readonly tokens: TokenCounter;
  readonly log: Log;
  /** Formats epoch milliseconds as local time. */
  readonly clockTime: (epochMs: number) => string;
}
