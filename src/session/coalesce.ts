/**
 * A bounded event queue for a reader that may stall. If it is full, `progress` and `ping` events are dropped first. Of
 * `progress` events only the newest per request is kept.
 */
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
    const droppedIndex = this.#events.findIndex((queued) => queued.type === 'progress' || queued.type === 'ping');
    this.#events.splice(Math.max(0, droppedIndex), 1);
    if (droppedIndex < 0) this.dropped += 1;
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
