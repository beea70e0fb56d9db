import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/ledger/entry.ts';
import { LedgerFile, scanLedger } from '../../src/storage/ledger-file.ts';
import { appendEntry } from '../support/ledger.ts';
import { sampleHealth } from '../support/samples.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (time: string, id = 'r'): LedgerEntry => ({
  version: 1,
  time,
  id,
  session: 's-one',
  repo: 'example.org/team/project',
  requestClass: 'turn',
  upstream: 'codex',
  model: 'heron-1',
  verdict: 'complete',
  stopReason: 'end_turn',
  errorCode: '',
  inputTokens: 1,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
  measured: true,
  costMicroUsd: null,
  costKind: 'plan',
  health: sampleHealth,
});

const times = [
  '2026-09-30T23:59:59.999Z',
  '2026-10-01T00:00:00.000Z',
  '2026-10-15T12:00:00.000Z',
  '2026-11-01T00:00:00.000Z',
] as const;

async function scan(since?: string, until?: string, where = folder) {
  const found: string[] = [];
  const { skipped } = await scanLedger(where, { since, until }, ({ time }) => found.push(time));
  return { found, skipped };
}

describe('the ledger on disk', () => {
  it('has a file for each month, in a folder that is created with access for its owner only', () => {
    const inner = join(folder, 'deep', 'ledger');
    for (const time of times) appendEntry(inner, entry(time));
    expect(readdirSync(inner).sort()).toEqual(['2026-09.jsonl', '2026-10.jsonl', '2026-11.jsonl']);
    if (process.platform === 'win32') return;
    expect(statSync(inner).mode & 0o777).toBe(0o700);
    expect(statSync(join(inner, '2026-10.jsonl')).mode & 0o777).toBe(0o600);
  });

  it('grows by one line at a time and keeps the others unchanged', () => {
    const path = join(folder, '2026-10.jsonl');
    appendEntry(folder, entry(times[1], 'first'));
    const before = readFileSync(path, 'utf8');
    appendEntry(folder, entry(times[2], 'second'));
    const after = readFileSync(path, 'utf8');
    expect(after.startsWith(before)).toBe(true);
    expect(after.split('\n').map((line) => line && JSON.parse(line).id)).toEqual(['first', 'second', '']);
  });

  it('is written through one open file, also after the user has deleted or replaced it, and in the next month', () => {
    const path = join(folder, '2026-10.jsonl');
    const file = new LedgerFile(folder);
    for (const id of ['a', 'b']) file.append(entry(times[1], id));
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
    rmSync(path);
    file.append(entry(times[1], 'c'));
    file.append(entry(times[3], 'd'));
    file.append(entry(times[1], 'e'));
    file.close();
    const ids = (name: string) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/"id":"(.)"/g)].map(([, id]) => id);
    expect(ids('2026-10.jsonl')).toEqual(['c', 'e']);
    expect(ids('2026-11.jsonl')).toEqual(['d']);
  });

  it('starts a new line after an incomplete one only', () => {
    const path = join(folder, '2026-10.jsonl');
    writeFileSync(path, '{"torn":');
    appendEntry(folder, entry(times[1], 'first'));
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
    expect(readFileSync(path, 'utf8').startsWith('{"torn":\n{"version"')).toBe(true);
  });
});

describe('a scan of the ledger', () => {
  beforeEach(() => {
    for (const time of [times[3], times[1], times[2], times[0]]) appendEntry(folder, entry(time));
  });

  it('returns every month in order without bounds', async () => {
    expect(await scan()).toEqual({ found: [...times], skipped: 0 });
  });

  it.each([
    ['from a time, inclusive', times[1], undefined, [times[1], times[2], times[3]]],
    ['up to a time, exclusive', undefined, times[3], [times[0], times[1], times[2]]],
    ['between two times', times[1], times[2], [times[1]]],
    ['within a month', '2026-10-02T00:00:00.000Z', '2026-10-30T00:00:00.000Z', [times[2]]],
    ['after all entries', '2026-12-01T00:00:00.000Z', undefined, []],
    ['before all entries', undefined, '2026-09-01T00:00:00.000Z', []],
  ])('can be bounded %s', async (_name, since, until, wanted) => {
    expect((await scan(since, until)).found).toEqual(wanted);
  });

  it('counts invalid lines of the months that it reads', async () => {
    appendFileSync(join(folder, '2026-10.jsonl'), 'no entry\n{"time":"2026-10-01"}\n{"torn":');
    expect(await scan()).toEqual({ found: [...times], skipped: 3 });
    expect((await scan('2026-11-01T00:00:00.000Z')).skipped).toBe(0);
    expect((await scan(undefined, '2026-09-30T00:00:00.000Z')).skipped).toBe(0);
  });

  it('ignores other files', async () => {
    for (const name of ['2026-10.jsonl.bak', 'x2026-10.jsonl', '2026-1.jsonl', 'notes.txt', '2026-10xjsonl'])
      writeFileSync(join(folder, name), 'no entry\n');
    mkdirSync(join(folder, '2026-10'));
    expect(await scan()).toEqual({ found: [...times], skipped: 0 });
  });

  it('returns nothing without a folder', async () => {
    expect(await scan(undefined, undefined, join(folder, 'nowhere'))).toEqual({ found: [], skipped: 0 });
  });
});
