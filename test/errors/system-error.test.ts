import { expect, it } from 'vitest';
import { systemErrorText } from '../../src/errors/system-error.ts';

const error = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });

it.each([
  [
    error('EACCES', 'x', { path: '/a/b', syscall: 'mkdir' }),
    '/a/b cannot be written: you have no permission. Check who owns it, and its mode.',
  ],
  [
    error('EACCES', "EACCES: permission denied, open '/a/b'", { syscall: 'open' }),
    '/a/b cannot be opened: you have no permission. Check who owns it, and its mode.',
  ],
  [
    error('ENOSPC', 'ENOSPC: no space left on device, write', { syscall: 'write' }),
    'A file cannot be written: the disk is full. Free some space.',
  ],
  [
    error('ELOCKED', '/a/b is locked by another process'),
    '/a/b cannot be written: another process of ccp uses it. Try again in a moment.',
  ],
  [error('EWEIRD', 'x', { path: '/a' }), '/a cannot be written: EWEIRD. Fix that and try again.'],
])('%s', (thrown, text) => {
  expect(systemErrorText(thrown)).toBe(text);
});

it('another error has no such text', () => {
  for (const thrown of [new Error('x'), error('ERR_INVALID_ARG', 'x'), 'EACCES', undefined])
    expect(systemErrorText(thrown)).toBeUndefined();
});
