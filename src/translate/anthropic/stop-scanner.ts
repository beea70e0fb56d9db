import type { Outputs } from '../output.ts';

/**
 * Enforces `stop_sequences` for upstreams that do not support them: holds back the characters that could be the start
 * of a stop sequence, and ends the text at the earliest one.
 */
export class StopScanner {
  readonly #sequences: readonly string[];
  readonly #maxHeldLength: number;
  #heldText = '';
  #hit: string | undefined;

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences.filter((sequence) => sequence !== '');
    this.#maxHeldLength = Math.max(0, ...this.#sequences.map((sequence) => sequence.length - 1));
  }

  /** The sequence that ended the text. Text after it is discarded. */
  get hit(): string | undefined {
    return this.#hit;
  }

  /** Returns the text that can be sent now. */
  push(text: string): string {
    if (this.#hit !== undefined) return '';
    if (this.#sequences.length === 0) return text;
    this.#heldText += text;
    const match = this.#earliest();
    if (match !== undefined) {
      const out = this.#heldText.slice(0, match.at);
      this.#hit = match.sequence;
      this.#heldText = '';
      return out;
    }
    const safe = Math.max(0, this.#heldText.length - this.#maxHeldLength);
    const out = this.#heldText.slice(0, safe);
    this.#heldText = this.#heldText.slice(safe);
    return out;
  }

  /** Returns the remaining text at the end of the input. */
  flush(): string {
    const out = this.#heldText;
    this.#heldText = '';
    return out;
  }

  #earliest(): { at: number; sequence: string } | undefined {
    let best: { at: number; sequence: string } | undefined;
    for (const sequence of this.#sequences) {
      const at = this.#heldText.indexOf(sequence);
      if (at >= 0 && (best === undefined || at < best.at)) best = { at, sequence };
    }
    return best;
  }
}

/** Writes the text of one answer up to the first stop sequence. */
export class StoppedText {
  readonly #scanner: StopScanner;
  readonly #outputs: Outputs;

  constructor(sequences: readonly string[], outputs: Outputs) {
    this.#scanner = new StopScanner(sequences);
    this.#outputs = outputs;
  }

  /** The sequence that ended the text. Text after it is discarded. */
  get stopSequence(): string | undefined {
    return this.#scanner.hit;
  }

  write(text: string): void {
    const unmatched = this.#scanner.push(text);
    if (unmatched !== '') this.#outputs.text(unmatched);
  }

  /** Writes what was held back as the possible start of a stop sequence. */
  end(): void {
    const rest = this.stopSequence === undefined ? this.#scanner.flush() : '';
    if (rest !== '') this.#outputs.text(rest);
  }
}
