/**
 * Feeds output of the child to its emulator in slices, so that output that is expensive to parse never keeps the event
 * loop for long: keys, frames and signals are handled between the slices.
 */
import type { ReadFlow } from './quick-read.ts';

/** The most expensive sequences take about 0.2 ms for two bytes: a piece takes 25 ms at most. */
const pieceBytes = 256;
const sliceMs = 8;
/** Reading stops above the first number of waiting bytes and continues below the second. */
const [pauseBytes, resumeBytes] = [1024 * 1024, 256 * 1024];

export class SlicedFeed {
  readonly #feed: (piece: Uint8Array) => void;
  readonly #fed: () => void;
  #flow: ReadFlow | undefined;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #isScheduled = false;

  /**
   * @param feed parses a piece of output.
   * @param fed called after each slice of output that had to wait.
   */
  constructor(feed: (piece: Uint8Array) => void, fed: () => void) {
    this.#feed = feed;
    this.#fed = fed;
  }

  /** @param flow stops the source while too much output is waiting. */
  attach(flow: ReadFlow): void {
    this.#flow = flow;
  }

  /** @returns whether all of the data has been parsed; the rest is parsed later. */
  push(data: Uint8Array): boolean {
    if (this.#waitingBytes > 0) {
      this.#add(data);
      return false;
    }
    const rest = this.#parse(data, sliceMs);
    if (rest.length === 0) return true;
    this.#add(rest);
    return false;
  }

  /** Parses what is waiting, for at most `limitMs`. */
  flush(limitMs: number): void {
    const end = performance.now() + limitMs;
    while (this.#waitingBytes > 0 && performance.now() < end) this.#step(end - performance.now());
  }

  #add(data: Uint8Array): void {
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (this.#waitingBytes > pauseBytes && !this.#isPaused) {
      this.#isPaused = true;
      this.#flow?.pause();
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waitingBytes === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#step(sliceMs);
      this.#fed();
      this.#schedule();
    });
  }

  #step(limitMs: number): void {
    const data = this.#waiting.shift();
    if (data === undefined) return;
    const rest = this.#parse(data, limitMs);
    this.#waitingBytes -= data.length - rest.length;
    if (rest.length > 0) this.#waiting.unshift(rest);
    if (this.#isPaused && this.#waitingBytes < resumeBytes) {
      this.#isPaused = false;
      this.#flow?.resume();
    }
  }

  /** @returns what is left after `limitMs`. */
  #parse(data: Uint8Array, limitMs: number): Uint8Array {
    const end = performance.now() + limitMs;
    let at = 0;
    do {
      this.#feed(data.subarray(at, at + pieceBytes));
      at += pieceBytes;
    } while (at < data.length && performance.now() < end);
    return data.subarray(at);
  }
}
