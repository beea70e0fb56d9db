/**
 * Turns changed cells into bytes. It compares a pane's words with what was painted and emits the difference, and it is
 * the only writer to the outer terminal. It trusts that terminal's idea of width nowhere: after every glyph that is not
 * plain ASCII the cursor is placed again.
 */
import { background, combinedFlag, contentMask, foreground, isBlank, isRightHalf, widthOf } from './cell.ts';
import { type CellLine, wordsPerCell } from './emulator.ts';
import type { Pane, Rect } from './pane.ts';
import { type Extended, Pen, plain } from './pen.ts';

/** Shorter blank runs are cheaper as spaces. */
const eraseFrom = 6;
const nowhere = -1;
const bytesPerWord = 4;
const joiner = '\u200d';

export class Painter {
  /** The outer terminal draws joined emoji as one, the emulator as two: a joiner would pull the next glyph here. */
  outerJoins = false;
  readonly #pen = new Pen();
  #out: string[] = [];
  #x = nowhere;
  #y = nowhere;

  /** Bytes since the last call. */
  take(): string {
    const text = this.#out.join('');
    this.#out = [];
    return text;
  }

  /** Where the cursor stands; `undefined` when that is not known. */
  get cursor(): { readonly x: number; readonly y: number } | undefined {
    return this.#x === nowhere ? undefined : { x: this.#x, y: this.#y };
  }

  /** Somebody else moved it. */
  set cursor(at: { readonly x: number; readonly y: number } | undefined) {
    this.#x = at?.x ?? nowhere;
    this.#y = at?.y ?? nowhere;
  }

  /** A blank screen and a known pen. */
  clear(): void {
    this.#out.push(this.#pen.reset(), '\x1b[2J');
    this.#x = nowhere;
  }

  /** Emits what changed in the pane outside `covered`, a rectangle that belongs to somebody else. */
  paint(pane: Pane, covered: Rect | undefined): void {
    const { from, to } = pane.rowsToPaint;
    for (let row = from; row <= to; row++) {
      const line = pane.line(row);
      if (line) this.#paintRow(pane, row, line, covered);
    }
    pane.emulator.clean();
  }

  #paintRow(pane: Pane, row: number, line: CellLine, covered: Rect | undefined): void {
    const { cols, shown } = pane;
    const words = line._data;
    const start = row * cols * wordsPerCell;
    const extras = extrasOf(line, cols);
    const extrasChanged = extras !== pane.extras[row];
    if (!extrasChanged && sameWords(words, pane.shownBytes, start, cols * wordsPerCell)) return;
    pane.extras[row] = extras;
    const y = pane.y + row;
    const cover = covered && y >= covered.y && y < covered.y + covered.rows ? covered : undefined;
    const coverFrom = cover ? cover.x - pane.x : cols;
    const coverTo = cover ? cover.x + cover.cols - pane.x : cols;

    for (let x = 0; x < cols; ) {
      const at = x * wordsPerCell;
      const content = words[at] ?? 0;
      const inCover = x >= coverFrom && x < coverTo;
      if (inCover || (!changed(words, shown, start, at) && !(extrasChanged && hasExtras(words, at)))) {
        x += 1;
        continue;
      }
      // Without its left half it is a blank like any other.
      if (isRightHalf(content) && x > 0 && x !== coverTo && widthOf(words[at - wordsPerCell] ?? 0) === 2) {
        copyWords(words, shown, start, at);
        x += 1;
        continue;
      }
      const run = this.#blankRun(words, x, Math.min(cols, x < coverFrom ? coverFrom : cols));
      if (run >= eraseFrom) {
        this.#goto(pane.x + x, y);
        this.#out.push(this.#pen.set(words[at + 1] ?? 0, words[at + 2] ?? 0, plain), `\x1b[${run}X`);
        for (let cell = 0; cell < run; cell++) copyWords(words, shown, start, at + cell * wordsPerCell);
        x += run;
        continue;
      }
      x += this.#glyph(pane, line, x, y, start, coverFrom);
    }
  }

  /** @returns the cells it took. */
  #glyph(pane: Pane, line: CellLine, x: number, y: number, start: number, coverFrom: number): number {
    const at = x * wordsPerCell;
    const words = line._data;
    const content = words[at] ?? 0;
    const code = content & contentMask;
    const width = widthOf(content) || 1;
    copyWords(words, pane.shown, start, at);
    this.#goto(pane.x + x, y);
    this.#out.push(this.#pen.set(words[at + 1] ?? 0, words[at + 2] ?? 0, extendedAt(pane, line, x)));
    // Half of a wide glyph would spill into what covers the other half.
    const cut = width === 2 && (x + 1 === coverFrom || x + 1 >= pane.cols);
    const combined = (content & combinedFlag) !== 0;
    if (cut) this.#out.push(' ');
    else
      this.#out.push(
        combined ? this.#combined(line._combined[x] ?? ' ') : code === 0 ? ' ' : String.fromCodePoint(code),
      );
    if (width === 2 && !cut) copyWords(words, pane.shown, start, at + wordsPerCell);
    if (cut || (!combined && width === 1 && code < 0x7f)) this.#x += 1;
    else this.#x = nowhere;
    return cut ? 1 : width;
  }

  #combined(text: string): string {
    return this.outerJoins && text.endsWith(joiner) ? text.slice(0, -joiner.length) : text;
  }

  /** Length of a run of equal blanks that ECH may draw: no underline, inverse, strike or overline, which ECH drops. */
  #blankRun(words: Uint32Array, from: number, to: number): number {
    const at = from * wordsPerCell;
    const fg = words[at + 1] ?? 0;
    const bg = words[at + 2] ?? 0;
    const drawn = foreground.underline | foreground.inverse | foreground.strikethrough;
    if (!isBlank(words[at] ?? 0) || fg & drawn || bg & (background.overline | background.extended)) return 0;
    let x = from;
    while (x < to) {
      const cell = x * wordsPerCell;
      const content = words[cell] ?? 0;
      if (!isBlank(content) || widthOf(content) === 2 || words[cell + 1] !== fg || words[cell + 2] !== bg) break;
      x += 1;
    }
    return x - from;
  }

  #goto(x: number, y: number): void {
    if (this.#x === x && this.#y === y) return;
    if (this.#y === y && this.#x !== nowhere && x > this.#x) {
      const step = x - this.#x;
      this.#out.push(step === 1 ? '\x1b[C' : `\x1b[${step}C`);
    } else this.#out.push(`\x1b[${y + 1};${x + 1}H`);
    this.#x = x;
    this.#y = y;
  }
}

/** Native comparison: most rows are unchanged, and after a pause JavaScript's own loop would run cold. */
function sameWords(words: Uint32Array, shown: Buffer, start: number, length: number): boolean {
  if (words.length < length) return false;
  const row = Buffer.from(words.buffer, words.byteOffset, length * bytesPerWord);
  return row.compare(shown, start * bytesPerWord, (start + length) * bytesPerWord) === 0;
}

const changed = (words: Uint32Array, shown: Uint32Array, start: number, at: number): boolean =>
  words[at] !== shown[start + at] || words[at + 1] !== shown[start + at + 1] || words[at + 2] !== shown[start + at + 2];

function copyWords(words: Uint32Array, shown: Uint32Array, start: number, at: number): void {
  shown[start + at] = words[at] ?? 0;
  shown[start + at + 1] = words[at + 1] ?? 0;
  shown[start + at + 2] = words[at + 2] ?? 0;
}

const hasExtras = (words: Uint32Array, at: number): boolean =>
  ((words[at] ?? 0) & combinedFlag) !== 0 || ((words[at + 2] ?? 0) & background.extended) !== 0;

/** Most rows have none, and then this costs two empty loops. */
function extrasOf(line: CellLine, cols: number): string {
  let empty = true;
  for (const _ in line._combined) {
    empty = false;
    break;
  }
  if (empty)
    for (const _ in line._extendedAttrs) {
      empty = false;
      break;
    }
  if (empty) return '';
  let extras = '';
  for (let x = 0; x < cols; x++) {
    const at = x * wordsPerCell;
    if ((line._data[at] ?? 0) & combinedFlag) extras += `${x}${line._combined[x]}\0`;
    if ((line._data[at + 2] ?? 0) & background.extended) {
      const attributes = line._extendedAttrs[x];
      if (attributes) extras += `${x}:${attributes._ext},${attributes.underlineColor},${attributes.urlId}\0`;
    }
  }
  return extras;
}

function extendedAt(pane: Pane, line: CellLine, x: number): Extended {
  const bg = line._data[x * wordsPerCell + 2] ?? 0;
  const attributes = bg & background.extended ? line._extendedAttrs[x] : undefined;
  if (attributes === undefined) return plain;
  const underlineStyle = (attributes._ext & 0x1c000000) >>> 26;
  const underlined = underlineStyle > 0 || ((line._data[x * wordsPerCell + 1] ?? 0) & foreground.underline) !== 0;
  const link = attributes.urlId === 0 ? undefined : pane.emulator.link(attributes.urlId);
  return {
    underlineStyle,
    underlineColor: underlined ? attributes.underlineColor : 0,
    linkId: link === undefined ? 0 : attributes.urlId,
    link,
  };
}
