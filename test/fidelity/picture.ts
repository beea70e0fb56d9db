/** The visible state of a terminal: cells with colours, attributes and links, the cursor, and the modes. */
import {
  background,
  colorMode,
  colorModeMask,
  combinedFlag,
  foreground,
  isBlank,
  isRightHalf,
} from '../../src/terminal/cell.ts';
import { type Emulator, wordsPerCell } from '../../src/terminal/emulator.ts';

export interface Picture {
  readonly cells: readonly (readonly string[])[];
  readonly cursor: string;
  readonly modes: string;
}

/** The state of the upper left `cols` × `rows` cells of a screen. */
export function picture(emulator: Emulator, cols: number, rows: number): Picture {
  const { x, y, hidden } = emulator.cursor;
  const { modes } = emulator.terminal;
  return {
    cells: Array.from({ length: rows }, (_, row) => rowOf(emulator, row, cols)),
    cursor: hidden ? 'hidden' : `${x},${y}`,
    modes: `${modes.mouseTrackingMode} ${modes.bracketedPasteMode} ${modes.sendFocusMode} ${modes.applicationCursorKeysMode}`,
  };
}

export const textOf = (cells: readonly string[]): string =>
  cells.map((cell) => cell.slice(0, cell.indexOf(' ', 1))).join('');

/** Describes the first differing cell: glyph, foreground, background and link. */
export function firstDifference(one: readonly string[], other: readonly string[]): string {
  const at = one.findIndex((cell, x) => cell !== other[x]);
  return `column ${at}: ${JSON.stringify(one[at])} / ${JSON.stringify(other[at])}`;
}

/** A palette colour is one byte. The emulator leaves stale bits above it, which are removed here. */
const colour = (word: number): number => {
  const mode = word & colorModeMask;
  return mode === colorMode.palette16 || mode === colorMode.palette256 ? word & ~0xffff00 : word;
};

/** The visible cells of a row. A blank has no foreground colour. */
function rowOf(emulator: Emulator, row: number, cols: number): string[] {
  const line = emulator.line(row);
  return Array.from({ length: cols }, (_, x) => {
    const at = x * wordsPerCell;
    const [content = 0, fg = 0, bg = 0] = [line?._data[at], line?._data[at + 1], line?._data[at + 2]];
    if (isRightHalf(content) && x > 0) return '';
    const extended = bg & background.extended ? line?._extendedAttrs[x] : undefined;
    const style = extended ? (extended._ext & 0x1c000000) >>> 26 : 0;
    const link = extended?.urlId ? emulator.link(extended.urlId)?.uri : '';
    const visibleAttributes = foreground.inverse | foreground.underline | foreground.strikethrough;
    const glyph = content & combinedFlag ? line?._combined[x] : String.fromCodePoint(content & 0x1fffff || 32);
    const foregroundStyle =
      isBlank(content) && !(fg & visibleAttributes)
        ? ''
        : `${colour(fg) & ~foreground.underline} ${style || (fg & foreground.underline ? 1 : 0)}`;
    return `${isBlank(content) ? ' ' : glyph} ${foregroundStyle} ${colour(bg) & ~background.extended} ${link}`;
  });
}
