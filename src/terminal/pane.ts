/** A rectangle of the outer terminal that shows an emulator, and what it shows there now. */
import { type CellLine, Emulator, type EmulatorOptions, wordsPerCell } from './emulator.ts';
import type { ScrollView } from './scroll-view.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
}

/** No cell looks like this: forces a repaint. */
const unknown = 0xffffffff;

export class Pane {
  readonly emulator: Emulator;
  x: number;
  y: number;
  /** Rows of the emulator below the rectangle: Ink ends its frames with a line feed, which must not scroll them. */
  readonly #hidden: number;
  /** The words last painted, row by row. */
  shown: Uint32Array;
  /** The same memory, for comparing whole rows. */
  shownBytes: Buffer;
  /** Fingerprints of a row's combined texts and extended attributes, which the words do not hold. */
  extras: string[];
  /** Shown instead of the screen while the history is looked at. */
  view: ScrollView | undefined;

  constructor(
    rect: Rect,
    { hidden = 0, ...options }: Pick<EmulatorOptions, 'scrollback' | 'convertEol'> & { hidden?: number },
  ) {
    this.#hidden = hidden;
    this.emulator = new Emulator({ cols: rect.cols, rows: rect.rows + hidden, ...options });
    this.x = rect.x;
    this.y = rect.y;
    this.shown = new Uint32Array();
    this.shownBytes = Buffer.alloc(0);
    this.extras = [];
    this.invalidate();
  }

  get cols(): number {
    return this.emulator.cols;
  }

  get rows(): number {
    return this.emulator.rows - this.#hidden;
  }

  line(row: number): CellLine | undefined {
    return this.view ? this.view.line(row) : this.emulator.line(row);
  }

  /** The history shows other lines than the emulator says have changed. */
  get rowsToPaint(): { readonly from: number; readonly to: number } {
    if (this.view) return { from: 0, to: this.rows - 1 };
    const { from, to } = this.emulator.dirtyRows;
    return { from, to: Math.min(to, this.rows - 1) };
  }

  place(rect: Rect): void {
    this.x = rect.x;
    this.y = rect.y;
    if (rect.cols !== this.cols || rect.rows !== this.rows) this.emulator.resize(rect.cols, rect.rows + this.#hidden);
    this.invalidate();
  }

  /** Everything is painted anew. */
  invalidate(): void {
    this.shown = new Uint32Array(this.cols * this.rows * wordsPerCell).fill(unknown);
    this.shownBytes = Buffer.from(this.shown.buffer);
    this.extras = new Array<string>(this.rows).fill('');
    this.emulator.touch(0, this.rows - 1);
  }

  /** What lies in a rectangle of the outer terminal is painted anew. */
  invalidateRect(rect: Rect): void {
    const from = Math.max(0, rect.x - this.x - 1);
    const to = Math.min(this.cols, rect.x + rect.cols - this.x + 1);
    this.emulator.touch(rect.y - this.y, rect.y + rect.rows - this.y);
    for (let row = Math.max(0, rect.y - this.y); row < Math.min(this.rows, rect.y + rect.rows - this.y); row++) {
      const start = row * this.cols;
      if (to > from) this.shown.fill(unknown, (start + from) * wordsPerCell, (start + to) * wordsPerCell);
    }
  }
}
