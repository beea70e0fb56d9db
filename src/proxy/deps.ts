/** Everything the proxy is given; it constructs none of it. */
import type { RemedyWords } from '../errors/remedies.ts';
import type { Budgets } from '../ledger/budget.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { Clock } from '../ports/clock.ts';
import type { CredentialSource } from '../ports/credential.ts';
import type { Log } from '../ports/log.ts';
import type { Hash, Randomness } from '../ports/randomness.ts';
import type { TokenCounter } from '../ports/token-counter.ts';
import type { Transport } from '../ports/transport.ts';
import type { DecisionRules } from '../routing/decide.ts';
import type { Directory } from '../routing/directory.ts';
import type { RouteTable } from '../routing/table.ts';
import type { Compared } from '../session/state.ts';
import type { Upstream } from '../upstreams/upstream.ts';

export interface ProxyDeps {
  readonly identity: ProxyIdentity;
  readonly routing: RoutingDeps;
  readonly transportOf: (upstream: Upstream) => Transport;
  readonly credentials: CredentialSource;
  readonly money: MoneyDeps;
  readonly timeouts: ProxyTimeouts;
  /** How errors name what the user can do. */
  readonly remedies: RemedyWords;
  readonly ports: ProxyPorts;
}

export interface ProxyIdentity {
  readonly version: string;
  /** The session's id. */
  readonly session: string;
  /** The repository's remote as `host/owner/name`, or a hash of its path. */
  readonly repo: string;
  /** For Claude Code's requests. */
  readonly secret: string;
  /** For the control endpoints. */
  readonly controlToken: string;
}

export interface RoutingDeps {
  readonly routes: RouteTable;
  readonly directory: Directory;
  /** How decisions are made. */
  readonly rules: DecisionRules;
}

export interface MoneyDeps {
  readonly budgets: Budgets;
  /** Metered cost of the session before this process, in micro-dollars. */
  readonly spentMicroUsd: number;
  readonly today: () => Promise<Today>;
  /** A model that turns are compared with. */
  readonly compared: Compared | undefined;
  /** Somebody sees the session's questions and can answer them. */
  readonly asksUser: boolean;
  readonly appendLedger: (entry: LedgerEntry) => void;
}

/** What all sessions spent since local midnight, in micro-dollars. */
export interface Today {
  /** Changes at local midnight. */
  readonly day: string;
  readonly meteredMicroUsd: number;
  /** API equivalent of what a plan paid. */
  readonly planMicroUsd: number;
  /** Metered, in this repository. */
  readonly repositoryMicroUsd: number;
}

export interface ProxyTimeouts {
  /** Longest silence towards Claude Code. */
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
  /** Formats an epoch in the user's clock. */
  readonly clockTime: (epochMs: number) => string;
}
