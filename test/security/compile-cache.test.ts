/** Code placed by another local user must never run: the compile cache is in a folder of the user alone. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript without types.
import { enableCompileCache } from '../../bin/compile-cache.js';

let home: string;
let enabled: (string | undefined)[];
const enable = (folder?: string) => void enabled.push(folder);
const cacheFolder = () => join(home, '.cache', 'ccp', 'compile-cache');

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ccp-cache-'));
  enabled = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it('uses a new folder of the user with mode 0700, never the shared temporary folder', () => {
  expect(enableCompileCache({ HOME: home }, enable)).toBe(cacheFolder());
  expect(enabled).toEqual([cacheFolder()]);
  expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700);
});

it('respects XDG_CACHE_HOME', () => {
  const folder = join(home, 'cache', 'ccp', 'compile-cache');
  expect(enableCompileCache({ HOME: home, XDG_CACHE_HOME: join(home, 'cache') }, enable)).toBe(folder);
});

it('stays off in a folder that others can write to', () => {
  mkdirSync(cacheFolder(), { recursive: true });
  chmodSync(cacheFolder(), 0o777);
  expect(enableCompileCache({ HOME: home }, enable)).toBeUndefined();
  expect(enabled).toEqual([]);
});

it('stays off when the folder is a symbolic link', () => {
  mkdirSync(join(home, 'other'), { mode: 0o700 });
  mkdirSync(join(home, '.cache', 'ccp'), { recursive: true });
  symlinkSync(join(home, 'other'), cacheFolder());
  expect(enableCompileCache({ HOME: home }, enable)).toBeUndefined();
});

it('stays off when the folder cannot be created', () => {
  expect(enableCompileCache({ HOME: '/dev/null' }, enable)).toBeUndefined();
});

it('does nothing on a version of Node without a compile cache', () => {
  expect(enableCompileCache({ HOME: home }, null)).toBeUndefined();
  expect(existsSync(join(home, '.cache'))).toBe(false);
});
