/**
 * The two clocks of one request. Towards Claude Code: headers after one ping interval at the latest, then a ping per
 * interval of silence and a real event per two minutes. Towards the upstream: a limit on the time without data.
 */
import type { Clock } from '../ports/clock.ts';

/** Clients up to 2.1.221 give up after 300 s without a real event; pings do not count for them. */
const realEventEveryMs = 120_000;

/** Calls `due` once `limitMs` passed since the last `touch`; touching is cheap, no timer is reset. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #due: () => void;
  #last: number;
  #paused = false;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, limitMs: number, due: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#due = due;
    this.#last = clock.elapsed();
    this.#arm(limitMs);
  }

  touch(): void {
    this.#last = this.#clock.elapsed();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.touch();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      const left = this.#last + this.#limitMs - this.#clock.elapsed();
      if (left > 0) return this.#arm(left);
      this.#last = this.#clock.elapsed();
      this.#arm(this.#limitMs);
      if (!this.#paused) this.#due();
    });
  }
}

export interface KeepaliveActions {
  /** Nothing was sent for one ping interval. */
  ping(): void;
  /** Only pings were sent for two minutes. */
  realEvent(): void;
}

export class Keepalive {
  readonly #silence: Watchdog;
  readonly #pingsOnly: Watchdog;

  constructor(clock: Clock, pingIntervalMs: number, actions: KeepaliveActions) {
    this.#silence = new Watchdog(clock, pingIntervalMs, () => actions.ping());
    this.#pingsOnly = new Watchdog(clock, realEventEveryMs, () => actions.realEvent());
  }

  /** A real event went out. */
  sent(): void {
    this.#silence.touch();
    this.#pingsOnly.touch();
  }

  stop(): void {
    this.#silence.stop();
    this.#pingsOnly.stop();
  }
}
