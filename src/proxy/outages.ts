/**
 * Models that cannot answer at present, so that a request with a fallback need not ask them first: a wall (a plan's limit,
 * a rate limit) until its reset, and an upstream that keeps failing. Neither is trusted for long: limits are reset early,
 * and a service returns. The way back needs no user. A plan's wall is known to all sessions of the machine, which share
 * its login: what one of them learns, that the wall is there or that it is over, holds for all.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Target } from '../models/find.ts';
import type { Clock } from '../ports/clock.ts';
import type { SharedWalls } from '../ports/walls.ts';
import type { Candidate } from '../routing/candidate.ts';
import { fullName } from './session/route-state.ts';

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
  /** The clock's `elapsed` until which a model (`UPSTREAM/MODEL`) or an upstream is not asked first. */
  readonly #until = new Map<string, number>();
  /** The newest failures by upstream. */
  readonly #failures = new Map<string, readonly number[]>();

  constructor(clock: Clock, shared: SharedWalls) {
    this.#clock = clock;
    this.#shared = shared;
  }

  /** Whether the model may be asked. After an outage one request asks it, and the others wait for its result. */
  isAvailable(asked: Asked): boolean {
    const { target } = asked;
    if (isShared(asked) && !this.#isOverForAll(target)) return false;
    const keys = [fullName(target), target.upstream].filter((key) => this.#until.has(key));
    const now = this.#clock.elapsed();
    if (keys.some((key) => now < (this.#until.get(key) ?? 0))) return false;
    for (const key of keys) this.#until.set(key, now + openMs);
    return true;
  }

  /** Whether no session knows a wall. After its end this session asks, and the others wait for its result. */
  #isOverForAll(target: Target): boolean {
    const name = fullName(target);
    const until = this.#shared.until(name);
    const now = this.#clock.now();
    // A time further away than any wall is trusted was written with another clock.
    if (until === undefined || until > now + maxTrustMs) return true;
    if (now < until) return false;
    this.#shared.set(name, now + openMs);
    return true;
  }

  /** The plan is not used up any more. */
  limitIsOver(asked: Asked): void {
    if (isShared(asked)) this.#shared.clear(fullName(asked.target));
  }

  succeeded(asked: Asked): void {
    const { target } = asked;
    this.limitIsOver(asked);
    this.#until.delete(fullName(target));
    this.#until.delete(target.upstream);
    this.#failures.delete(target.upstream);
  }

  /** @param kind `wall`: the upstream takes no more requests for the model; `failure`: it does not answer as it should. */
  failed(asked: Asked, kind: 'wall' | 'failure', { code, retryAfterSec }: CcpError): void {
    const { target } = asked;
    const now = this.#clock.elapsed();
    if (kind === 'wall') {
      const waitMs = retryAfterSec === undefined ? openMs : retryAfterSec * 1_000;
      const trustedMs = Math.min(waitMs, maxTrustMs);
      // A rate limit is no part of a plan's quota, which could not tell when it is over.
      if (isShared(asked) && code === 'plan_limit') this.#shared.set(fullName(target), this.#clock.now() + trustedMs);
      else this.#until.set(fullName(target), now + trustedMs);
      return;
    }
    const { upstream } = target;
    const failures = [...(this.#failures.get(upstream) ?? []).filter((at) => now - at < failureWindowMs), now];
    this.#failures.set(upstream, failures);
    if (failures.length >= maxFailures || this.#until.has(upstream)) this.#until.set(upstream, now + openMs);
  }
}
