/**
 * Models that cannot answer at present, so that a request with a fallback need not ask them first: a wall (a plan's limit,
 * a rate limit) until its reset, and an upstream that keeps failing. Neither is trusted for long: limits are reset early,
 * and a service returns. The way back needs no user. A plan's wall is known to all sessions of the machine, which share
 * its login: what one of them learns, that the wall is there or that it is over, holds for all.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import { fullName } from '../models/find.ts';
import type { Clock } from '../ports/clock.ts';
import type { SharedWalls, Wall } from '../ports/walls.ts';
import type { Candidate } from '../routing/candidate.ts';

/** After this time the model is asked again, whatever its upstream said about the reset. */
const maxTrustMs = 10 * 60_000;
/** An upstream that failed this often in this time is left alone for a while. */
const maxFailures = 3;
const failureWindowMs = 60_000;
const openMs = 30_000;

type Asked = Pick<Candidate, 'target' | 'costKind' | 'credential'>;

/** The login of a plan is stored for all sessions. A key, or Claude Code's login, is one session's. */
const isShared = ({ costKind, credential }: Asked): boolean => costKind === 'plan' && credential === 'own';

export class Outages {
  readonly #clock: Clock;
  readonly #shared: SharedWalls;
  /** By model (`UPSTREAM/MODEL`) or upstream; `until` is of the clock's `elapsed`. */
  readonly #outages = new Map<string, Wall>();
  /** The newest failures by upstream, epoch milliseconds. */
  readonly #failures = new Map<string, readonly number[]>();

  constructor(clock: Clock, shared: SharedWalls) {
    this.#clock = clock;
    this.#shared = shared;
  }

  /** Whether the model may be asked. After an outage one request asks it, and the others wait for its result. */
  isAvailable(asked: Asked): boolean {
    if (this.waitMs(asked) > 0) return false;
    this.#keepOthersAway(asked);
    return true;
  }

  /** How long the model is not asked, at most ten minutes; 0: it may be asked. */
  waitMs(asked: Asked): number {
    const { target } = asked;
    const shared = this.#sharedWall(asked);
    const own = [fullName(target), target.upstream].flatMap((key) => this.#outages.get(key) ?? []);
    return Math.max(
      0,
      ...(shared ? [shared.until - this.#clock.now()] : []),
      ...own.map(({ until }) => until - this.#clock.elapsed()),
    );
  }

  #sharedWall(asked: Asked): Wall | undefined {
    const wall = isShared(asked) ? this.#shared.get(fullName(asked.target)) : undefined;
    // A time further away than any wall is trusted was written with another clock.
    return wall && wall.until <= this.#clock.now() + maxTrustMs ? wall : undefined;
  }

  #keepOthersAway(asked: Asked): void {
    const { target } = asked;
    const shared = this.#sharedWall(asked);
    if (shared) this.#shared.set(fullName(target), { ...shared, until: this.#clock.now() + openMs });
    const until = this.#clock.elapsed() + openMs;
    for (const key of [fullName(target), target.upstream]) {
      const outage = this.#outages.get(key);
      if (outage) this.#outages.set(key, { ...outage, until });
    }
  }

  /** The plan is not used up any more. @param knownAt epoch milliseconds; a limit met later is not over. */
  limitIsOver(asked: Asked, knownAt: number): void {
    const wall = this.#sharedWall(asked);
    if (wall && wall.since <= knownAt) this.#shared.clear(fullName(asked.target));
  }

  /** Upstreams whose newest request failed in the last `ms`. */
  failing(ms: number): string[] {
    const from = this.#clock.now() - ms;
    return [...this.#failures].flatMap(([upstream, times]) => ((times.at(-1) ?? 0) > from ? [upstream] : []));
  }

  /** The model is asked next, whatever is known about it: the user wants it. */
  forget(asked: Asked): void {
    const { target } = asked;
    if (isShared(asked)) this.#shared.clear(fullName(target));
    for (const key of [fullName(target), target.upstream]) this.#outages.delete(key);
  }

  /** @param askedAt when the request was sent, epoch milliseconds: it says nothing about a limit that was met later. */
  succeeded(asked: Asked, askedAt: number): void {
    const { target } = asked;
    this.limitIsOver(asked, askedAt);
    for (const key of [fullName(target), target.upstream])
      if ((this.#outages.get(key)?.since ?? 0) <= askedAt) this.#outages.delete(key);
    const later = (this.#failures.get(target.upstream) ?? []).filter((at) => at > askedAt);
    this.#failures.set(target.upstream, later);
  }

  /** @param kind `wall`: the upstream takes no more requests for the model; `failure`: it does not answer as it should. */
  failed(asked: Asked, kind: 'wall' | 'failure', { code, retryAfterSec }: CcpError): void {
    const { target } = asked;
    const since = this.#clock.now();
    const now = this.#clock.elapsed();
    if (kind === 'wall') {
      const waitMs = retryAfterSec === undefined ? openMs : retryAfterSec * 1_000;
      const trustedMs = Math.min(waitMs, maxTrustMs);
      // A rate limit is no part of a plan's quota, which could not tell when it is over.
      if (isShared(asked) && code === 'plan_limit')
        this.#shared.set(fullName(target), { until: since + trustedMs, since });
      else this.#outages.set(fullName(target), { until: now + trustedMs, since });
      return;
    }
    const { upstream } = target;
    const failures = [...(this.#failures.get(upstream) ?? []).filter((at) => since - at < failureWindowMs), since];
    this.#failures.set(upstream, failures);
    if (failures.length >= maxFailures || this.#outages.has(upstream))
      this.#outages.set(upstream, { until: now + openMs, since });
  }
}
