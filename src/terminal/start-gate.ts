/**
 * The start of the screen. The child's output is held back until the outer terminal is identified, because queries of
 * the child are answered with what it can do. A first frame stays until the child has output.
 */

/** Painting starts after this time even if the terminal does not answer the queries. */
const identifyMs = 200;
/** The first frame is replaced after this time even if the child has no output. */
const firstFrameMs = 3_000;

export class StartGate {
  readonly #onOpen: (held: readonly Uint8Array[]) => void;
  readonly #held: Uint8Array[] = [];
  #isOpen = false;
  #isIdentified = false;
  #waitsForOutput = false;

  /** @param onOpen painting starts; receives the output that was held back. */
  constructor(onOpen: (held: readonly Uint8Array[]) => void) {
    this.#onOpen = onOpen;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The terminal was queried. @param hasFirstFrame it stays until the child has output. */
  begin(hasFirstFrame: boolean): void {
    this.#waitsForOutput = hasFirstFrame;
    setTimeout(() => this.identified(), identifyMs);
    setTimeout(() => this.open(), firstFrameMs);
  }

  /** The capabilities of the terminal are known, or were not reported in time. */
  identified(): void {
    this.#isIdentified = true;
    if (!this.#waitsForOutput || this.#held.length > 0) this.open();
  }

  /** Output of the child before the start. */
  hold(data: Uint8Array): void {
    this.#held.push(data);
    if (this.#isIdentified) this.open();
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#onOpen(this.#held.splice(0));
  }
}
