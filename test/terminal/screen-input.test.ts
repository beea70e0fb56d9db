import { expect, it } from 'vitest';
import { prefixKey } from '../../src/terminal/input.ts';
import { ScreenInput } from '../../src/terminal/screen-input.ts';

it('the focus is that of the newest report, and not known while the child does not ask for reports', () => {
  let send = (_data: Buffer): void => {};
  const outer = {
    onData: (listener: (data: Buffer) => void) => {
      send = listener;
    },
  };
  const reports = { filter: (data: Buffer) => data, isHolding: false, release: () => Buffer.alloc(0) };
  const target = { toChild: () => {}, pane: { x: 0, y: 0, cols: 10, rows: 5 } };
  const input = new ScreenInput(outer as never, reports as never, prefixKey('ctrl+\\'), target as never, () => {});
  input.begin();
  expect(input.focus(true)).toBeUndefined();
  send(Buffer.from('\x1b[I'));
  expect(input.focus(true)).toBe(true);
  send(Buffer.from('\x1b[I\x1b[O'));
  expect(input.focus(true)).toBe(false);
  send(Buffer.from('x'));
  expect(input.focus(true)).toBe(false);
  // Reports that end leave nothing behind that would be true later.
  expect(input.focus(false)).toBeUndefined();
  expect(input.focus(true)).toBeUndefined();
});
