import { describe, expect, it } from 'vitest';
import { Painter } from '../../src/terminal/painter.ts';
import { Pane } from '../../src/terminal/pane.ts';
import { scrollKeys } from '../../src/terminal/scroll-keys.ts';
import { ScrollView } from '../../src/terminal/scroll-view.ts';

const cols = 40;
const rows = 6;

/** A pane with numbered lines above it, and what an outer terminal shows of it. */
function opened(lines = 50, scrollback = 1_000) {
  const pane = new Pane({ x: 0, y: 0, cols, rows }, { scrollback });
  const outer = new Pane({ x: 0, y: 0, cols, rows }, { scrollback: 0 });
  const painter = new Painter();
  for (let line = 1; line <= lines; line++) pane.emulator.feed(`${line === 1 ? '' : '\r\n'}line ${line}`);
  const view = new ScrollView(pane.emulator);
  pane.view = view;
  const press = (keys: string) => scrollKeys(keys, view, { x: 0, y: 0, cols, rows }).end;
  const shown = () => {
    painter.paint(pane, undefined);
    outer.emulator.feed(painter.take());
    return outer.emulator.text().map((row) => row.trimEnd());
  };
  return { pane, view, press, shown };
}

describe('the history of the pane', () => {
  it('begins where the screen is, and goes up by line, page and end', () => {
    const { press, shown } = opened();
    expect(shown().slice(1)).toEqual(['line 46', 'line 47', 'line 48', 'line 49', 'line 50']);
    press('\x1b[A'.repeat(rows));
    expect(shown()[1]).toBe('line 45');
    press('\x1b[5~');
    expect(shown()[1]).toBe('line 40');
    press('g');
    expect(shown()[1]).toBe('line 2');
    press('G');
    expect(shown()[5]).toBe('line 50');
  });

  it('stays where it is while the program prints, also when old lines fall out', () => {
    const { pane, press, shown } = opened(50, 40);
    press('\x15'.repeat(4));
    const before = shown().slice(1);
    for (let line = 51; line <= 60; line++) pane.emulator.feed(`\r\nline ${line}`);
    expect(shown().slice(1)).toEqual(before);
  });

  it('finds words, older first, and goes round', () => {
    const { press, view, shown } = opened();
    press('/LINE 7');
    press('\x7f7\r');
    // A capital makes it exact.
    expect(view.isAtBottom).toBe(true);
    press('/line 7\r');
    expect(shown().join()).toContain('line 7');
    expect(view.cursor.column).toBe(0);
    press('/line 1\r');
    expect(view.cursor.line).toBe(0);
    press('n');
    expect(view.cursor.line).toBe(18);
    press('N');
    expect(view.cursor.line).toBe(0);
  });

  it('copies what is selected, wrapped lines joined', () => {
    const pane = new Pane({ x: 0, y: 0, cols, rows }, { scrollback: 100 });
    pane.emulator.feed(`one   \r\n${'w'.repeat(cols + 5)}\r\nthree 漢字`);
    const view = new ScrollView(pane.emulator);
    view.selectFrom({ line: 0, column: 0 });
    view.selectTo({ line: 3, column: 7 });
    expect(view.selectedText).toBe(`one\n${'w'.repeat(cols + 5)}\nthree 漢`);
    view.selectFrom({ line: 3, column: 2 });
    view.selectTo({ line: 3, column: 0 });
    expect(view.selectedText).toBe('thr');
  });

  it('selects by keys and by mouse', () => {
    const { press, view } = opened();
    press('g0v\x1b[C\x1b[C\x1b[C');
    expect(view.selectedText).toBe('line');
    expect(press('y')).toBe('copy');
    view.clearSelection();
    press('\x1b[<0;1;2M\x1b[<32;6;3M');
    expect(view.selectedText).toBe('line 2\nline 3');
    expect(press('\x1b[<0;6;3m')).toBe('copy');
  });

  it('is left by q, Escape and Ctrl+C, and by the wheel at its end', () => {
    for (const key of ['q', '\x1b', '\x03']) expect(opened().press(key)).toBe('leave');
    const { press, view } = opened();
    press('\x1b[<64;3;3M');
    expect(view.isAtBottom).toBe(false);
    expect(press('\x1b[<65;3;3M')).toBe('leave');
    const selecting = opened();
    selecting.press('v');
    expect(selecting.press('\x1b')).toBeUndefined();
    expect(selecting.view.isSelecting).toBe(false);
  });

  it('survives a program that clears its history', () => {
    const { pane, press, shown } = opened();
    press('\x1b[5~');
    pane.emulator.feed('\x1b[3J\x1b[2J\x1b[Hnew');
    expect(shown().join('\n')).toContain('new');
  });

  it('says where it is and what its keys are', () => {
    const { press, shown } = opened();
    press('\x1b[<64;3;3M');
    expect(shown()[0]).toContain('3/44');
    press('/abc');
    expect(shown()[0]).toContain('search: abc_');
  });
});
