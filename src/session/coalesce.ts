/** A bounded queue of events for a reader that may stall: `progress` goes first, and only the newest per request stays. */
import type { SessionEvent } from './events.ts';

export const queueLimit = 2_000;

export class EventQueue {
  #events: SessionEvent[] = [];
  /** Events that had to be dropped although they were not `progress`. */
  dropped = 0;

  push(event: SessionEvent): void {
    if (event.type === 'progress') {
      const at = this.#events.findIndex((queued) => queued.type === 'progress' && queued.id === event.id);
      if (at >= 0) this.#events.splice(at, 1);
    }
    this.#events.push(event);
    if (this.#events.length <= queueLimit) return;
    const victim = this.#events.findIndex((queued) => queued.type === 'progress' || queued.type === 'ping');
    this.#events.splice(Math.max(0, victim), 1);
    if (victim < 0) this.dropped += 1;
  }

  get size(): number {
    return this.#events.length;
  }

  takeAll(): SessionEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
