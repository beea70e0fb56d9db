/**
 * The timers of one request. Towards Claude Code: headers after one ping interval at the latest, then a ping for each
 * interval of silence and a real event every two minutes. Towards the upstream: a limit on the time without data.
 */
import type { Clock } from '../ports/clock.ts';

/** Clients up to 2.1.221 time out after 300 s without a real event; pings do not reset that timeout. */
const realEventEveryMs = 120_000;

/** Calls `onTimeout` when `limitMs` passed since the last `touch`. A touch is cheap: it does not reset the timer. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onTimeout: () => void;
  #lastTouchAt: number;
  #isPaused = false;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, limitMs: number, onTimeout: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onTimeout = onTimeout;
    this.#lastTouchAt = clock.elapsed();
    this.#schedule(limitMs);
  }

  touch(): void {
    this.#lastTouchAt = this.#clock.elapsed();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.touch();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      const remainingMs = this.#lastTouchAt + this.#limitMs - this.#clock.elapsed();
      if (remainingMs > 0) return this.#schedule(remainingMs);
      this.#lastTouchAt = this.#clock.elapsed();
      this.#schedule(this.#limitMs);
      if (!this.#isPaused) this.#onTimeout();
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
  readonly #pingTimer: Watchdog;
  readonly #realEventTimer: Watchdog;

  constructor(clock: Clock, pingIntervalMs: number, actions: KeepaliveActions) {
    this.#pingTimer = new Watchdog(clock, pingIntervalMs, () => actions.ping());
    this.#realEventTimer = new Watchdog(clock, realEventEveryMs, () => actions.realEvent());
  }

  /** Records that a real event was sent. */
  onEventSent(): void {
    this.#pingTimer.touch();
    this.#realEventTimer.touch();
  }

  stop(): void {
    this.#pingTimer.stop();
    this.#realEventTimer.stop();
  }
}
