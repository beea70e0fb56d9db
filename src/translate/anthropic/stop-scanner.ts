import type { Outputs } from '../output.ts';

/**
 * Enforces `stop_sequences` for upstreams that do not support them: ends the text at the sequence that starts first, and
 * among those that start there at the longest. The result does not depend on how the text is cut into pieces, so a
 * sequence is only found when no other that started before it, or a longer one that started with it, can still follow.
 */
export class StopScanner {
  readonly #sequences: readonly string[];
  #heldText = '';
  #hit: string | undefined;

  constructor(sequences: readonly string[]) {
    // The longest first, so that the first match at a place is the longest.
    this.#sequences = sequences.filter((sequence) => sequence !== '').sort((a, b) => b.length - a.length);
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
    return this.#scan(false);
  }

  /** Returns the remaining text at the end of the input, which may end at a stop sequence. */
  flush(): string {
    return this.#hit === undefined ? this.#scan(true) : '';
  }

  #scan(isEnd: boolean): string {
    const text = this.#heldText;
    for (let at = 0; at < text.length; at++) {
      const found = this.#sequences.find(
        (sequence) => text.startsWith(sequence, at) || (!isEnd && isPrefixAt(text, at, sequence)),
      );
      if (found === undefined) continue;
      if (text.startsWith(found, at)) {
        this.#hit = found;
        this.#heldText = '';
      } else this.#heldText = text.slice(at);
      return text.slice(0, at);
    }
    this.#heldText = '';
    return text;
  }
}

/** Whether the text ends inside a sequence that starts at this place. */
const isPrefixAt = (text: string, at: number, sequence: string): boolean =>
  text.length - at < sequence.length && sequence.startsWith(text.slice(at));

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
