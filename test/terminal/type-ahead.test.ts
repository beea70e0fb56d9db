import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TypeAhead } from '../../src/terminal/type-ahead.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make() {
  let written = '';
  const typed = new TypeAhead((data) => {
    written += data.toString();
  });
  return { typed, type: (text: string) => typed.write(Buffer.from(text)), written: () => written };
}

it('passes input on, unless it holds', () => {
  const { typed, type, written } = make();
  type('a');
  typed.hold();
  type('b');
  type('c');
  expect([written(), typed.isHolding]).toEqual(['a', true]);
  typed.release();
  type('d');
  typed.release();
  expect([written(), typed.isHolding]).toEqual(['abcd', false]);
});

it('releases after three seconds, and at once for Ctrl+C', () => {
  const { typed, type, written } = make();
  typed.hold();
  type('b');
  vi.advanceTimersByTime(2_999);
  expect(written()).toBe('');
  vi.advanceTimersByTime(1);
  expect(written()).toBe('b');
  typed.hold();
  type('c\x03');
  expect(written()).toBe('bc\x03');
});
