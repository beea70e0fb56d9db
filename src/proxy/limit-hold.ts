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
  /** When the request was held for the first time, milliseconds of the clock's `elapsed`. */
  readonly heldAt: number;
  readonly signal: AbortSignal;
  /** Asks for the upstream's quota, which may tell that the limit is over. */
  readonly probe: () => Promise<void>;
}

/** `ask`: this request asks its route, for all. `decide`: where it goes is decided again. */
export type AfterWait = 'ask' | 'decide';

/** The limit of a route, kept until the route answers. */
interface Limit {
  readonly id: string;
  error: CcpError;
  until: number | undefined;
  /** When it was met last, epoch milliseconds. */
  since: number;
  readonly requests: Set<HeldRequest>;
  /** Aborted when the requests are decided again. */
  wake: AbortController;
  /** The user decided to wait. */
  isDecided: boolean;
}

/** How often the upstream's quota is asked for. */
const probeEveryMs = 60_000;
const minWaitMs = 1_000;
/** After this time the requests fail with the error of the limit. */
const maxHoldMs = 24 * 3_600_000;
/** How long a model that could not take the requests is not offered again. */
const notOfferedMs = 10 * 60_000;

export class LimitHold {
  readonly #clock: Clock;
  readonly #outages: Outages;
  readonly #publish: (event: SessionEvent) => void;
  readonly #canAskUser: boolean;
  /** By `UPSTREAM/MODEL`, the oldest first. */
  readonly #limits = new Map<string, Limit>();
  /** Models that are not offered, with the time until which, epoch milliseconds. */
  readonly #notOffered = new Map<string, number>();
  /** Signals of the requests that the user decided to let wait: they may come back after a switch. */
  readonly #decided = new WeakSet<AbortSignal>();
  #count = 0;
  /** Changes with every decision of the user: a request that was decided before is decided again. */
  #version = 0;

  constructor(clock: Clock, outages: Outages, publish: (event: SessionEvent) => void, canAskUser: boolean) {
    this.#clock = clock;
    this.#outages = outages;
    this.#publish = publish;
    this.#canAskUser = canAskUser;
  }

  get version(): number {
    return this.#version;
  }

  /** Whether requests wait after this error. Short limits are left to Claude Code, which sends its request again. */
  holds(error: CcpError): boolean {
    if (!this.#canAskUser || failureReason(error) !== 'wall') return false;
    return error.code === 'plan_limit' || error.retryAfterSec !== undefined;
  }

  /**
   * The error of a limit at which a request need not ask its route.
   * @param wasHeld the request waited before; a new one asks, unless others wait.
   */
  standing(candidate: Candidate, wasHeld: boolean): CcpError | undefined {
    const limit = this.#limits.get(fullName(candidate.target));
    if (limit === undefined) return undefined;
    return limit.requests.size > 0 || (wasHeld && this.#outages.waitMs(candidate) > 0) ? limit.error : undefined;
  }

  /** @throws CcpError of the limit after a day; the abort reason when the client disconnects. */
  async wait(request: HeldRequest): Promise<AfterWait> {
    const { candidate, error, signal, heldAt } = request;
    const route = fullName(candidate.target);
    const limit = this.#limits.get(route) ?? this.#open(route, error);
    // It was asked again, and met the limit again.
    if (limit.error !== error) Object.assign(limit, this.#metNow(error));
    limit.requests.add(request);
    limit.isDecided ||= this.#decided.has(signal);
    this.#publishQuestion();
    try {
      const wake = limit.wake.signal;
      const stop = AbortSignal.any([signal, wake]);
      for (;;) {
        const waitMs = Math.max(minWaitMs, Math.min(probeEveryMs, this.#outages.waitMs(candidate)));
        await sleep(this.#clock, waitMs, stop);
        signal.throwIfAborted();
        if (wake.aborted) return 'decide';
        if (this.#clock.elapsed() - heldAt > maxHoldMs) throw error;
        await request.probe();
        if (wake.aborted) return 'decide';
        if (this.#outages.isAvailable(candidate)) return 'ask';
      }
    } finally {
      limit.requests.delete(request);
      // The next request is a question again.
      if (limit.requests.size === 0) limit.isDecided = false;
      this.#publishQuestion();
    }
  }

  /** The route whose question this is. @throws CcpError `not_confirmed` when it is no longer open. */
  routeOf(id: string): string {
    const entry = [...this.#limits].find(([, limit]) => limit.id === id && limit.requests.size > 0);
    if (entry) return entry[0];
    throw new CcpError('not_confirmed', 'No request waits at that limit any more.');
  }

  /** The user decided to wait. */
  await(route: string): void {
    const limit = this.#limits.get(route);
    if (limit === undefined) return;
    limit.isDecided = true;
    for (const { signal } of limit.requests) this.#decided.add(signal);
    this.#publishQuestion();
  }

  /** Requests that wait, and those that were decided before, are decided again: a model was chosen, or switched. */
  decideAgain(): void {
    this.#version += 1;
    for (const limit of this.#limits.values()) wake(limit);
  }

  /**
   * The route answered. @param askedAt when it was asked, epoch milliseconds.
   * @returns whether its limit is over: a limit that was met later is not.
   */
  answered(target: Target, askedAt: number): boolean {
    const route = fullName(target);
    const limit = this.#limits.get(route);
    if (limit !== undefined && limit.since > askedAt) return false;
    this.#limits.delete(route);
    if (limit) wake(limit);
    return true;
  }

  /** The model cannot take requests now, and is not offered for a while. */
  cannotSubstitute(target: Target, error: CcpError): void {
    const { retryAfterSec } = error;
    const ms = retryAfterSec === undefined ? notOfferedMs : retryAfterSec * 1_000;
    this.#notOffered.set(extentOf(fullName(target), error), this.#clock.now() + ms);
  }

  #open(route: string, error: CcpError): Limit {
    this.#count += 1;
    const limit: Limit = {
      id: `wall_${this.#count}`,
      ...this.#metNow(error),
      requests: new Set(),
      wake: new AbortController(),
      isDecided: false,
    };
    this.#limits.set(route, limit);
    return limit;
  }

  #metNow(error: CcpError): Pick<Limit, 'error' | 'until' | 'since'> {
    const since = this.#clock.now();
    return { error, since, until: error.retryAfterSec === undefined ? undefined : since + error.retryAfterSec * 1_000 };
  }

  #publishQuestion(): void {
    const at = this.#clock.now();
    const open = [...this.#limits].filter(([, { requests }]) => requests.size > 0);
    const shown = open.find(([, { isDecided }]) => !isDecided) ?? open[0];
    this.#publish({ type: 'wall', at, id: `wall_${at}`, wall: shown && this.#question(shown[0], shown[1], at) });
  }

  #question(route: string, { id, error, until, requests, isDecided }: Limit, now: number): WallQuestion {
    const held = [...requests];
    const limited = [...this.#limits].flatMap(([name, limit]) =>
      name !== route && (limit.until ?? limit.since + notOfferedMs) > now ? [extentOf(name, limit.error)] : [],
    );
    const refused = [...this.#notOffered].flatMap(([name, end]) => (end > now ? [name] : []));
    const failing = this.#outages.failing(notOfferedMs).map((upstream) => `${upstream}/*`);
    return {
      id,
      route,
      kind: error.code === 'plan_limit' ? 'plan' : 'rate',
      until,
      waiting: held.length,
      routeClass: held[0]?.candidate.routeClass ?? 'main',
      inputTokens: Math.max(0, ...held.map(({ inputTokens }) => inputTokens)),
      totalTokens: held.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
      hasImages: held.some(({ hasImages }) => hasImages),
      unavailable: [...new Set([...limited, ...refused, ...failing])],
      isDecided,
    };
  }
}

function wake(limit: Limit): void {
  limit.wake.abort();
  limit.wake = new AbortController();
}

/** A plan, an account or an address is that of all models of the upstream; a rate limit may be one model's. */
const extentOf = (name: string, { code }: CcpError): string =>
  code === 'rate_limited' || code === 'budget_exceeded' ? name : `${name.slice(0, name.indexOf('/'))}/*`;
