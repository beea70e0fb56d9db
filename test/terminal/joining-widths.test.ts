import { describe, expect, it } from 'vitest';
import { Emulator } from '../../src/terminal/emulator.ts';
import type { EmojiJoint } from '../../src/terminal/joining-widths.ts';

const family = '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}';

/** The columns that a text takes, and the text of the row. */
function shown(text: string, ...joints: EmojiJoint[]): { columns: number; text: string } {
  const emulator = new Emulator({ cols: 40, rows: 3, scrollback: 0 });
  for (const joint of joints) emulator.joinEmoji(joint);
  emulator.feed(text);
  return { columns: emulator.cursor.x, text: emulator.text()[0] ?? '' };
}

describe('a terminal that draws joined emoji as one glyph', () => {
  it.each([
    ['a family', family, 2],
    ['a woman with a laptop', '\u{1f469}\u200d\u{1f4bb}', 2],
    ['a couple with a heart, which is no wide character by itself', '\u{1f469}\u200d\u2764\ufe0f\u200d\u{1f468}', 2],
    ['a skin tone', '\u{1f44d}\u{1f3fd}', 2],
    ['a skin tone within a sequence', '\u{1f469}\u{1f3fd}\u200d\u{1f4bb}', 2],
    ['a skin tone of the second person', '\u{1f469}\u200d\u{1f44d}\u{1f3fd}', 2],
    ['two emoji without a joiner', '\u{1f469}\u{1f4bb}', 4],
    ['a skin tone alone', '\u{1f3fd}', 2],
    ['a skin tone after what has none', '\u{1f4bb}\u{1f3fd}', 4],
    ['a joiner before a letter', '\u{1f469}\u200da', 3],
    ['a joiner after a letter', 'a\u200d\u{1f4bb}', 3],
    ['wide and combining characters', '漢字e\u0301', 5],
  ])('%s', (_name, text, columns) => {
    expect(shown(`${text}|`, 'joiner', 'skin tone')).toEqual({ columns: columns + 1, text: `${text}|` });
  });

  it('keeps a sequence that arrives in parts together', () => {
    const emulator = new Emulator({ cols: 40, rows: 3, scrollback: 0 });
    emulator.joinEmoji('joiner');
    for (const part of ['a\u{1f469}', '\u200d', '\u{1f4bb}', 'b']) emulator.feed(part);
    expect([emulator.cursor.x, emulator.text()[0]]).toEqual([4, 'a\u{1f469}\u200d\u{1f4bb}b']);
  });

  it('has each emoji of its own otherwise', () => {
    expect(shown(`${family}|`).columns).toBe(7);
    const both = `${family}\u{1f44d}\u{1f3fd}`;
    expect(shown(both, 'joiner').columns).toBe(6);
    expect(shown(both, 'skin tone').columns).toBe(8);
  });
});
