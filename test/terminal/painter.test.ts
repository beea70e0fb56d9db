/** The painter's output must reproduce the cells of the emulator exactly on another terminal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordsPerCell } from '../../src/terminal/emulator.ts';
import { Painter } from '../../src/terminal/painter.ts';
import { Pane } from '../../src/terminal/pane.ts';

const cols = 24;
const rows = 6;

/** The visible cells: glyph, width and attributes. All blanks are equal. */
function cells(pane: Pane): string[] {
  const result: string[] = [];
  for (let row = 0; row < pane.rows; row++) {
    const line = pane.emulator.terminal.buffer.active.getLine(pane.emulator.terminal.buffer.active.baseY + row);
    const raw = pane.emulator.line(row);
    for (let x = 0; x < pane.cols; x++) {
      const cell = line?.getCell(x);
      if (!cell || !raw) continue;
      const chars = cell.getChars();
      const blank = chars === '' || chars === ' ';
      const extended = raw._data[x * wordsPerCell + 2]! & 0x10000000 ? raw._extendedAttrs[x] : undefined;
      const style = extended ? (extended._ext & 0x1c000000) >>> 26 : 0;
      const underline = style || (raw._data[x * wordsPerCell + 1]! & 0x10000000 ? 1 : 0);
      const link = extended?.urlId ? pane.emulator.link(extended.urlId)?.uri : '';
      const ink = !blank || cell.isInverse() || underline || cell.isStrikethrough() || cell.isOverline();
      result.push(
        [
          row,
          x,
          // The right half of a wide glyph is blank when its left half was overwritten.
          cell.getWidth() === 0 && line?.getCell(x - 1)?.getWidth() === 2 ? '' : blank ? ' ' : chars,
          ink ? `${cell.getFgColorMode()}:${cell.getFgColor()}` : '',
          `${cell.getBgColorMode()}:${cell.getBgColor()}`,
          ink
            ? [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isBlink(), cell.isInvisible()].map(Number).join('')
            : '',
          underline,
          Number(cell.isInverse()),
          Number(cell.isStrikethrough()),
          Number(cell.isOverline()),
          link,
        ].join(' '),
      );
    }
  }
  return result;
}

const pane = () => new Pane({ x: 0, y: 0, cols, rows }, { scrollback: 50 });

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'word ',
    'é',
    '漢字',
    '😀',
    'e\u0301',
    '👩\u200d💻',
    '⚠\ufe0f',
    '\t',
    '\r\n',
    '\n',
    ' ',
    '        ',
  ),
  fc.tuple(fc.integer({ min: 1, max: rows }), fc.integer({ min: 1, max: cols })).map(([y, x]) => `\x1b[${y};${x}H`),
  fc.constantFrom(
    '\x1b[K',
    '\x1b[2J',
    '\x1b[1K',
    '\x1b[3X',
    '\x1b[2P',
    '\x1b[2@',
    '\x1b[L',
    '\x1b[M',
    '\x1b[A',
    '\x1b[5C',
    '\x1bM',
    '\x1b[2;4r',
    '\x1b[r',
  ),
  fc.integer({ min: 0, max: 255 }).map((color) => `\x1b[38;5;${color}m`),
  fc.tuple(fc.nat(255), fc.nat(255)).map(([red, green]) => `\x1b[48;2;${red};${green};9m`),
  fc
    .constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 22, 23, 24, 25, 27, 28, 29, 31, 42, 53, 55, 97, 107, 39, 49)
    .map((code) => `\x1b[${code}m`),
  fc.constantFrom(
    '\x1b[4:3m',
    '\x1b[4:5m',
    '\x1b[58:2::1:2:3m',
    '\x1b[59m',
    '\x1b]8;;https://example.org/a\x1b\\',
    '\x1b]8;;\x1b\\',
  ),
);

describe('the painter', () => {
  it('reproduces any stream exactly after every frame', () => {
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 25 }), { minLength: 1, maxLength: 6 }), (framesOf) => {
        const source = pane();
        const outer = pane();
        const painter = new Painter();
        painter.clear();
        for (const parts of framesOf) {
          source.emulator.feed(parts.join(''));
          painter.paint(source, undefined);
          outer.emulator.feed(painter.take());
          painter.cursor = undefined;
          expect(cells(outer)).toEqual(cells(source));
        }
      }),
      { numRuns: 120 },
    );
  });

  it('repaints the right half of a wide glyph whose left half it has overwritten', () => {
    const source = pane();
    const outer = pane();
    const painter = new Painter();
    painter.clear();
    for (const text of ['\x1b[2;1H漢字\x1b[48;2;0;0;9m\x1b[2;2H', '\x1b[2@']) {
      source.emulator.feed(text);
      painter.paint(source, undefined);
      outer.emulator.feed(painter.take());
      painter.cursor = undefined;
      expect(cells(outer)).toEqual(cells(source));
    }
  });

  it('emits nothing without a change, and a short sequence for one changed cell', () => {
    const source = pane();
    const painter = new Painter();
    source.emulator.feed('hello');
    painter.paint(source, undefined);
    painter.take();
    painter.paint(source, undefined);
    expect(painter.take()).toBe('');
    source.emulator.feed('!');
    painter.paint(source, undefined);
    expect(painter.take().length).toBeLessThan(24);
  });

  it('does not draw under an overlay, including wide glyphs at its edges, and repaints the area when it closes', () => {
    const source = pane();
    const outer = pane();
    const painter = new Painter();
    const cover = { x: 5, y: 1, cols: 7, rows: 3 };
    source.emulator.feed(Array.from({ length: rows }, () => '漢'.repeat(cols / 2)).join('\r\n'));
    outer.emulator.feed('\x1b[3;6H#######');
    painter.paint(source, cover);
    outer.emulator.feed(painter.take());
    expect(outer.emulator.text()[2]?.slice(0, 12)).toContain('#######');
    source.invalidateRect(cover);
    painter.paint(source, undefined);
    outer.emulator.feed(painter.take());
    expect(cells(outer)).toEqual(cells(source));
  });
});
