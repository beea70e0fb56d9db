/** The output of the painter, byte by byte: short, and independent of the width that the terminal gives a glyph. */
import { describe, expect, it } from 'vitest';
import { Painter } from '../../src/terminal/painter.ts';
import { Pane, type Rect } from '../../src/terminal/pane.ts';

const cols = 20;
const rows = 4;

/** A pane that is already painted, so that `difference` returns only the bytes of a change. */
function paintedPane(text = '', { x = 0, y = 0, cover = undefined as Rect | undefined } = {}) {
  const pane = new Pane({ x, y, cols, rows }, { scrollback: 10 });
  const painter = new Painter();
  pane.emulator.feed(text);
  painter.paint(pane, cover);
  painter.take();
  return {
    pane,
    painter,
    /** @returns the bytes for a change. `cursor` is the position left by earlier output, if known. */
    difference: (change: string, cursor?: { x: number; y: number }, covered = cover) => {
      painter.cursor = cursor;
      pane.emulator.feed(change);
      painter.paint(pane, covered);
      return painter.take();
    },
  };
}
const at = (x: number, y: number) => `\x1b[${y};${x}H`;

describe('the bytes of a painter', () => {
  it('are returned once', () => {
    const { painter, difference } = paintedPane();
    expect(difference('a')).not.toBe('');
    expect(painter.take()).toBe('');
  });

  it('clear the screen with a reset pen and an unknown cursor', () => {
    const painter = new Painter();
    painter.cursor = { x: 3, y: 2 };
    painter.clear();
    expect(painter.take()).toBe('\x1b[0m\x1b[2J');
    expect(painter.cursor).toBeUndefined();
  });

  it('close a link before the screen is cleared', () => {
    const { painter, difference } = paintedPane();
    difference('\x1b]8;;https://example.org/\x1b\\a');
    painter.clear();
    expect(painter.take()).toBe('\x1b[0m\x1b]8;;\x1b\\\x1b[2J');
  });
});

describe('the cursor of a painter', () => {
  it('is unknown at first, and follows the written cells', () => {
    expect(new Painter().cursor).toBeUndefined();
    const { painter, difference } = paintedPane('', { x: 10, y: 5 });
    expect(difference(`${at(3, 2)}ab`)).toBe('\x1b[7;13Hab');
    expect(painter.cursor).toEqual({ x: 14, y: 6 });
  });

  it('is placed with coordinates that start at one', () => {
    expect(paintedPane().difference('a')).toBe('\x1b[1;1Ha');
    expect(paintedPane().difference(`${at(cols, rows)}a`)).toBe(`\x1b[${rows};${cols}Ha`);
  });

  it('is not placed at its current position', () => {
    expect(paintedPane().difference(`${at(4, 2)}a`, { x: 3, y: 1 })).toBe('a');
  });

  it('skips unchanged cells with the shortest sequence', () => {
    expect(paintedPane('a-c').difference('\rA\x1b[CC', { x: 0, y: 0 })).toBe('A\x1b[CC');
    expect(paintedPane('a--d').difference('\rA\x1b[2CD', { x: 0, y: 0 })).toBe('A\x1b[2CD');
    expect(paintedPane('abc').difference(`${at(3, 1)}C`, { x: 0, y: 0 })).toBe('\x1b[2CC');
  });

  it('is placed again on another row, to the left, and when it is unknown', () => {
    expect(paintedPane().difference(`${at(5, 2)}a`, { x: 2, y: 0 })).toBe('\x1b[2;5Ha');
    expect(paintedPane().difference(`${at(2, 1)}a`, { x: 5, y: 0 })).toBe('\x1b[1;2Ha');
    expect(paintedPane().difference(`${at(2, 1)}a`, undefined)).toBe('\x1b[1;2Ha');
  });

  it('is tracked after ASCII letters only', () => {
    for (const [glyph, width] of [
      ['é', 1],
      ['漢', 2],
      ['e\u0301', 1],
      ['😀', 2],
    ] as const) {
      const { painter, difference } = paintedPane();
      expect(difference(`${glyph}x`, { x: 0, y: 0 })).toBe(`${glyph}\x1b[1;${width + 1}Hx`);
      expect(painter.cursor).toEqual({ x: width + 1, y: 0 });
      difference(`\r\n${glyph}`);
      expect(painter.cursor).toBeUndefined();
    }
    expect(paintedPane().difference('}~x', { x: 0, y: 0 })).toBe('}~x');
  });
});

describe('runs of blanks', () => {
  const red = '\x1b[41m';
  const plainPen = '\x1b[m';
  const blanks = (count: number) => ' '.repeat(count);

  it('are erased from six blanks on, and written below six', () => {
    expect(paintedPane().difference(red + blanks(6), { x: 0, y: 0 })).toBe('\x1b[0;41m\x1b[6X');
    expect(paintedPane().difference(red + blanks(5), { x: 0, y: 0 })).toBe(`\x1b[0;41m${blanks(5)}`);
    expect(paintedPane().difference(red + blanks(cols), { x: 0, y: 0 })).toBe(`\x1b[0;41m\x1b[${cols}X`);
  });

  it('leave the cursor in place', () => {
    const { painter, difference } = paintedPane();
    difference(`${at(3, 2)}${red}${blanks(6)}`);
    expect(painter.cursor).toEqual({ x: 2, y: 1 });
    expect(paintedPane().difference(`${red}${blanks(6)}x`, { x: 0, y: 0 })).toBe('\x1b[0;41m\x1b[6X\x1b[6Cx');
  });

  it('are drawn once over existing letters', () => {
    const { difference } = paintedPane('abcdefghij');
    expect(difference('\r\x1b[K', { x: 0, y: 0 })).toMatch(/^\x1b\[(?:10|20)X$/);
    expect(difference('', { x: 0, y: 0 })).toBe('');
    expect(difference('\rz', { x: 0, y: 0 })).toBe('z');
  });

  it('end at a change of colour or at a letter', () => {
    expect(paintedPane().difference(`${red}${blanks(6)}\x1b[42m${blanks(6)}`, { x: 0, y: 0 })).toBe(
      '\x1b[0;41m\x1b[6X\x1b[6C\x1b[0;42m\x1b[6X',
    );
    expect(paintedPane().difference(`${red}${blanks(7)}x${blanks(6)}`, { x: 0, y: 0 })).toBe(
      '\x1b[0;41m\x1b[7X\x1b[7Cx\x1b[6X',
    );
    expect(
      paintedPane()
        .difference(`\x1b[31m${red}${blanks(6)}\x1b[32m${blanks(6)}`, { x: 0, y: 0 })
        .match(/\x1b\[6X/g),
    ).toHaveLength(2);
  });

  it.each([
    ['underline', '4'],
    ['inverse', '7'],
    ['strikethrough', '9'],
    ['overline', '53'],
  ])('are written when they have %s, which erasing would lose', (_name, code) => {
    expect(paintedPane().difference(`\x1b[${code}m${blanks(8)}${plainPen}`, { x: 0, y: 0 })).toBe(
      `\x1b[0;${code}m${blanks(8)}`,
    );
  });

  it('are erased when they are bold, dim, or italic, which is invisible on blanks', () => {
    for (const code of ['1', '2', '3', '5', '8'])
      expect(paintedPane().difference(`\x1b[${code}m${blanks(8)}`, { x: 0, y: 0 })).toContain('\x1b[8X');
  });

  it('that are links are written', () => {
    const written = paintedPane().difference(`\x1b]8;;https://example.org/\x1b\\${blanks(8)}`, { x: 0, y: 0 });
    expect(written).toContain(blanks(8));
    expect(written).not.toContain('X');
  });

  it('blank the right half of a wide glyph whose left half they replace', () => {
    const { difference } = paintedPane('123456漢x');
    expect(difference(`\r${red}${blanks(7)}`, { x: 0, y: 0 })).toBe('\x1b[0;41m\x1b[8X');
  });
});

describe('wide glyphs', () => {
  it('are written once for both halves', () => {
    expect(paintedPane().difference('漢字', { x: 0, y: 0 })).toBe('漢\x1b[1;3H字');
    expect(paintedPane('漢字').difference('', { x: 0, y: 0 })).toBe('');
  });

  it('whose left half is overwritten are blanked on the right', () => {
    expect(paintedPane('漢z').difference('\ra', { x: 0, y: 0 })).toBe('a ');
    expect(paintedPane('漢z').difference('\r\x1b[Cb', { x: 0, y: 0 })).toBe(' b');
  });

  it('replace other wide glyphs at any offset', () => {
    expect(paintedPane('a漢字b').difference('\r漢字x', { x: 0, y: 0 })).toBe('漢\x1b[1;3H字\x1b[1;5Hx');
    expect(paintedPane('漢字').difference('\ra漢', { x: 0, y: 0 })).toMatch(/^a漢\x1b\[1;4H(?: |\x1b\[\d+X)$/);
  });
});

describe('joined emoji', () => {
  const family = '👩\u200d💻';

  it('are split when the terminal joins what the emulator does not', () => {
    const { painter, difference } = paintedPane();
    const joined = difference(family, { x: 0, y: 0 });
    expect(joined).toContain('👩\u200d');
    painter.outerJoins = true;
    const split = difference(`\x1b[2;1H${family}`, { x: 0, y: 1 });
    expect(split).not.toContain('\u200d');
    expect(split).toContain('👩');
    expect(split).toContain('💻');
  });

  it('are the only sequences that lose a mark', () => {
    const { painter, difference } = paintedPane();
    painter.outerJoins = true;
    expect(difference('e\u0301', { x: 0, y: 0 })).toBe('e\u0301');
    expect(difference('\r⚠\ufe0f', { x: 0, y: 0 })).toContain('⚠\ufe0f');
  });
});

describe('extended cell attributes', () => {
  it('repaint only the cells whose attribute changed', () => {
    const { difference } = paintedPane('ab\x1b[4:3;58:5:1mcd\x1b[m ef');
    expect(difference(`${at(3, 1)}\x1b[4:3;58:5:2mcd`, { x: 2, y: 0 })).toBe('\x1b[0;4:3;58:5:2mcd');
    expect(difference(`${at(3, 1)}\x1b[4:4;58:5:2mc`, { x: 2, y: 0 })).toMatch(
      /^\x1b\[0;4:4;58:5:2mc\x1b\[0;4:3;58:5:2md$/,
    );
    expect(difference('', { x: 2, y: 0 })).toBe('');
  });

  it('include link addresses, which are opened and closed around their cells', () => {
    const link = (uri: string) => `\x1b]8;;${uri}\x1b\\`;
    const { difference } = paintedPane('ab');
    const bytes = difference(`\r${link('https://example.org/a')}AB${link('')}`, { x: 0, y: 0 });
    expect(bytes).toMatch(/;https:\/\/example\.org\/a\x1b\\AB$/);
    expect(difference('x', { x: 2, y: 0 })).toBe('\x1b[0m\x1b]8;;\x1b\\x');
    expect(difference(`\r${link('https://example.org/b')}AB${link('')}`, { x: 0, y: 0 })).toContain('example.org/b');
  });

  it('include combining marks', () => {
    const { difference } = paintedPane('e\u0301f');
    expect(difference('\re\u0300', { x: 0, y: 0 })).toBe('e\u0300');
    expect(difference('\re', { x: 0, y: 0 })).toBe('e');
  });

  it('are not used for a plain underline', () => {
    expect(paintedPane().difference('\x1b[4mab', { x: 0, y: 0 })).toBe('\x1b[0;4mab');
    expect(paintedPane().difference('\x1b[4:3mab', { x: 0, y: 0 })).toBe('\x1b[0;4:3mab');
    expect(paintedPane().difference('\x1b[4:3;58:2::1:2:3mab', { x: 0, y: 0 })).toBe('\x1b[0;4:3;58:2::1:2:3mab');
  });
});

describe('a change of colour alone', () => {
  it.each([
    ['of the letter', '31'],
    ['behind the letter', '41'],
    ['and weight', '1'],
    ['and direction', '7'],
  ])('%s is drawn', (_name, code) => {
    const { difference } = paintedPane('ab');
    expect(difference(`\r\x1b[${code}ma`, { x: 0, y: 0 })).toBe(`\x1b[0;${code}ma`);
    expect(difference('\r\x1b[ma', { x: 0, y: 0 })).toBe('\x1b[0ma');
  });

  it('leaves wide glyphs in the same row alone', () => {
    expect(paintedPane('漢字-').difference('\x1b[1;5H\x1b[31m-', { x: 4, y: 0 })).toBe('\x1b[0;31m-');
  });
});

describe('the area under an overlay', () => {
  const cover: Rect = { x: 5, y: 1, cols: 4, rows: 2 };

  it('is not painted, while its surroundings are', () => {
    const full = `${'a'.repeat(cols)}\r\n`.repeat(rows).trim();
    const { difference } = paintedPane('', { cover });
    expect(difference(full)).toBe(
      [
        `\x1b[1;1H${'a'.repeat(cols)}`,
        `\x1b[2;1Haaaaa\x1b[4C${'a'.repeat(cols - 9)}`,
        `\x1b[3;1Haaaaa\x1b[4C${'a'.repeat(cols - 9)}`,
        `\x1b[4;1H${'a'.repeat(cols)}`,
      ].join(''),
    );
  });

  it('is given in screen coordinates, not in pane coordinates', () => {
    const { difference } = paintedPane('', { x: 3, y: 1, cover });
    expect(difference(`abcdefgh\r\nabcdefgh\r\nabcdefgh`)).toBe(
      ['\x1b[2;4Hab\x1b[4Cgh', '\x1b[3;4Hab\x1b[4Cgh', '\x1b[4;4Habcdefgh'].join(''),
    );
  });

  it('bounds a run of blanks', () => {
    const wide = { x: 7, y: 0, cols: 5, rows: 1 };
    expect(paintedPane('', { cover: wide }).difference(`\x1b[41m${' '.repeat(cols)}`, { x: 0, y: 0 })).toBe(
      '\x1b[0;41m\x1b[7X\x1b[12C\x1b[8X',
    );
  });

  it('contains no half of a wide glyph, which is replaced by a blank at the edge', () => {
    const edge = { x: 3, y: 0, cols: 2, rows: 1 };
    expect(paintedPane('', { cover: edge }).difference('漢字漢', { x: 0, y: 0 })).toMatch(
      /^漢\x1b\[1;3H \x1b\[2C(?: |\x1b\[\d+X)$/,
    );
    expect(paintedPane('', { cover: { ...edge, x: 4 } }).difference('漢字漢', { x: 0, y: 0 })).toBe('漢\x1b[1;3H字');
    expect(paintedPane('', { cover: { ...edge, cols: 3 } }).difference('漢字漢', { x: 0, y: 0 })).toBe('漢\x1b[1;3H ');
  });
});
