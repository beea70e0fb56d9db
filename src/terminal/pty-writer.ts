/**
 * Writes to a PTY without blocking. The PTY package's own stream loops inside one write until the program reads. If the
 * program waits for its output to be read before it reads its input, both processes would deadlock.
 */
import { writeSync } from 'node:fs';

/** The kernel accepts about 4 kB at a time; the rest is retried at this interval. */
const retryMs = 1;

export class PtyWriter {
  readonly #fd: number;
  readonly #queue: Buffer[] = [];
  #isWaiting = false;
  #isClosed = false;

  /** @param fd the PTY's master side, in non-blocking mode. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  write(data: Buffer): void {
    if (this.#isClosed || data.length === 0) return;
    this.#queue.push(data);
    if (!this.#isWaiting) this.#drain();
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
  }

  #drain(): void {
    this.#isWaiting = false;
    for (let data = this.#queue[0]; data !== undefined && !this.#isClosed; data = this.#queue[0]) {
      const written = this.#tryWrite(data);
      if (written === data.length) this.#queue.shift();
      else {
        this.#queue[0] = data.subarray(written);
        this.#isWaiting = true;
        setTimeout(() => this.#drain(), retryMs);
        return;
      }
    }
  }

  /** @returns the number of bytes written; 0 if the PTY's buffer is full. */
  #tryWrite(data: Buffer): number {
    try {
      return writeSync(this.#fd, data);
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return 0;
      // The slave side is closed; the exit is reported by `onExit`.
      this.close();
      return data.length;
    }
  }
}
