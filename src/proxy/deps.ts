/** Everything the proxy is given; it constructs none of it. */

import type { Budgets } from '../ledger/budget.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { ModelRow } from '../models/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { CredentialSource } from '../ports/credential.ts';
import type { Log } from '../ports/log.ts';
import type { Hash, Randomness } from '../ports/randomness.ts';
import type { TokenCounter } from '../ports/token-counter.ts';
import type { Transport } from '../ports/transport.ts';
import type { RouteTable } from '../routing/table.ts';
import type { Compared } from '../session/state.ts';
import type { Upstream } from '../translate/dialect.ts';

/** What all sessions spent since local midnight, in micro-dollars. */
export interface Today {
  /** Changes at local midnight. */
  readonly day: string;
  readonly meteredMicroUsd: number;
  /** By API; a plan paid. */
  readonly planMicroUsd: number;
  /** Metered, in this repository. */
  readonly repositoryMicroUsd: number;
}

export interface ProxyTimeouts {
  readonly pingIntervalMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

export interface ReachableUpstream {
  readonly upstream: Upstream;
  readonly transport: Transport;
}

export interface ProxyDeps {
  readonly version: string;
  readonly session: string;
  readonly repo: string;
  readonly secret: string;
  readonly controlToken: string;
  readonly routes: RouteTable;
  readonly catalogue: readonly ModelRow[];
  readonly upstreams: Readonly<Record<string, ReachableUpstream>>;
  readonly credentials: CredentialSource;
  readonly timeouts: ProxyTimeouts;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly hash: Hash;
  readonly tokens: TokenCounter;
  readonly log: Log;
  /** Formats an epoch in the user's clock. */
  readonly clockTime: (epochMs: number) => string;
  /** What turns are compared with. */
  readonly compared: Compared | undefined;
  readonly budgets: Budgets;
  /** Metered cost of the session before this process, in micro-dollars. */
  readonly spentMicroUsd: number;
  readonly today: () => Promise<Today>;
  /** Somebody sees the session's questions and can answer them. */
  readonly asksUser: boolean;
  readonly appendLedger: (entry: LedgerEntry) => void;
}
