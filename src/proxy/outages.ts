/**
 * Models that cannot answer at present, so that a request with a fallback need not ask them first: a wall (a plan's limit,
 * a rate limit) until its reset, and an upstream that keeps failing. Neither is trusted for long: limits are reset early,
 * and a service returns. The way back needs no user.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Target } from '../models/find.ts';
import type { Clock } from '../ports/clock.ts';
import { fullName } from './session/route-state.ts';

/** After this time the model is asked again, whatever its upstream said about the reset. */
const maxTrustMs = 10 * 60_000;
/** An upstream that failed this often in this time is left alone for a while. */
const maxFailures = 3;
const failureWindowMs = 60_000;
const openMs = 30_000;

export class Outages {
  readonly #clock: Clock;
  /** The clock's `elapsed` until which a model (`UPSTREAM/MODEL`) or an upstream is not asked first. */
  readonly #until = new Map<string, number>();
  /** The newest failures by upstream. */
  readonly #failures = new Map<string, readonly number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the model may be asked. After an outage one request asks it, and the others wait for its result. */
  isAvailable(target: Target): boolean {
    const keys = [fullName(target), target.upstream].filter((key) => this.#until.has(key));
    const now = this.#clock.elapsed();
    if (keys.some((key) => now < (this.#until.get(key) ?? 0))) return false;
    for (const key of keys) this.#until.set(key, now + openMs);
    return true;
  }

  succeeded(target: Target): void {
    this.#until.delete(fullName(target));
    this.#until.delete(target.upstream);
    this.#failures.delete(target.upstream);
  }

  /** @param kind `wall`: the upstream takes no more requests for the model; `failure`: it does not answer as it should. */
  failed(target: Target, kind: 'wall' | 'failure', { retryAfterSec }: CcpError): void {
    const now = this.#clock.elapsed();
    if (kind === 'wall') {
      const waitMs = retryAfterSec === undefined ? openMs : retryAfterSec * 1_000;
      this.#until.set(fullName(target), now + Math.min(waitMs, maxTrustMs));
      return;
    }
    const { upstream } = target;
    const failures = [...(this.#failures.get(upstream) ?? []).filter((at) => now - at < failureWindowMs), now];
    this.#failures.set(upstream, failures);
    if (failures.length >= maxFailures || this.#until.has(upstream)) this.#until.set(upstream, now + openMs);
  }
}
