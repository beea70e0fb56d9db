/** The contract with xterm's internals: fields that `emulator.ts` reads must exist with the expected meaning. */
import { describe, expect, it } from 'vitest';
import { combinedFlag, contentMask, foreground, widthOf } from '../../src/terminal/cell.ts';
import { ChildTerminalModes } from '../../src/terminal/child-terminal-modes.ts';
import { Emulator, wordsPerCell } from '../../src/terminal/emulator.ts';
import { newHostCapabilities } from '../../src/terminal/host-capabilities.ts';

const emulator = () => new Emulator({ cols: 20, rows: 4, scrollback: 10 });

describe('the emulator', () => {
  it('parses synchronously, including UTF-8 split across writes', () => {
    const one = emulator();
    for (const byte of Buffer.from('漢é')) one.feed(Uint8Array.of(byte));
    expect(one.text()[0]).toBe('漢é');
  });

  it('stores three words per cell in the layout that the painter reads', () => {
    const one = emulator();
    one.feed('\x1b[1mA漢\x1b[0me\u0301');
    const words = one.line(0)?._data ?? new Uint32Array();
    expect(words.length).toBeGreaterThanOrEqual(20 * wordsPerCell);
    expect(words[0]! & contentMask).toBe(65);
    expect(words[1]! & foreground.bold).not.toBe(0);
    expect(widthOf(words[wordsPerCell]!)).toBe(2);
    expect(widthOf(words[2 * wordsPerCell]!)).toBe(0);
    expect(words[3 * wordsPerCell]! & combinedFlag).not.toBe(0);
    expect(one.line(0)?._combined[3]).toBe('e\u0301');
  });

  it('reports the cursor, links and synchronised updates', () => {
    const one = emulator();
    one.feed('\x1b[2;3H\x1b[?25l\x1b[?2026h\x1b]8;id=x;https://example.org\x1b\\L');
    expect(one.cursor).toEqual({ x: 3, y: 1, hidden: true });
    expect(one.isSynchronising).toBe(true);
    expect(one.link(one.line(1)?._extendedAttrs[2]?.urlId ?? 0)).toEqual({ id: 'x', uri: 'https://example.org' });
  });

  it('uses the emoji width of the outer terminal', () => {
    const one = emulator();
    one.feed('😀');
    expect(one.cursor.x).toBe(2);
    one.setEmojiWidth(1);
    one.feed('\r\n😀');
    expect(one.cursor.x).toBe(1);
  });
});

describe('queries of the child', () => {
  const ask = (query: string, facts = newHostCapabilities()) => {
    let answer = '';
    const one = emulator();
    const modes = new ChildTerminalModes(
      one,
      facts,
      (text) => {
        answer += text;
      },
      () => {},
    );
    one.feed(query);
    return { answer, modes };
  };

  it.each([
    ['DA1', '\x1b[c', /^\x1b\[\?[\d;]+c$/],
    ['the cursor position in pane coordinates', '\x1b[3;4H\x1b[6n', /^\x1b\[3;4R$/],
    ['synchronised output', '\x1b[?2026$p', /^\x1b\[\?2026;[12]\$y$/],
    ['XTVERSION', '\x1b[>0q', /^\x1bP>\|ccp\x1b\\$/],
  ])('for %s are answered', (_name, query, expected) => {
    expect(ask(query).answer).toMatch(expected);
  });

  it('for colours and version return the values of the outer terminal', () => {
    const facts = { ...newHostCapabilities(), colors: { 11: 'rgb:1e1e/1e1e/1e1e' }, version: 'kitty(0.40)' };
    expect(ask('\x1b]11;?\x07', facts).answer).toBe('\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\');
    expect(ask('\x1b[>0q', facts).answer).toBe('\x1bP>|kitty(0.40)\x1b\\');
  });

  it('for the kitty keyboard are answered only when the outer terminal supports it', () => {
    expect(ask('\x1b[?u').answer).toBe('');
    expect(ask('\x1b[>5u\x1b[?u', { ...newHostCapabilities(), kittyKeyboard: true }).answer).toBe('\x1b[?5u');
    expect(ask('\x1b[>5u\x1b[<u').modes.kittyFlags).toBe(0);
  });

  it('are separate from clipboard, notifications and the bell, which are passed through', () => {
    expect(ask('\x1b]52;c;aGk=\x07\x1b]9;done\x07\x07').modes.takePassThrough()).toBe(
      '\x1b]52;c;aGk=\x07\x1b]9;done\x07\x07',
    );
  });
});
