import { expect, it } from 'vitest';
import { Overlay } from '../../src/terminal/overlay.ts';
import { Pane } from '../../src/terminal/pane.ts';

function openOverlay() {
  const child = new Pane({ x: 0, y: 0, cols: 80, rows: 24 }, { scrollback: 0 });
  const meter = new Pane({ x: 80, y: 0, cols: 32, rows: 24 }, { scrollback: 0 });
  const seen = { keys: '', left: 0, child: '', clicks: [] as string[] };
  const overlay = new Overlay(child, meter, {
    changed: () => {},
    toChild: (text) => (seen.child += text),
    keys: (data) => (seen.keys += data.toString('latin1')),
    clicked: (x, y) => seen.clicks.push(`${x},${y}`),
    left: () => (seen.left += 1),
  });
  child.emulator.feed('\x1b[?1004h');
  overlay.open({ x: 20, y: 5, cols: 40, rows: 10 });
  return { seen, press: (text: string) => overlay.input(Buffer.from(text, 'latin1')), overlay };
}

it('an open overlay receives keys, and the mouse wheel as arrow keys', () => {
  const { seen, press } = openOverlay();
  press('ab\x1b[<64;21;6M\x1b[<65;60;15Mc');
  expect(seen).toMatchObject({ keys: 'ab\x1b[A\x1b[Bc', left: 0 });
});

it('an open overlay releases the focus only on a click outside it', () => {
  const { seen, press } = openOverlay();
  press('\x1b[<0;21;6M\x1b[<0;21;6m\x1b[<64;1;1M\x1b[<35;1;1M\x1b[<0;1;1m\x1b[I\x1b[O');
  expect(seen).toMatchObject({ keys: '', left: 0, clicks: ['0,0'] });
  press('\x1b[<0;20;6M');
  expect(seen.left).toBe(1);
});

it('the program receives focus-out and focus-in reports when an overlay opens and closes', () => {
  const { seen, overlay } = openOverlay();
  overlay.close();
  expect(seen.child).toBe('\x1b[O\x1b[I');
});
