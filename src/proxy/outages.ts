/**
 * Upstreams that cannot answer at present, so that a request with a fallback need not ask them first: a wall (a plan's
 * limit, a rate limit) until its reset, and an upstream that keeps failing. Neither is trusted for long: limits are
 * reset early, and a service returns. The way back needs no user.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';

/** After this time the upstream is asked again, whatever it said about its reset. */
const maxTrustMs = 10 * 60_000;
/** An upstream that failed this often in this time is left alone for a while. */
const maxFailures = 3;
const failureWindowMs = 60_000;
const openMs = 30_000;

interface Outage {
  /** The clock's `elapsed` until which the upstream is not asked first. */
  readonly until: number;
  readonly failures: readonly number[];
}

export class Outages {
  readonly #clock: Clock;
  readonly #outages = new Map<string, Outage>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the upstream may be asked. After an outage one request asks it, and the others wait for its result. */
  isAvailable(upstream: string): boolean {
    const outage = this.#outages.get(upstream);
    if (outage === undefined) return true;
    const now = this.#clock.elapsed();
    if (now < outage.until) return false;
    if (outage.until > 0) this.#outages.set(upstream, { ...outage, until: now + openMs });
    return true;
  }

  succeeded(upstream: string): void {
    this.#outages.delete(upstream);
  }

  /** @param kind `wall`: the upstream said that it takes no more requests; `failure`: it did not answer as it should. */
  failed(upstream: string, kind: 'wall' | 'failure', { retryAfterSec }: CcpError): void {
    const now = this.#clock.elapsed();
    if (kind === 'wall') {
      const waitMs = retryAfterSec === undefined ? openMs : retryAfterSec * 1_000;
      this.#outages.set(upstream, { until: now + Math.min(waitMs, maxTrustMs), failures: [] });
      return;
    }
    const before = this.#outages.get(upstream);
    const failures = [...(before?.failures ?? []).filter((at) => now - at < failureWindowMs), now];
    const isOpen = failures.length >= maxFailures || (before?.until ?? 0) > now;
    this.#outages.set(upstream, { until: isOpen ? now + openMs : 0, failures });
  }
}
