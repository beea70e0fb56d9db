import { describe, expect, it } from 'vitest';
import { Painter } from '../../src/terminal/painter.ts';
import { Pane } from '../../src/terminal/pane.ts';
import { scrollKeys } from '../../src/terminal/scroll-keys.ts';
import { ScrollView } from '../../src/terminal/scroll-view.ts';

const cols = 40;
const rows = 6;

/** A pane with numbered lines in its scrollback, and the rows that the outer terminal shows. */
function openPane(lines = 50, scrollback = 1_000) {
  const pane = new Pane({ x: 0, y: 0, cols, rows }, { scrollback });
  const outer = new Pane({ x: 0, y: 0, cols, rows }, { scrollback: 0 });
  const painter = new Painter();
  for (let line = 1; line <= lines; line++) pane.emulator.feed(`${line === 1 ? '' : '\r\n'}line ${line}`);
  const view = new ScrollView(pane.emulator);
  pane.view = view;
  const press = (keys: string) => scrollKeys(keys, view, { x: 0, y: 0, cols, rows }).end;
  const visibleRows = () => {
    painter.paint(pane, undefined);
    outer.emulator.feed(painter.take());
    return outer.emulator.text().map((row) => row.trimEnd());
  };
  return { pane, view, press, visibleRows };
}

describe('the history of the pane', () => {
  it('starts at the live screen and scrolls by line, by page and to either end', () => {
    const { press, visibleRows } = openPane();
    expect(visibleRows().slice(1)).toEqual(['line 46', 'line 47', 'line 48', 'line 49', 'line 50']);
    press('\x1b[A'.repeat(rows));
    expect(visibleRows()[1]).toBe('line 45');
    press('\x1b[5~');
    expect(visibleRows()[1]).toBe('line 40');
    press('g');
    expect(visibleRows()[1]).toBe('line 2');
    press('G');
    expect(visibleRows()[5]).toBe('line 50');
  });

  it('keeps its position while the program prints, even when old lines leave the scrollback', () => {
    const { pane, press, visibleRows } = openPane(50, 40);
    press('\x15'.repeat(4));
    const before = visibleRows().slice(1);
    for (let line = 51; line <= 60; line++) pane.emulator.feed(`\r\nline ${line}`);
    expect(visibleRows().slice(1)).toEqual(before);
  });

  it('searches older lines first and wraps around', () => {
    const { press, view, visibleRows } = openPane();
    press('/LINE 7');
    press('\x7f7\r');
    // A capital letter makes the search case-sensitive.
    expect(view.isAtBottom).toBe(true);
    press('/line 7\r');
    expect(visibleRows().join()).toContain('line 7');
    expect(view.cursor.column).toBe(0);
    press('/line 1\r');
    expect(view.cursor.line).toBe(0);
    press('n');
    expect(view.cursor.line).toBe(18);
    press('N');
    expect(view.cursor.line).toBe(0);
  });

  it('copies the selection with wrapped lines joined', () => {
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

  it('selects with the keyboard and with the mouse', () => {
    const { press, view } = openPane();
    press('g0v\x1b[C\x1b[C\x1b[C');
    expect(view.selectedText).toBe('line');
    expect(press('y')).toBe('copy');
    view.clearSelection();
    press('\x1b[<0;1;2M\x1b[<32;6;3M');
    expect(view.selectedText).toBe('line 2\nline 3');
    expect(press('\x1b[<0;6;3m')).toBe('copy');
  });

  it('closes on q, Escape and Ctrl+C, and when the wheel scrolls past its end', () => {
    for (const key of ['q', '\x1b', '\x03']) expect(openPane().press(key)).toBe('leave');
    const { press, view } = openPane();
    press('\x1b[<64;3;3M');
    expect(view.isAtBottom).toBe(false);
    expect(press('\x1b[<65;3;3M')).toBe('leave');
    const selecting = openPane();
    selecting.press('v');
    expect(selecting.press('\x1b')).toBeUndefined();
    expect(selecting.view.isSelecting).toBe(false);
  });

  it('handles a program that clears its scrollback', () => {
    const { pane, press, visibleRows } = openPane();
    press('\x1b[5~');
    pane.emulator.feed('\x1b[3J\x1b[2J\x1b[Hnew');
    expect(visibleRows().join('\n')).toContain('new');
  });

  it('shows its position and the search input', () => {
    const { press, visibleRows } = openPane();
    press('\x1b[<64;3;3M');
    expect(visibleRows()[0]).toContain('3/44');
    press('/abc');
    expect(visibleRows()[0]).toContain('search: abc_');
    press('\r');
    expect(visibleRows()[0]).toContain('no match');
    press('/line 20\r');
    expect(visibleRows().join(' ')).toContain('line 20');
    expect(visibleRows()[0]).not.toContain('no match');
  });

  it.each([
    [100, ' 0/44 lines up · / search · v select · y copy · q leave '],
    [60, ' 0/44 · / v y · q leave '],
    [40, ' 0/44 '],
  ])('has its keys in a pane of %i columns', (columns, label) => {
    const pane = new Pane({ x: 0, y: 0, cols: columns, rows }, { scrollback: 100 });
    for (let line = 1; line <= 50; line++) pane.emulator.feed(`${line === 1 ? '' : '\r\n'}line ${line}`);
    pane.view = new ScrollView(pane.emulator);
    const outer = new Pane({ x: 0, y: 0, cols: columns, rows }, { scrollback: 0 });
    const painter = new Painter();
    painter.paint(pane, undefined);
    outer.emulator.feed(painter.take());
    const [first = ''] = outer.emulator.text();
    expect(first.replace(/^line 45 */, '')).toBe(label.trimStart());
  });
});
