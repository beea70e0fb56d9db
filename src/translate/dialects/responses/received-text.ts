/** The text of one part as received in deltas, kept to verify the final text. */

/** Of a longer text only the beginning is verified. */
const maxKept = 4 * 1024 * 1024;

export class ReceivedText {
  #pieces: string[] = [];
  #kept = 0;
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(text: string): void {
    this.#length += text.length;
    if (this.#kept + text.length > maxKept) return;
    this.#pieces.push(text);
    this.#kept += text.length;
  }

  /**
   * What the deltas lack of the final text. White space at the ends may differ.
   * @returns undefined if the final text is another one.
   */
  restOf(text: string): string | undefined {
    const kept = this.#text;
    if (text.startsWith(kept)) return text.slice(this.#length);
    return kept.trim() === text.trim() || kept.startsWith(text) ? '' : undefined;
  }

  /** Whether the text begins with this one, apart from white space. */
  isStartOf(text: string): boolean {
    const kept = withoutSpace(this.#text);
    return withoutSpace(text).startsWith(kept);
  }

  get #text(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join('')];
    return this.#pieces[0] ?? '';
  }
}

const withoutSpace = (text: string): string => text.replace(/\s/g, '');
