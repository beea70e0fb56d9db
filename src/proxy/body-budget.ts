/**
 * Limits the memory of the request bodies that are handled at the same time. A large body is held several times: as
 * text, parsed, and translated. Small bodies are never delayed.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';

const [smallBytes, totalBytes] = [256 * 1024, 160 * 1024 * 1024];
const maxWaiting = 256;
/** Shorter than the time after which a client must have received something (integrity rule 5). */
const maxWaitMs = 8_000;
const retryAfterSec = 5;

interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
}

export interface Reservation {
  /** The body was read, and has this length. */
  resize(bytes: number): void;
  /** Called once when the body is no longer needed. */
  release(): void;
}

export class BodyBudget {
  readonly #clock: Clock;
  #usedBytes = 0;
  readonly #queue: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Waits, in the order of the requests, until a body of this length can be read.
   * @throws CcpError `rate_limited` when that takes too long.
   */
  async reserve(bytes: number): Promise<Reservation> {
    if (bytes <= smallBytes) return { resize: () => {}, release: () => {} };
    if (this.#queue.length > 0 || !this.#fits(bytes)) await this.#wait(bytes);
    else this.#usedBytes += bytes;
    let reserved = bytes;
    const resize = (size: number) => {
      this.#usedBytes += size - reserved;
      reserved = size;
      this.#admitWaiting();
    };
    return { resize, release: () => resize(0) };
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= totalBytes;
  }

  #wait(bytes: number): Promise<void> {
    if (this.#queue.length >= maxWaiting) throw tooMany();
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        bytes,
        admit: () => {
          cancel();
          this.#usedBytes += bytes;
          resolve();
        },
      };
      const cancel = this.#clock.after(maxWaitMs, () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(tooMany());
        this.#admitWaiting();
      });
      this.#queue.push(waiting);
    });
  }

  #admitWaiting(): void {
    for (let [next] = this.#queue; next !== undefined && this.#fits(next.bytes); [next] = this.#queue) {
      this.#queue.shift();
      next.admit();
    }
  }
}

const tooMany = (): CcpError =>
  new CcpError('rate_limited', 'ccp is handling too many large requests at the same time.', { retryAfterSec });
