/**
 * Keeps what is typed until the child listens. Before that, the child's terminal would echo it into the screen that the
 * child is about to draw.
 */

/** Input is passed on after this time even if the child never said that it listens. */
const maxHoldMs = 3_000;
const interruptKey = 0x03;

export class TypeAhead {
  readonly #write: (data: string | Buffer) => void;
  #held: Buffer[] | undefined;

  constructor(write: (data: string | Buffer) => void) {
    this.#write = write;
  }

  /** Begins to hold. */
  hold(): void {
    this.#held = [];
    setTimeout(() => this.release(), maxHoldMs).unref();
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** The child listens, or is not waited for any longer. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const data of held) this.#write(data);
  }

  write(data: Buffer): void {
    if (this.#held === undefined) return this.#write(data);
    this.#held.push(data);
    // Ctrl+C ends a child that does not get as far.
    if (data.includes(interruptKey)) this.release();
  }
}
