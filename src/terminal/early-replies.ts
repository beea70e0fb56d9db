/**
 * Answers to the queries of a child that has just started. A program writes its first queries before it switches its
 * terminal to raw mode; an answer that arrives in between is echoed into its screen, and is read as a line.
 */

/** The child switches to raw mode within this time after its first query, also on a busy machine. */
const delayMs = 60;
/** Answers are delayed for this time after the first query. */
const startMs = 1_000;

export class EarlyReplies {
  readonly #write: (text: string) => void;
  #firstAt: number | undefined;
  #pending = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  reply(text: string): void {
    const now = performance.now();
    this.#firstAt ??= now;
    if (this.#pending === '' && now - this.#firstAt > startMs) return this.#write(text);
    // Answers keep their order: later ones wait for those before them.
    if (this.#pending === '') setTimeout(() => this.#flush(), delayMs);
    this.#pending += text;
  }

  #flush(): void {
    const text = this.#pending;
    this.#pending = '';
    this.#write(text);
  }
}
