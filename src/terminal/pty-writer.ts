/**
 * Writes to a PTY without ever waiting for it. The package's own stream spins inside one write while the program does
 * not read; and a program that cannot read because its own output is not taken never will: both would stand still.
 */
import { writeSync } from 'node:fs';

/** The kernel takes about 4 kB at a time; more is tried when the program may have read some. */
const retryMs = 1;

export class PtyWriter {
  readonly #fd: number;
  readonly #queue: Buffer[] = [];
  #waiting = false;
  #closed = false;

  /** @param fd the PTY's master side, non-blocking. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  write(data: Buffer): void {
    if (this.#closed || data.length === 0) return;
    this.#queue.push(data);
    if (!this.#waiting) this.#drain();
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
  }

  #drain(): void {
    this.#waiting = false;
    for (let data = this.#queue[0]; data !== undefined && !this.#closed; data = this.#queue[0]) {
      const written = this.#tryWrite(data);
      if (written === data.length) this.#queue.shift();
      else {
        this.#queue[0] = data.subarray(written);
        this.#waiting = true;
        setTimeout(() => this.#drain(), retryMs);
        return;
      }
    }
  }

  /** @returns the bytes taken; 0 when the PTY is full. */
  #tryWrite(data: Buffer): number {
    try {
      return writeSync(this.#fd, data);
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return 0;
      // The other side is gone; its exit is reported elsewhere.
      this.close();
      return data.length;
    }
  }
}
