/** Separates a leading `<think>…</think>` from the text: local models send their thinking this way. */

const openTag = '<think>';
const closeTag = '</think>';

export interface Split {
  readonly thinking: string;
  readonly text: string;
}

export class ThinkingMarks {
  #state: 'undecided' | 'thinking' | 'text' = 'undecided';
  #buffer = '';

  /** Splits the text received so far. A tag may be split between pieces, so a possible tag is buffered. */
  push(piece: string): Split {
    if (this.#state === 'text') return { thinking: '', text: piece };
    this.#buffer += piece;
    if (this.#state === 'undecided') {
      const trimmed = this.#buffer.trimStart();
      if (openTag.startsWith(trimmed)) return { thinking: '', text: '' };
      if (!trimmed.startsWith(openTag)) return this.#flushAsText();
      this.#state = 'thinking';
      this.#buffer = trimmed.slice(openTag.length);
    }
    const end = this.#buffer.indexOf(closeTag);
    if (end >= 0) {
      const thinking = this.#buffer.slice(0, end);
      const text = this.#buffer.slice(end + closeTag.length).trimStart();
      this.#state = 'text';
      this.#buffer = '';
      return { thinking, text };
    }
    const safeLength = Math.max(0, this.#buffer.length - closeTag.length + 1);
    const thinking = this.#buffer.slice(0, safeLength);
    this.#buffer = this.#buffer.slice(safeLength);
    return { thinking, text: '' };
  }

  /** Ends the text. The buffer is returned as thinking inside an unclosed tag, otherwise as text. */
  flush(): Split {
    const rest = this.#buffer;
    this.#buffer = '';
    return this.#state === 'thinking' ? { thinking: rest, text: '' } : { thinking: '', text: rest };
  }

  #flushAsText(): Split {
    this.#state = 'text';
    const text = this.#buffer;
    this.#buffer = '';
    return { thinking: '', text };
  }
}
