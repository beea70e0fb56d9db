/** Splits `<think>…</think>` at the beginning of a text from the text itself: local models write their thinking so. */

const open = '<think>';
const close = '</think>';

export interface Split {
  readonly thinking: string;
  readonly text: string;
}

export class ThinkingMarks {
  #state: 'undecided' | 'thinking' | 'text' = 'undecided';
  #held = '';

  /** What of the text so far is which; a mark may come in pieces, so some is held back. */
  push(piece: string): Split {
    if (this.#state === 'text') return { thinking: '', text: piece };
    this.#held += piece;
    if (this.#state === 'undecided') {
      const begun = this.#held.trimStart();
      if (open.startsWith(begun)) return { thinking: '', text: '' };
      if (!begun.startsWith(open)) return this.#rest();
      this.#state = 'thinking';
      this.#held = begun.slice(open.length);
    }
    const end = this.#held.indexOf(close);
    if (end >= 0) {
      const thinking = this.#held.slice(0, end);
      const text = this.#held.slice(end + close.length).trimStart();
      this.#state = 'text';
      this.#held = '';
      return { thinking, text };
    }
    const safe = Math.max(0, this.#held.length - close.length + 1);
    const thinking = this.#held.slice(0, safe);
    this.#held = this.#held.slice(safe);
    return { thinking, text: '' };
  }

  /** The text is over: what was held is what it looks like. */
  flush(): Split {
    const held = this.#held;
    this.#held = '';
    return this.#state === 'thinking' ? { thinking: held, text: '' } : { thinking: '', text: held };
  }

  #rest(): Split {
    this.#state = 'text';
    const text = this.#held;
    this.#held = '';
    return { thinking: '', text };
  }
}
