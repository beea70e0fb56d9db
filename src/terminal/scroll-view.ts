/**
 * The pane's history, looked at while the child goes on: a place in the buffer, a cursor, a selection, a search. Pure of
 * keys and bytes: `scroll-keys` says what was pressed, the painter shows what `line` gives.
 */
import { contentMask, foreground } from './cell.ts';
import { type CellLine, type Emulator, wordsPerCell } from './emulator.ts';

export interface Spot {
  /** Line of the buffer, 0 the oldest. */
  readonly line: number;
  readonly column: number;
}

const singleWidth = 1 << 22;
/** In a narrower pane the keys would hide what is looked at. */
const labelFrom = 90;

const before = (a: Spot, b: Spot): boolean => a.line < b.line || (a.line === b.line && a.column <= b.column);

export class ScrollView {
  readonly #emulator: Emulator;
  readonly #stopTrim: () => void;
  /** First line of the buffer that is shown. */
  #top: number;
  #cursor: Spot;
  #anchor: Spot | undefined;
  #term = '';
  #prompt: string | undefined;
  #found: { readonly line: number; readonly from: number; readonly to: number } | undefined;

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
    this.#top = emulator.historyLines;
    const { x, y } = emulator.cursor;
    this.#cursor = { line: this.#top + y, column: x };
    // Lines that fall out of the history shift all that stay.
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

  /** The view moves; the cursor stays on it. */
  scroll(lines: number): void {
    this.#top = Math.max(0, Math.min(this.#emulator.historyLines, this.#top + lines));
    const last = this.#top + this.#emulator.rows - 1;
    this.#cursor = { ...this.#cursor, line: Math.max(this.#top, Math.min(last, this.#cursor.line)) };
  }

  /** The cursor moves; the view follows. */
  move(lines: number, columns: number): void {
    this.#place({ line: this.#cursor.line + lines, column: this.#cursor.column + columns });
  }

  toLine(line: number): void {
    this.#place({ line, column: this.#cursor.column });
  }

  toColumn(column: number): void {
    this.#place({ line: this.#cursor.line, column });
  }

  get lastLine(): number {
    return this.#emulator.historyLines + this.#emulator.rows - 1;
  }

  /** @param row of the pane, counted from 0. */
  spotAt(row: number, column: number): Spot {
    return { line: this.#top + row, column };
  }

  /** Begins a selection at the cursor, or ends the one there is. */
  toggleSelection(): void {
    this.#anchor = this.#anchor === undefined ? this.#cursor : undefined;
  }

  selectFrom(spot: Spot): void {
    this.#place(spot);
    this.#anchor = this.#cursor;
  }

  selectTo(spot: Spot): void {
    this.#place(spot);
  }

  clearSelection(): void {
    this.#anchor = undefined;
  }

  /** The selected text; lines that only wrapped are joined, blanks at their ends are not part of it. */
  get selectedText(): string {
    const range = this.#range();
    if (range === undefined) return '';
    const parts: string[] = [];
    for (let line = range.from.line; line <= range.to.line; line++) {
      const from = line === range.from.line ? range.from.column : 0;
      const to = line === range.to.line ? range.to.column + 1 : undefined;
      const joined = line > range.from.line && this.#emulator.isWrapped(line);
      const text = this.#emulator.textOf(line, from, to);
      const goesOn = this.#emulator.isWrapped(line + 1);
      parts.push((joined || parts.length === 0 ? '' : '\n') + (goesOn ? text : text.trimEnd()));
    }
    return parts.join('');
  }

  get prompt(): string | undefined {
    return this.#prompt;
  }

  /** What is being typed to search for; `undefined` ends the typing. */
  set prompt(text: string | undefined) {
    this.#prompt = text;
  }

  /** @returns false when it is nowhere. Capitals in the term make it exact. */
  search(term: string, towards: 'older' | 'newer'): boolean {
    this.#term = term;
    return this.searchAgain(towards);
  }

  searchAgain(towards: 'older' | 'newer'): boolean {
    if (this.#term === '') return false;
    const exact = /\p{Lu}/u.test(this.#term);
    const wanted = exact ? this.#term : this.#term.toLowerCase();
    const step = towards === 'older' ? -1 : 1;
    const total = this.lastLine + 1;
    for (let count = 0; count <= total; count++) {
      // Round and round: the newest line follows the oldest.
      const line = (this.#cursor.line + step * count + total * 2) % total;
      const text = this.#emulator.textOf(line, 0, undefined);
      const from = this.#match(exact ? text : text.toLowerCase(), wanted, towards, count === 0 || count === total);
      if (from < 0) continue;
      this.#place({ line, column: from });
      this.#top = Math.max(0, Math.min(this.#emulator.historyLines, line - (this.#emulator.rows >> 1)));
      this.#found = { line, from, to: from + this.#term.length };
      return true;
    }
    return false;
  }

  /** On the cursor's own line only what lies beyond the cursor counts. */
  #match(text: string, wanted: string, towards: 'older' | 'newer', own: boolean): number {
    if (!own) return towards === 'older' ? text.lastIndexOf(wanted) : text.indexOf(wanted);
    const { column } = this.#cursor;
    if (towards === 'newer') return text.indexOf(wanted, column + 1);
    return column === 0 ? -1 : text.lastIndexOf(wanted, column - 1);
  }

  /** What stands in a row of the pane, with cursor, selection and indicator drawn in. */
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
    for (const { from, to } of marks) for (let x = from; x < to; x++) flip(data, x);
    if (label !== '') write(data, label, this.#emulator.cols);
    return { _data: data, _combined: source._combined, _extendedAttrs: source._extendedAttrs };
  }

  get #label(): string {
    if (this.#prompt !== undefined) return ` search: ${this.#prompt}_ `;
    const { historyLines, cols } = this.#emulator;
    const place = `${historyLines - this.#top}/${historyLines}`;
    return cols < labelFrom ? ` ${place} ` : ` ${place} lines up · / search · v select · y copy · q leave `;
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
    else if (this.#found?.line === line) marks.push({ from: this.#found.from, to: Math.min(cols, this.#found.to) });
    else if (this.#cursor.line === line) marks.push({ from: this.#cursor.column, to: this.#cursor.column + 1 });
    return marks;
  }

  #range(): { readonly from: Spot; readonly to: Spot } | undefined {
    const anchor = this.#anchor;
    if (anchor === undefined) return undefined;
    return before(anchor, this.#cursor) ? { from: anchor, to: this.#cursor } : { from: this.#cursor, to: anchor };
  }

  #place({ line, column }: Spot): void {
    const { rows, cols } = this.#emulator;
    const at = Math.max(0, Math.min(this.lastLine, line));
    this.#cursor = { line: at, column: Math.max(0, Math.min(cols - 1, column)) };
    this.#found = undefined;
    if (at < this.#top) this.#top = at;
    else if (at >= this.#top + rows) this.#top = at - rows + 1;
  }

  #shift(lines: number): void {
    const moved = (spot: Spot): Spot => ({ ...spot, line: Math.max(0, spot.line + lines) });
    this.#top = Math.max(0, this.#top + lines);
    this.#cursor = moved(this.#cursor);
    if (this.#anchor) this.#anchor = moved(this.#anchor);
    if (this.#found) this.#found = { ...this.#found, line: this.#found.line + lines };
  }
}

function flip(data: Uint32Array, x: number): void {
  const at = x * wordsPerCell + 1;
  data[at] = ((data[at] ?? 0) ^ foreground.inverse) >>> 0;
}

/** The label stands at the right end of the row, in reverse. */
function write(data: Uint32Array, label: string, cols: number): void {
  const text = label.length > cols ? label.slice(0, cols) : label;
  for (const [index, char] of [...text].entries()) {
    const at = (cols - text.length + index) * wordsPerCell;
    data[at] = ((char.codePointAt(0) ?? 32) & contentMask) | singleWidth;
    data[at + 1] = foreground.inverse;
    data[at + 2] = 0;
  }
}
