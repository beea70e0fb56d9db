/**
 * A clock for flows over real sockets: a short wait is over at once and time jumps by it, as if it had been waited out;
 * a long one (a deadline) stays a deadline.
 */
import type { Clock } from '../../src/ports/clock.ts';

const longestSkippedMs = 30_000;

export class SwiftClock implements Clock {
  #skippedMs = 0;

  now(): number {
    return Date.now() + this.#skippedMs;
  }

  elapsed(): number {
    return performance.now() + this.#skippedMs;
  }

  after(ms: number, call: () => void): () => void {
    if (ms > longestSkippedMs) {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    }
    const immediate = setImmediate(() => {
      this.#skippedMs += ms;
      call();
    });
    return () => clearImmediate(immediate);
  }
}
