/**
 * Requests that wait at a limit of their route, in a session with a screen: the user decides about them, or they are
 * sent when the limit is over. All requests of one route wait together, and one of them asks whether it is over.
 */
import { CcpError } from '../errors/ccp-error.ts';
import { fullName, type Target } from '../models/find.ts';
import { type Clock, sleep } from '../ports/clock.ts';
import { type Candidate, failureReason } from '../routing/candidate.ts';
import type { SessionEvent, WallQuestion } from '../session/events.ts';
import type { Outages } from './outages.ts';

export interface HeldRequest {
  /** The candidate that met the limit. */
  readonly candidate: Candidate;
  readonly error: CcpError;
  /** Input tokens of the request. */
  readonly inputTokens: number;
  readonly hasImages: boolean;
  readonly signal: AbortSignal;
  /** Asks for the upstream's quota, which may tell that the limit is over. */
  readonly probe: () => Promise<void>;
}

interface Hold {
  readonly id: string;
  readonly error: CcpError;
  readonly until: number | undefined;
  readonly requests: Set<HeldRequest>;
  /** Aborted when the requests may be sent. */
  readonly release: AbortController;
}

/** How often the upstream's quota is asked for. */
const probeEveryMs = 60_000;
const minWaitMs = 1_000;
/** After this time the requests fail with the error of the limit. */
const maxHoldMs = 24 * 3_600_000;

export class LimitHold {
  readonly #clock: Clock;
  readonly #outages: Outages;
  readonly #publish: (event: SessionEvent) => void;
  readonly #canAskUser: boolean;
  /** By `UPSTREAM/MODEL`, the oldest first. */
  readonly #holds = new Map<string, Hold>();
  /** Routes whose limit the user decided to wait for. */
  readonly #awaited = new Set<string>();
  /** Every route that met a limit, with the time until which it takes no requests, epoch milliseconds. */
  readonly #limits = new Map<string, number>();
  #count = 0;

  constructor(clock: Clock, outages: Outages, publish: (event: SessionEvent) => void, canAskUser: boolean) {
    this.#clock = clock;
    this.#outages = outages;
    this.#publish = publish;
    this.#canAskUser = canAskUser;
  }

  /** Whether requests wait after this error. Short limits are left to Claude Code, which sends its request again. */
  holds(error: CcpError): boolean {
    if (!this.#canAskUser || failureReason(error) !== 'wall') return false;
    return error.code === 'plan_limit' || error.retryAfterSec !== undefined;
  }

  /** The error of the limit at which requests for this model wait. */
  errorOf(target: Target): CcpError | undefined {
    return this.#holds.get(fullName(target))?.error;
  }

  /** Returns when the request can be decided again. @throws CcpError of the limit, or when the client disconnects. */
  async wait(request: HeldRequest): Promise<void> {
    const { candidate, error, signal } = request;
    const route = fullName(candidate.target);
    const hold = this.#holds.get(route) ?? this.#open(route, error);
    const startedAt = this.#clock.elapsed();
    hold.requests.add(request);
    this.#publishQuestion();
    try {
      const stop = AbortSignal.any([signal, hold.release.signal]);
      for (;;) {
        const waitMs = Math.max(minWaitMs, Math.min(probeEveryMs, this.#outages.waitMs(candidate)));
        await sleep(this.#clock, waitMs, stop);
        signal.throwIfAborted();
        if (stop.aborted) return;
        if (this.#clock.elapsed() - startedAt > maxHoldMs) throw error;
        await request.probe();
        if (stop.aborted || this.#outages.isAvailable(candidate)) return;
      }
    } finally {
      hold.requests.delete(request);
      if (hold.requests.size === 0 && this.#holds.get(route) === hold) this.#holds.delete(route);
      this.#publishQuestion();
    }
  }

  /** The route whose question this is. @throws CcpError `not_confirmed` when it is no longer open. */
  routeOf(id: string): string {
    const entry = [...this.#holds].find(([, hold]) => hold.id === id);
    if (entry) return entry[0];
    throw new CcpError('not_confirmed', 'No request waits at that limit any more.');
  }

  /** The user decided to wait. */
  await(route: string): void {
    this.#awaited.add(route);
    this.#publishQuestion();
  }

  /** Requests of the route are decided again: its limit is over, or another model takes them. */
  release(route: string): void {
    this.#awaited.delete(route);
    this.#limits.delete(route);
    const hold = this.#holds.get(route);
    this.#holds.delete(route);
    hold?.release.abort();
  }

  /** All waiting requests are decided again, after a switch. */
  releaseAll(): void {
    for (const route of [...this.#holds.keys()]) this.release(route);
  }

  #open(route: string, error: CcpError): Hold {
    this.#count += 1;
    const now = this.#clock.now();
    const until = error.retryAfterSec === undefined ? undefined : now + error.retryAfterSec * 1_000;
    const hold = {
      id: `wall_${this.#count}`,
      error,
      until,
      requests: new Set<HeldRequest>(),
      release: new AbortController(),
    };
    this.#holds.set(route, hold);
    this.#limits.set(route, until ?? now + probeEveryMs);
    return hold;
  }

  #publishQuestion(): void {
    const at = this.#clock.now();
    const [first] = this.#holds;
    this.#publish({ type: 'wall', at, id: `wall_${at}`, wall: first && this.#question(first[0], first[1], at) });
  }

  #question(route: string, { id, error, until, requests }: Hold, now: number): WallQuestion {
    const held = [...requests];
    return {
      id,
      route,
      kind: error.code === 'plan_limit' ? 'plan' : 'rate',
      until,
      waiting: held.length,
      inputTokens: Math.max(0, ...held.map(({ inputTokens }) => inputTokens)),
      hasImages: held.some(({ hasImages }) => hasImages),
      unavailable: [...this.#limits].flatMap(([name, end]) => (name !== route && end > now ? [name] : [])),
      isDecided: this.#awaited.has(route),
    };
  }
}
