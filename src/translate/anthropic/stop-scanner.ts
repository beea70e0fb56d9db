/**
 * Enforces `stop_sequences` for upstreams that have none: holds back as many characters as could still become a stop
 * sequence, and cuts at the earliest one.
 */
export class StopScanner {
  readonly #sequences: readonly string[];
  readonly #keep: number;
  #held = '';
  #hit: string | undefined;

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences.filter((sequence) => sequence !== '');
    this.#keep = Math.max(0, ...this.#sequences.map((sequence) => sequence.length - 1));
  }

  /** The sequence that ended the text; nothing more is let through after it. */
  get hit(): string | undefined {
    return this.#hit;
  }

  /** Text that may go out now. */
  push(text: string): string {
    if (this.#hit !== undefined) return '';
    if (this.#sequences.length === 0) return text;
    this.#held += text;
    const found = this.#earliest();
    if (found !== undefined) {
      const out = this.#held.slice(0, found.at);
      this.#hit = found.sequence;
      this.#held = '';
      return out;
    }
    const safe = Math.max(0, this.#held.length - this.#keep);
    const out = this.#held.slice(0, safe);
    this.#held = this.#held.slice(safe);
    return out;
  }

  /** What is left when the text ends. */
  flush(): string {
    const out = this.#held;
    this.#held = '';
    return out;
  }

  #earliest(): { at: number; sequence: string } | undefined {
    let best: { at: number; sequence: string } | undefined;
    for (const sequence of this.#sequences) {
      const at = this.#held.indexOf(sequence);
      if (at >= 0 && (best === undefined || at < best.at)) best = { at, sequence };
    }
    return best;
  }
}
