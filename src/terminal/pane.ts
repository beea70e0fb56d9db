/** A rectangle of the outer terminal that shows an emulator, and the cells last painted in it. */
import { type CellLine, Emulator, type EmulatorOptions, wordsPerCell } from './emulator.ts';
import type { ScrollView } from './scroll-view.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
}

/** A value that no cell has; it forces a repaint. */
export const neverPainted = 0xffffffff;

export class Pane {
  readonly emulator: Emulator;
  x: number;
  y: number;
  /**
   * Hidden emulator rows below the rectangle: Ink ends a frame with a line feed, which must not scroll the visible
   * rows.
   */
  readonly #hidden: number;
  /** Cell words last painted, in row order. */
  shown: Uint32Array;
  /** The same memory as bytes, to compare whole rows. */
  shownBytes: Buffer;
  /** Per row, a fingerprint of the combined texts and extended attributes, which the cell words do not contain. */
  extras: string[];
  /** Shown instead of the screen while the history is open. */
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

  /** All rows while the history is open: the emulator's changed rows refer to the screen. */
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

  /** Forces a repaint of all cells. */
  invalidate(): void {
    this.shown = new Uint32Array(this.cols * this.rows * wordsPerCell).fill(neverPainted);
    this.shownBytes = Buffer.from(this.shown.buffer);
    this.extras = new Array<string>(this.rows).fill('');
    this.emulator.touch(0, this.rows - 1);
  }

  /** Forces a repaint of the cells in a rectangle of the outer terminal. */
  invalidateRect(rect: Rect): void {
    const from = Math.max(0, rect.x - this.x - 1);
    const to = Math.min(this.cols, rect.x + rect.cols - this.x + 1);
    this.emulator.touch(rect.y - this.y, rect.y + rect.rows - this.y);
    for (let row = Math.max(0, rect.y - this.y); row < Math.min(this.rows, rect.y + rect.rows - this.y); row++) {
      const start = row * this.cols;
      if (to > from) this.shown.fill(neverPainted, (start + from) * wordsPerCell, (start + to) * wordsPerCell);
    }
  }
}
