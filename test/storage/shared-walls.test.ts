import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../src/platform/randomness.ts';
import { sharedWalls } from '../../src/storage/shared-walls.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ccp-walls-'));
  folder = join(root, 'walls');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const open = () => sharedWalls(folder, sha256);
const onlyFile = () => join(folder, readdirSync(folder)[0] ?? '');

it('a limit is known to every session until one clears it', () => {
  const [one, other] = [open(), open()];
  expect(one.get('codex/heron-1')).toBeUndefined();
  one.set('codex/heron-1', { until: 5, since: 1 });
  expect([other.get('codex/heron-1'), other.get('codex/wren-1')]).toEqual([{ until: 5, since: 1 }, undefined]);
  other.set('codex/heron-1', { until: 7, since: 1 });
  expect(one.get('codex/heron-1')).toEqual({ until: 7, since: 1 });
  other.clear('codex/heron-1');
  other.clear('codex/heron-1');
  expect(one.get('codex/heron-1')).toBeUndefined();
});

it('a model with any name has one private file in the folder', () => {
  const name = `../${'x'.repeat(500)}/\u0000é`;
  open().set(name, { until: 5, since: 1 });
  expect(open().get(name)).toEqual({ until: 5, since: 1 });
  expect(readdirSync(root)).toEqual(['walls']);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.json$/)]);
  if (process.platform !== 'win32') expect(statSync(onlyFile()).mode & 0o777).toBe(0o600);
});

it.each(['', 'no json', '[]', '{"model":"another","until":5}', '{"model":"codex/heron-1","until":"soon"}'])(
  'a file that holds %j is no limit',
  (text) => {
    const walls = open();
    walls.set('codex/heron-1', { until: 5, since: 1 });
    writeFileSync(onlyFile(), text);
    expect(walls.get('codex/heron-1')).toBeUndefined();
  },
);

it('a folder that cannot be used is no limit, and no error', () => {
  writeFileSync(folder, 'not a folder');
  const walls = open();
  walls.set('codex/heron-1', { until: 5, since: 1 });
  walls.clear('codex/heron-1');
  expect(walls.get('codex/heron-1')).toBeUndefined();
});
