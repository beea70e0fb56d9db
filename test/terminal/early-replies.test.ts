import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EarlyReplies } from '../../src/terminal/early-replies.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('answers to a child that has just started wait until it reads keys, in their order', () => {
  const written: string[] = [];
  const replies = new EarlyReplies((text) => written.push(text));
  replies.reply('a');
  vi.advanceTimersByTime(30);
  replies.reply('b');
  expect(written).toEqual([]);
  vi.advanceTimersByTime(30);
  expect(written).toEqual(['ab']);
  vi.advanceTimersByTime(930);
  replies.reply('c');
  vi.advanceTimersByTime(20);
  // The first second is over, but an earlier answer still waits.
  replies.reply('d');
  expect(written).toEqual(['ab']);
  vi.advanceTimersByTime(40);
  replies.reply('e');
  expect(written).toEqual(['ab', 'cd', 'e']);
});
