import { expect, it } from 'vitest';
import { Overlay } from '../../src/terminal/overlay.ts';
import { Pane } from '../../src/terminal/pane.ts';

function opened() {
  const child = new Pane({ x: 0, y: 0, cols: 80, rows: 24 }, { scrollback: 0 });
  const meter = new Pane({ x: 80, y: 0, cols: 32, rows: 24 }, { scrollback: 0 });
  const seen = { keys: '', left: 0, child: '' };
  const overlay = new Overlay(child, meter, {
    changed: () => {},
    toChild: (text) => (seen.child += text),
    keys: (data) => (seen.keys += data.toString('latin1')),
    left: () => (seen.left += 1),
  });
  child.emulator.feed('\x1b[?1004h');
  overlay.open({ x: 20, y: 5, cols: 40, rows: 10 });
  return { seen, press: (text: string) => overlay.input(Buffer.from(text, 'latin1')), overlay };
}

it('gives the keys to the box and the wheel as arrows', () => {
  const { seen, press } = opened();
  press('ab\x1b[<64;21;6M\x1b[<65;60;15Mc');
  expect(seen).toMatchObject({ keys: 'ab\x1b[A\x1b[Bc', left: 0 });
});

it('gives the focus back on a click beside the box, and on nothing else', () => {
  const { seen, press } = opened();
  press('\x1b[<0;21;6M\x1b[<0;21;6m\x1b[<64;1;1M\x1b[<35;1;1M\x1b[<0;1;1m\x1b[I\x1b[O');
  expect(seen).toMatchObject({ keys: '', left: 0 });
  press('\x1b[<0;20;6M');
  expect(seen.left).toBe(1);
});

it('tells the program that it lost the focus, and that it has it again', () => {
  const { seen, overlay } = opened();
  overlay.close();
  expect(seen.child).toBe('\x1b[O\x1b[I');
});
