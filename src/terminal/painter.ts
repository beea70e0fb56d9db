/**
 * Turns changed cells into bytes. It compares the cell words of a pane with those last painted and emits the
 * difference. It is the only writer of cells to the outer terminal. It does not rely on that terminal's glyph widths:
 * after every glyph that is not ASCII the cursor is positioned again.
 */
import { background, combinedFlag, contentMask, foreground, isBlank, isRightHalf, widthOf } from './cell.ts';
import { type CellLine, wordsPerCell } from './emulator.ts';
import { neverPainted, type Pane, type Rect } from './pane.ts';
import { type Extended, Pen, plain } from './pen.ts';

/** Shorter runs of blanks take fewer bytes as spaces. */
const minEraseRun = 6;
const unknownPosition = -1;
const bytesPerWord = 4;
const joiner = '\u200d';

export class Painter {
  /**
   * The outer terminal draws joined emoji as one glyph. A joiner at the end of a cell is then removed, because it would
   * merge the next glyph into this one.
   */
  outerJoins = false;
  readonly #pen = new Pen();
  #out: string[] = [];
  #x = unknownPosition;
  #y = unknownPosition;

  /** @returns the output since the last call. */
  take(): string {
    const text = this.#out.join('');
    this.#out = [];
    return text;
  }

  /** Position of the outer cursor; `undefined` if unknown. */
  get cursor(): { readonly x: number; readonly y: number } | undefined {
    return this.#x === unknownPosition ? undefined : { x: this.#x, y: this.#y };
  }

  /** Set after other output has moved the cursor. */
  set cursor(at: { readonly x: number; readonly y: number } | undefined) {
    this.#x = at?.x ?? unknownPosition;
    this.#y = at?.y ?? unknownPosition;
  }

  /** Clears the screen and resets the text attributes. */
  clear(): void {
    this.#out.push(this.#pen.reset(), '\x1b[2J');
    this.#x = unknownPosition;
  }

  /** Emits the changed cells of the pane outside `covered`, a rectangle occupied by another pane. */
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
    const extras = extrasOf(pane, line);
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
      if (inCover || (!isChanged(words, shown, start, at) && !(extrasChanged && hasExtras(words, at)))) {
        x += 1;
        continue;
      }
      // A right half is painted with its left half; without one it is painted as a blank.
      if (isRightHalf(content) && x > 0 && x !== coverTo && widthOf(words[at - wordsPerCell] ?? 0) === 2) {
        copyWords(words, shown, start, at);
        x += 1;
        continue;
      }
      const run = this.#blankRun(words, x, Math.min(cols, x < coverFrom ? coverFrom : cols));
      if (run >= minEraseRun) {
        this.#moveTo(pane.x + x, y);
        this.#out.push(this.#pen.set(words[at + 1] ?? 0, words[at + 2] ?? 0, plain), `\x1b[${run}X`);
        this.#forgetRightHalf(pane, start, x + run);
        for (let cell = 0; cell < run; cell++) copyWords(words, shown, start, at + cell * wordsPerCell);
        x += run;
        continue;
      }
      x += this.#paintGlyph(pane, line, x, y, start, coverFrom);
    }
  }

  /** Emits one glyph. @returns the number of cells it occupies. */
  #paintGlyph(pane: Pane, line: CellLine, x: number, y: number, start: number, coverFrom: number): number {
    const at = x * wordsPerCell;
    const words = line._data;
    const content = words[at] ?? 0;
    const code = content & contentMask;
    const width = widthOf(content) || 1;
    // A wide glyph whose right half is covered is replaced by a space.
    const isClipped = width === 2 && (x + 1 === coverFrom || x + 1 >= pane.cols);
    this.#forgetRightHalf(pane, start, x + (isClipped ? 1 : width));
    copyWords(words, pane.shown, start, at);
    this.#moveTo(pane.x + x, y);
    this.#out.push(this.#pen.set(words[at + 1] ?? 0, words[at + 2] ?? 0, extendedAt(pane, line, x)));
    const combined = (content & combinedFlag) !== 0;
    if (isClipped) this.#out.push(' ');
    else
      this.#out.push(
        combined ? this.#combinedText(line._combined[x] ?? ' ') : code === 0 ? ' ' : String.fromCodePoint(code),
      );
    if (width === 2 && !isClipped) copyWords(words, pane.shown, start, at + wordsPerCell);
    if (isClipped || (!combined && width === 1 && code < 0x7f)) this.#x += 1;
    else this.#x = unknownPosition;
    return isClipped ? 1 : width;
  }

  /** Painting over the left half of a wide glyph blanks its right half, in the color of what was painted. */
  #forgetRightHalf(pane: Pane, start: number, x: number): void {
    const at = start + x * wordsPerCell;
    if (x < pane.cols && widthOf(pane.shown[at - wordsPerCell] ?? 0) === 2) pane.shown[at] = neverPainted;
  }

  #combinedText(text: string): string {
    return this.outerJoins && text.endsWith(joiner) ? text.slice(0, -joiner.length) : text;
  }

  /** Length of a run of equal blanks that ECH can erase. ECH drops underline, inverse, strikethrough and overline. */
  #blankRun(words: Uint32Array, from: number, to: number): number {
    const at = from * wordsPerCell;
    const fg = words[at + 1] ?? 0;
    const bg = words[at + 2] ?? 0;
    const visibleOnBlank = foreground.underline | foreground.inverse | foreground.strikethrough;
    if (!isBlank(words[at] ?? 0) || fg & visibleOnBlank || bg & (background.overline | background.extended)) return 0;
    let x = from;
    while (x < to) {
      const cell = x * wordsPerCell;
      const content = words[cell] ?? 0;
      if (!isBlank(content) || widthOf(content) === 2 || words[cell + 1] !== fg || words[cell + 2] !== bg) break;
      x += 1;
    }
    return x - from;
  }

  #moveTo(x: number, y: number): void {
    if (this.#x === x && this.#y === y) return;
    if (this.#y === y && this.#x !== unknownPosition && x > this.#x) {
      const step = x - this.#x;
      this.#out.push(step === 1 ? '\x1b[C' : `\x1b[${step}C`);
    } else this.#out.push(`\x1b[${y + 1};${x + 1}H`);
    this.#x = x;
    this.#y = y;
  }
}

/** Uses a native comparison: most rows are unchanged, and a JavaScript loop would be slow after a pause. */
function sameWords(words: Uint32Array, shown: Buffer, start: number, length: number): boolean {
  if (words.length < length) return false;
  const row = Buffer.from(words.buffer, words.byteOffset, length * bytesPerWord);
  return row.compare(shown, start * bytesPerWord, (start + length) * bytesPerWord) === 0;
}

const isChanged = (words: Uint32Array, shown: Uint32Array, start: number, at: number): boolean =>
  words[at] !== shown[start + at] || words[at + 1] !== shown[start + at + 1] || words[at + 2] !== shown[start + at + 2];

function copyWords(words: Uint32Array, shown: Uint32Array, start: number, at: number): void {
  shown[start + at] = words[at] ?? 0;
  shown[start + at + 1] = words[at + 1] ?? 0;
  shown[start + at + 2] = words[at + 2] ?? 0;
}

const hasExtras = (words: Uint32Array, at: number): boolean =>
  ((words[at] ?? 0) & combinedFlag) !== 0 || ((words[at + 2] ?? 0) & background.extended) !== 0;

/**
 * Fingerprint of a row's combined texts and extended attributes; empty for most rows, at the cost of two empty loops.
 */
function extrasOf(pane: Pane, line: CellLine): string {
  let isEmpty = true;
  for (const _ in line._combined) {
    isEmpty = false;
    break;
  }
  if (isEmpty)
    for (const _ in line._extendedAttrs) {
      isEmpty = false;
      break;
    }
  if (isEmpty) return '';
  let extras = '';
  for (let x = 0; x < pane.cols; x++) {
    const at = x * wordsPerCell;
    if ((line._data[at] ?? 0) & combinedFlag) extras += `${x}${line._combined[x]}\0`;
    if ((line._data[at + 2] ?? 0) & background.extended) {
      const attributes = line._extendedAttrs[x];
      // The emulator forgets a link when the line that it began on is deleted.
      const isKnownLink = attributes?.urlId && pane.emulator.link(attributes.urlId) !== undefined;
      if (attributes)
        extras += `${x}:${attributes._ext},${attributes.underlineColor},${isKnownLink ? attributes.urlId : 0}\0`;
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
