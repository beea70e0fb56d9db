/** The chain of the audit log: what was changed, removed or exchanged is found. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditOrigin, checkAudit, readAuditLine } from '../../src/ledger/audit.ts';
import { sha256 } from '../../src/platform/randomness.ts';
import { AuditFile } from '../../src/storage/audit-file.ts';

const origin: AuditOrigin = { user: 'ann', repo: 'r', policy: 'p', version: '1.0.0', session: 's-1' };
let folder: string;
let path: string;
let now: number;
const open = () => new AuditFile(path, { now: () => now }, sha256);
const denial = (target: string) => ({ type: 'denial' as const, details: { target } });
const day = 86_400_000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-audit-'));
  path = join(folder, 'state', 'audit.jsonl');
  now = Date.UTC(2026, 10, 20, 12);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const check = (head?: string) => checkAudit(open().lines(), sha256, head);
const edit = (change: (lines: string[]) => string[]) => {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  writeFileSync(path, `${change(lines).join('\n')}\n`);
};

describe('the audit log', () => {
  beforeEach(async () => {
    for (const target of ['a', 'b']) await open().append(denial(target), origin);
    now += day;
    for (const target of ['c', 'd']) await open().append(denial(target), origin);
  });

  it('is a chain with a checkpoint for each day, private, with who did what under which policy', () => {
    const lines = open().lines().map(readAuditLine);
    expect(lines.map((line) => line?.type)).toEqual([
      'checkpoint',
      'denial',
      'denial',
      'checkpoint',
      'denial',
      'denial',
    ]);
    expect(lines[1]).toMatchObject({
      sequence: 2,
      time: '2026-11-20T12:00:00.000Z',
      details: { target: 'a' },
      ...origin,
    });
    expect(check()).toEqual({ lines: 6, head: lines[5]?.hash, problem: undefined, expectedHead: undefined });
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each<[string, (lines: string[]) => string[], number, RegExp]>([
    ['a changed line', (lines) => lines.map((line) => line.replace('"target":"b"', '"target":"x"')), 3, /was changed/],
    ['a changed user', (lines) => lines.map((line) => line.replace('"user":"ann"', '"user":"bob"')), 1, /was changed/],
    [
      'an added member',
      (lines) => lines.map((line) => line.replace('{"sequence":2,', '{"note":"x","sequence":2,')),
      2,
      /was changed/,
    ],
    ['a removed line', (lines) => lines.filter((_line, index) => index !== 2), 3, /does not follow/],
    ['exchanged lines', ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest], 2, /does not follow/],
    ['a removed beginning', (lines) => lines.slice(1), 1, /does not begin with a checkpoint/],
    ['a foreign line', (lines) => [...lines, 'no json'], 7, /no line of an audit log/],
    [
      'a line without a hash',
      (lines) => [...lines, '{"sequence":7,"time":"x","details":{},"previous":"y"}'],
      7,
      /no line/,
    ],
  ])('shows %s', (_name, change, line, text) => {
    edit(change);
    expect(check().problem).toMatchObject({ line, text: expect.stringMatching(text) });
  });

  it('knows a hash that was exported earlier, also after its days were removed', async () => {
    const first = readAuditLine(open().lines()[2] ?? '')?.hash;
    const last = check().head;
    expect([first, last, '0f'].map((hash) => check(hash).expectedHead)).toEqual(['line', 'line', 'missing']);
    await open().removeDaysBefore('2026-11-21');
    expect(check(last)).toMatchObject({ lines: 3, problem: undefined, expectedHead: 'line' });
    // The checkpoint that leads on names it.
    expect(check(first)).toMatchObject({ expectedHead: 'removed' });
    await open().removeDaysBefore('2026-11-20');
    await open().removeDaysBefore('2027-01-01');
    expect(check().lines).toBe(3);
    await open().append(denial('e'), origin);
    expect(check()).toMatchObject({ lines: 4, problem: undefined });
  });

  it.each([
    ['the rest of a line', (text: string) => `${text}{"sequence":7,"ti`],
    ['a line without its line break', (text: string) => text.trimEnd()],
  ])('goes on after %s that a crash left', async (_name, damaged) => {
    writeFileSync(path, damaged(readFileSync(path, 'utf8')));
    const line = await open().append(denial('e'), origin);
    expect([line.sequence, check()]).toMatchObject([7, { lines: 7, problem: undefined }]);
  });

  it('keeps a foreign line at the end, which is a fault', async () => {
    edit((lines) => [...lines, 'no json']);
    await open().append(denial('e'), origin);
    expect(check().problem).toMatchObject({ line: 7 });
  });

  it('cleans and cuts what it is given', async () => {
    const line = await open().append(
      { type: 'switch', details: { to: `a\u001b[31m${'x'.repeat(2_000)}`, n: 5 } },
      origin,
    );
    expect(line.details.to).not.toMatch(/\u001b/);
    expect(String(line.details.to).length).toBeLessThanOrEqual(500);
    expect(line.details.n).toBe(5);
    expect(check().problem).toBeUndefined();
  });

  it('of many writers at once is one chain', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => open().append(denial(`n${index}`), origin)));
    expect(check()).toMatchObject({ lines: 18, problem: undefined });
  });
});

it('without a file is empty', () => {
  expect(check()).toEqual({ lines: 0, head: undefined, problem: undefined, expectedHead: undefined });
});
