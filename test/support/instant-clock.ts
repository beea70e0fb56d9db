import type { Clock } from '../../src/ports/clock.ts';

/** A clock whose timers fire at once, in order, and move the time by their delay. It records the delays. */
export class InstantClock implements Clock {
  readonly waits: number[] = [];
  #now = Date.UTC(2026, 10, 20, 12);

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    this.waits.push(ms);
    let isCancelled = false;
    queueMicrotask(() => {
      if (isCancelled) return;
      this.#now += ms;
      call();
    });
    return () => {
      isCancelled = true;
    };
  }
}
