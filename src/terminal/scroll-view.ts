/**
 * The history of a pane, shown while the child keeps running: a position in the buffer, a cursor, a selection and a
 * search. It handles no keys and no bytes: `scroll-keys` maps keys to its methods, and the painter draws the rows that
 * `line` returns.
 */
import { contentMask, foreground } from './cell.ts';
import { type CellLine, type Emulator, wordsPerCell } from './emulator.ts';

export interface Spot {
  /** Line of the buffer; 0 is the oldest. */
  readonly line: number;
  readonly column: number;
}

const singleWidth = 1 << 22;
/** Columns of the first row that the label with its key hints leaves to the text. */
const minFreeCols = 30;

const isBefore = (a: Spot, b: Spot): boolean => a.line < b.line || (a.line === b.line && a.column <= b.column);

export class ScrollView {
  readonly #emulator: Emulator;
  readonly #stopTrim: () => void;
  /** First visible line of the buffer. */
  #top: number;
  #cursor: Spot;
  #anchor: Spot | undefined;
  #term = '';
  #prompt: string | undefined;
  /** The newest search found nothing. */
  #isMissing = false;
  #currentMatch: { readonly line: number; readonly from: number; readonly to: number } | undefined;

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
    this.#top = emulator.historyLines;
    const { x, y } = emulator.cursor;
    this.#cursor = { line: this.#top + y, column: x };
    // Lines trimmed from the history shift the numbers of the remaining lines.
    this.#stopTrim = emulator.onTrim((lines) => this.#shift(-lines));
  }

  dispose(): void {
    this.#stopTrim();
  }

  get isAtBottom(): boolean {
    return this.#top >= this.#emulator.historyLines;
  }

  get isSelecting(): boolean {
    return this.#anchor !== undefined;
  }

  get cursor(): Spot {
    return this.#cursor;
  }

  /** Moves the view; the cursor is kept inside it. */
  scroll(lines: number): void {
    this.#top = Math.max(0, Math.min(this.#emulator.historyLines, this.#top + lines));
    const last = this.#top + this.#emulator.rows - 1;
    this.#cursor = { ...this.#cursor, line: Math.max(this.#top, Math.min(last, this.#cursor.line)) };
  }

  /** Moves the cursor; the view follows. */
  move(lines: number, columns: number): void {
    this.#placeCursor({ line: this.#cursor.line + lines, column: this.#cursor.column + columns });
  }

  toLine(line: number): void {
    this.#placeCursor({ line, column: this.#cursor.column });
  }

  toColumn(column: number): void {
    this.#placeCursor({ line: this.#cursor.line, column });
  }

  get lastLine(): number {
    return this.#emulator.historyLines + this.#emulator.rows - 1;
  }

  /** @param row of the pane, counted from 0. */
  spotAt(row: number, column: number): Spot {
    return { line: this.#top + row, column };
  }

  /** Starts a selection at the cursor, or clears the current one. */
  toggleSelection(): void {
    this.#anchor = this.#anchor === undefined ? this.#cursor : undefined;
  }

  selectFrom(spot: Spot): void {
    this.#placeCursor(spot);
    this.#anchor = this.#cursor;
  }

  selectTo(spot: Spot): void {
    this.#placeCursor(spot);
  }

  clearSelection(): void {
    this.#anchor = undefined;
  }

  /** The selected text. Wrapped lines are joined, and trailing blanks are removed. */
  get selectedText(): string {
    const range = this.#range();
    if (range === undefined) return '';
    const parts: string[] = [];
    for (let line = range.from.line; line <= range.to.line; line++) {
      const from = line === range.from.line ? range.from.column : 0;
      const to = line === range.to.line ? range.to.column + 1 : undefined;
      const isJoined = line > range.from.line && this.#emulator.isWrapped(line);
      const text = this.#emulator.textOf(line, from, to);
      const isContinued = this.#emulator.isWrapped(line + 1);
      parts.push((isJoined || parts.length === 0 ? '' : '\n') + (isContinued ? text : text.trimEnd()));
    }
    return parts.join('');
  }

  get prompt(): string | undefined {
    return this.#prompt;
  }

  /** The search term being typed; `undefined` closes the prompt. */
  set prompt(text: string | undefined) {
    this.#prompt = text;
  }

  /** A capital letter in the term makes the search case-sensitive. @returns false if there is no match. */
  search(term: string, towards: 'older' | 'newer'): boolean {
    this.#term = term;
    return this.searchAgain(towards);
  }

  searchAgain(towards: 'older' | 'newer'): boolean {
    if (this.#term === '') return false;
    this.#isMissing = false;
    const isCaseSensitive = /\p{Lu}/u.test(this.#term);
    const term = isCaseSensitive ? this.#term : this.#term.toLowerCase();
    const step = towards === 'older' ? -1 : 1;
    const total = this.lastLine + 1;
    for (let count = 0; count <= total; count++) {
      // The search wraps around at both ends of the buffer.
      const line = (this.#cursor.line + step * count + total * 2) % total;
      const text = this.#emulator.textOf(line, 0, undefined);
      const from = this.#findMatch(
        isCaseSensitive ? text : text.toLowerCase(),
        term,
        towards,
        count === 0 || count === total,
      );
      if (from < 0) continue;
      this.#placeCursor({ line, column: from });
      this.#top = Math.max(0, Math.min(this.#emulator.historyLines, line - (this.#emulator.rows >> 1)));
      this.#currentMatch = { line, from, to: from + this.#term.length };
      return true;
    }
    this.#isMissing = true;
    return false;
  }

  /** On the cursor's line only matches beyond the cursor count. @returns the column, or -1. */
  #findMatch(text: string, term: string, towards: 'older' | 'newer', isCursorLine: boolean): number {
    if (!isCursorLine) return towards === 'older' ? text.lastIndexOf(term) : text.indexOf(term);
    const { column } = this.#cursor;
    if (towards === 'newer') return text.indexOf(term, column + 1);
    return column === 0 ? -1 : text.lastIndexOf(term, column - 1);
  }

  /** A row of the pane, with the cursor, the selection and the label drawn in. */
  line(row: number): CellLine | undefined {
    // The program may have cleared its history.
    this.#top = Math.min(this.#top, this.#emulator.historyLines);
    const line = this.#top + row;
    const source = this.#emulator.bufferLine(line);
    if (source === undefined) return undefined;
    const marks = this.#marksOf(line);
    const label = row === 0 ? this.#label : '';
    if (marks.length === 0 && label === '') return source;
    const data = source._data.slice();
    for (const { from, to } of marks) for (let x = from; x < to; x++) invertCell(data, x);
    if (label !== '') writeLabel(data, label, this.#emulator.cols);
    return { _data: data, _combined: source._combined, _extendedAttrs: source._extendedAttrs };
  }

  get #label(): string {
    if (this.#prompt !== undefined) return ` search: ${this.#prompt}_ `;
    const { historyLines, cols } = this.#emulator;
    const place = this.#isMissing ? 'no match' : `${historyLines - this.#top}/${historyLines}`;
    const labels = [` ${place} lines up · / search · v select · y copy · q leave `, ` ${place} · / v y · q leave `];
    return labels.find((label) => label.length <= cols - minFreeCols) ?? ` ${place} `;
  }

  #marksOf(line: number): { from: number; to: number }[] {
    const marks: { from: number; to: number }[] = [];
    const range = this.#range();
    const { cols } = this.#emulator;
    if (range && line >= range.from.line && line <= range.to.line)
      marks.push({
        from: line === range.from.line ? range.from.column : 0,
        to: line === range.to.line ? Math.min(cols, range.to.column + 1) : cols,
      });
    else if (this.#currentMatch?.line === line)
      marks.push({ from: this.#currentMatch.from, to: Math.min(cols, this.#currentMatch.to) });
    else if (this.#cursor.line === line) marks.push({ from: this.#cursor.column, to: this.#cursor.column + 1 });
    return marks;
  }

  #range(): { readonly from: Spot; readonly to: Spot } | undefined {
    const anchor = this.#anchor;
    if (anchor === undefined) return undefined;
    return isBefore(anchor, this.#cursor) ? { from: anchor, to: this.#cursor } : { from: this.#cursor, to: anchor };
  }

  #placeCursor({ line, column }: Spot): void {
    const { rows, cols } = this.#emulator;
    const at = Math.max(0, Math.min(this.lastLine, line));
    this.#cursor = { line: at, column: Math.max(0, Math.min(cols - 1, column)) };
    this.#currentMatch = undefined;
    if (at < this.#top) this.#top = at;
    else if (at >= this.#top + rows) this.#top = at - rows + 1;
  }

  #shift(lines: number): void {
    const shiftSpot = (spot: Spot): Spot => ({ ...spot, line: Math.max(0, spot.line + lines) });
    this.#top = Math.max(0, this.#top + lines);
    this.#cursor = shiftSpot(this.#cursor);
    if (this.#anchor) this.#anchor = shiftSpot(this.#anchor);
    if (this.#currentMatch) this.#currentMatch = { ...this.#currentMatch, line: this.#currentMatch.line + lines };
  }
}

function invertCell(data: Uint32Array, x: number): void {
  const at = x * wordsPerCell + 1;
  data[at] = ((data[at] ?? 0) ^ foreground.inverse) >>> 0;
}

/** Writes the label at the right end of the row, in reverse video. */
function writeLabel(data: Uint32Array, label: string, cols: number): void {
  const text = label.length > cols ? label.slice(0, cols) : label;
  for (const [index, char] of [...text].entries()) {
    const at = (cols - text.length + index) * wordsPerCell;
    data[at] = ((char.codePointAt(0) ?? 32) & contentMask) | singleWidth;
    data[at + 1] = foreground.inverse;
    data[at + 2] = 0;
  }
}
