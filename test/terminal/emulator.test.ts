/** The contract with xterm's internals: what `emulator.ts` reads must be there and mean what it thinks. */
import { describe, expect, it } from 'vitest';
import { combinedFlag, contentMask, foreground, widthOf } from '../../src/terminal/cell.ts';
import { ChildTerminalModes } from '../../src/terminal/child-terminal-modes.ts';
import { Emulator, wordsPerCell } from '../../src/terminal/emulator.ts';
import { newFacts } from '../../src/terminal/host-capabilities.ts';

const emulator = () => new Emulator({ cols: 20, rows: 4, scrollback: 10 });

describe('the emulator', () => {
  it('parses in the call, cut UTF-8 included', () => {
    const one = emulator();
    for (const byte of Buffer.from('漢é')) one.feed(Uint8Array.of(byte));
    expect(one.text()[0]).toBe('漢é');
  });

  it('holds three words a cell, as the painter reads them', () => {
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

  it('tells cursor, links and synchronised updates', () => {
    const one = emulator();
    one.feed('\x1b[2;3H\x1b[?25l\x1b[?2026h\x1b]8;id=x;https://example.org\x1b\\L');
    expect(one.cursor).toEqual({ x: 3, y: 1, hidden: true });
    expect(one.isSynchronising).toBe(true);
    expect(one.link(one.line(1)?._extendedAttrs[2]?.urlId ?? 0)).toEqual({ id: 'x', uri: 'https://example.org' });
  });

  it('gives emoji the width the outer terminal gives them', () => {
    const one = emulator();
    one.feed('😀');
    expect(one.cursor.x).toBe(2);
    one.setEmojiWidth(1);
    one.feed('\r\n😀');
    expect(one.cursor.x).toBe(1);
  });
});

describe('what the child asks', () => {
  const ask = (question: string, facts = newFacts()) => {
    let answer = '';
    const one = emulator();
    const wishes = new ChildTerminalModes(
      one,
      facts,
      (text) => {
        answer += text;
      },
      () => {},
    );
    one.feed(question);
    return { answer, wishes };
  };

  it.each([
    ['DA1', '\x1b[c', /^\x1b\[\?[\d;]+c$/],
    ['the cursor, in its own coordinates', '\x1b[3;4H\x1b[6n', /^\x1b\[3;4R$/],
    ['synchronised output', '\x1b[?2026$p', /^\x1b\[\?2026;[12]\$y$/],
    ['XTVERSION', '\x1b[>0q', /^\x1bP>\|ccp\x1b\\$/],
  ])('%s is answered', (_name, question, wanted) => {
    expect(ask(question).answer).toMatch(wanted);
  });

  it('colours and version are the outer terminal’s', () => {
    const facts = { ...newFacts(), colors: { 11: 'rgb:1e1e/1e1e/1e1e' }, version: 'kitty(0.40)' };
    expect(ask('\x1b]11;?\x07', facts).answer).toBe('\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\');
    expect(ask('\x1b[>0q', facts).answer).toBe('\x1bP>|kitty(0.40)\x1b\\');
  });

  it('the kitty keyboard is answered only where the outer terminal has it', () => {
    expect(ask('\x1b[?u').answer).toBe('');
    expect(ask('\x1b[>5u\x1b[?u', { ...newFacts(), kittyKeyboard: true }).answer).toBe('\x1b[?5u');
    expect(ask('\x1b[>5u\x1b[<u').wishes.kittyFlags).toBe(0);
  });

  it('clipboard, notifications and the bell are passed through', () => {
    expect(ask('\x1b]52;c;aGk=\x07\x1b]9;done\x07\x07').wishes.takePassThrough()).toBe(
      '\x1b]52;c;aGk=\x07\x1b]9;done\x07\x07',
    );
  });
});
