/**
 * A clock for flows over real sockets. A short timer fires immediately and advances the time by its delay. A long timer
 * (a deadline) runs in real time.
 */
import type { Clock } from '../../src/ports/clock.ts';

const maxSkippedMs = 30_000;

export class SwiftClock implements Clock {
  #skippedMs = 0;

  now(): number {
    return Date.now() + this.#skippedMs;
  }

  elapsed(): number {
    return performance.now() + this.#skippedMs;
  }

  after(ms: number, call: () => void): () => void {
    if (ms > maxSkippedMs) {
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
