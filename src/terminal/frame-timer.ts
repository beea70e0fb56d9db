/**
 * When to paint: at once while a key's echo is awaited, at most sixty times a second otherwise, and not in the middle of
 * the child's own synchronised update.
 */

const frameMs = 1000 / 60;
/** This long after a key its echo is awaited. */
const echoMs = 80;
/** A synchronised update that never ends must not freeze the screen. */
const synchroniseLimitMs = 100;

export class FrameTimer {
  readonly #paint: () => void;
  readonly #isSynchronising: () => boolean;
  #stopped = true;
  #immediate = false;
  #timer: NodeJS.Timeout | undefined;
  #lastFrame = 0;
  #lastKey = Number.NEGATIVE_INFINITY;
  #synchronisingSince: number | undefined;

  constructor(paint: () => void, isSynchronising: () => boolean) {
    this.#paint = paint;
    this.#isSynchronising = isSynchronising;
  }

  /** Nothing is painted before this, and after `stop`. */
  start(): void {
    this.#stopped = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  keyPressed(): void {
    this.#lastKey = performance.now();
  }

  get awaitsEcho(): boolean {
    return performance.now() - this.#lastKey < echoMs;
  }

  /** Something changed. */
  request(): void {
    if (this.#immediate || this.#stopped) return;
    const due = this.awaitsEcho ? 0 : this.#lastFrame + frameMs - performance.now();
    if (due <= 0) {
      this.#immediate = true;
      setImmediate(() => this.now());
    } else this.#timer ??= setTimeout(() => this.now(), due);
  }

  /** Paints in this call, unless the child is in the middle of an update. */
  now(): void {
    this.#immediate = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#stopped) return;
    const now = performance.now();
    if (this.#holds(now)) return;
    this.#lastFrame = now;
    this.#paint();
  }

  #holds(now: number): boolean {
    if (!this.#isSynchronising()) {
      this.#synchronisingSince = undefined;
      return false;
    }
    this.#synchronisingSince ??= now;
    const left = this.#synchronisingSince + synchroniseLimitMs - now;
    if (left <= 0) return false;
    this.#timer = setTimeout(() => this.now(), left);
    return true;
  }
}
