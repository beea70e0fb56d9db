/** The text of one part as received in deltas, kept to verify the final text. */

/** Of a longer text only the beginning is verified. */
const maxKept = 4 * 1024 * 1024;

export class ReceivedText {
  #pieces: string[] = [];
  #kept = 0;
  #length = 0;
  #isFull = false;
  /** Number of characters after the kept ones that are not white space. */
  #visibleAfter = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(text: string): void {
    // Only a contiguous beginning can be compared.
    this.#isFull ||= this.#kept + text.length > maxKept;
    this.#length += text.length;
    if (this.#isFull) {
      this.#visibleAfter += withoutSpace(text).length;
      return;
    }
    this.#pieces.push(text);
    this.#kept += text.length;
  }

  /**
   * What the deltas lack of the final text. White space may differ.
   * @returns undefined if the final text is another one.
   */
  restOf(text: string): string | undefined {
    const kept = this.text;
    if (text.startsWith(kept)) return text.slice(this.#length);
    const [received, final] = [withoutSpace(kept), withoutSpace(text)];
    if (received.startsWith(final)) return '';
    return final.startsWith(received) ? afterVisible(text, received.length + this.#visibleAfter) : undefined;
  }

  /** Whether the text begins with this one, apart from white space. */
  isStartOf(text: string): boolean {
    return withoutSpace(text).startsWith(withoutSpace(this.text));
  }

  /** The text received so far, or the beginning of a long one. */
  get text(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join('')];
    return this.#pieces[0] ?? '';
  }
}

export const withoutSpace = (text: string): string => text.replace(/\s/g, '');

/** The text after so many characters that are not white space. */
function afterVisible(text: string, count: number): string {
  let at = 0;
  for (let seen = 0; seen < count && at < text.length; at++) if (!/\s/.test(text.charAt(at))) seen += 1;
  return text.slice(at);
}
