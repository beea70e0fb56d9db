/**
 * Schedules paints: immediately while the echo of a key is expected, otherwise at most 60 times per second, and not
 * during a synchronised update of the child.
 */

const frameMs = 1000 / 60;
/** For this time after a key press its echo is expected. */
const echoMs = 80;
/** A synchronised update is painted after this time, so that one that never ends does not freeze the screen. */
const synchroniseLimitMs = 100;

export class FrameTimer {
  readonly #paint: () => void;
  readonly #isSynchronising: () => boolean;
  #isStopped = true;
  #isImmediate = false;
  #timer: NodeJS.Timeout | undefined;
  #lastFrameAt = 0;
  #lastKeyAt = Number.NEGATIVE_INFINITY;
  #synchronisingSince: number | undefined;

  constructor(paint: () => void, isSynchronising: () => boolean) {
    this.#paint = paint;
    this.#isSynchronising = isSynchronising;
  }

  /** Enables painting until `stop`. */
  start(): void {
    this.#isStopped = false;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  keyPressed(): void {
    this.#lastKeyAt = performance.now();
  }

  get awaitsEcho(): boolean {
    return performance.now() - this.#lastKeyAt < echoMs;
  }

  /** Schedules a paint after a change. */
  request(): void {
    if (this.#isImmediate || this.#isStopped) return;
    const due = this.awaitsEcho ? 0 : this.#lastFrameAt + frameMs - performance.now();
    if (due <= 0) {
      this.#isImmediate = true;
      setImmediate(() => this.now());
    } else this.#timer ??= setTimeout(() => this.now(), due);
  }

  /** Paints synchronously, unless a synchronised update of the child is in progress. */
  now(): void {
    this.#isImmediate = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isStopped) return;
    const now = performance.now();
    if (this.#deferPaint(now)) return;
    this.#lastFrameAt = now;
    this.#paint();
  }

  /** @returns true if a synchronised update is in progress; the paint is then rescheduled. */
  #deferPaint(now: number): boolean {
    if (!this.#isSynchronising()) {
      this.#synchronisingSince = undefined;
      return false;
    }
    this.#synchronisingSince ??= now;
    const remainingMs = this.#synchronisingSince + synchroniseLimitMs - now;
    if (remainingMs <= 0) return false;
    this.#timer = setTimeout(() => this.now(), remainingMs);
    return true;
  }
}
