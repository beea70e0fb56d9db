import { expect, it } from 'vitest';
import { alertSequence } from '../../src/terminal/notification.ts';

it.each([
  ['off', 'xterm', ''],
  ['bell', 'xterm', '\x07'],
  ['notify', 'WezTerm 2026', '\x1b]9;ccp: finished\x07'],
  ['on', 'iTerm2', '\x1b]9;ccp: finished\x07\x07'],
  ['notify', 'foot(1.21)', '\x1b]777;notify;ccp;finished\x07'],
] as const)('an alert %s in %s', (kind, terminal, sequence) => {
  expect(alertSequence(kind, 'finished', terminal)).toBe(sequence);
});

it('a text cannot end the sequence, nor add a field', () => {
  const sequence = alertSequence('notify', 'a\x07\x1b]0;title\x1b\\;b', 'foot');
  expect(sequence.slice(1, -1)).not.toMatch(/[\x00-\x1f\x7f]/);
  expect(sequence.split(';')).toHaveLength(4);
});
