import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isFirstTime } from '../../src/storage/told-once.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('each hint is for the first time once', () => {
  const state = join(folder, 'state');
  expect(['one', 'one', 'two', 'one'].map((hint) => isFirstTime(state, hint))).toEqual([true, false, true, false]);
  expect(readdirSync(join(state, 'hints')).sort()).toEqual(['one', 'two']);
});

it('is not for the first time where that cannot be recorded', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(isFirstTime(file, 'one')).toBe(false);
});
