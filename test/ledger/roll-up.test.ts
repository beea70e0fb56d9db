/** Retention: days past it become sums without ids, and every sum stays as it was. */
import { appendFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEntry } from '../../src/ledger/entry.ts';
import { rollUp } from '../../src/ledger/roll-up.ts';
import { groupings, UsageSum } from '../../src/ledger/sum.ts';
import { removeOldLogLines } from '../../src/storage/old-log-lines.ts';
import { rollUpLedger } from '../../src/storage/roll-up-file.ts';

const noonOf = (time: string) => `${time.slice(0, 10)}T12:00:00.000Z`;
const cutoff = '2026-11-10T00:00:00.000Z';
const line = (time: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    version: 1,
    time,
    id: 'req_secret',
    session: 's-secret',
    repo: 'r',
    upstream: 'codex',
    model: 'gpt-5.5',
    inputTokens: 10,
    cacheReadTokens: 5,
    cacheWriteTokens: 0,
    outputTokens: 3,
    reasoningTokens: 1,
    measured: true,
    costMicroUsd: 100,
    costKind: 'plan',
    ...more,
  });

describe('days past the retention', () => {
  it('become one line for each kind of request, without ids', () => {
    const kept = line('2026-11-10T00:00:00.000Z');
    const { lines, replaced } = rollUp(
      [
        line('2026-11-08T08:00:00.000Z'),
        line('2026-11-08T20:00:00.000Z'),
        line('2026-11-09T01:00:00.000Z', { costKind: 'metered' }),
        kept,
        'torn',
      ],
      cutoff,
      noonOf,
    );
    expect(replaced).toBe(3);
    expect(lines).toHaveLength(4);
    expect(lines.slice(0, 2).join()).not.toMatch(/secret/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      version: 1,
      time: '2026-11-08T12:00:00.000Z',
      repo: 'r',
      upstream: 'codex',
      requestClass: '',
      model: 'gpt-5.5',
      inputTokens: 20,
      cacheReadTokens: 10,
      cacheWriteTokens: 0,
      outputTokens: 6,
      reasoningTokens: 2,
      measured: true,
      costKind: 'plan',
      costMicroUsd: 200,
      requests: 2,
      rolledUp: true,
    });
    expect(lines.slice(2)).toEqual([kept, 'torn']);
    expect(rollUp(lines, cutoff, noonOf)).toEqual({ lines, replaced: 0 });
  });

  it('leave every sum as it was, also when they are rolled up again and again', () => {
    const row = fc.record({
      time: fc
        .integer({ min: 1, max: 20 })
        .map((day) => `2026-11-${String(day).padStart(2, '0')}T0${day % 10}:00:00.000Z`),
      repo: fc.constantFrom('a', 'b'),
      upstream: fc.constantFrom('codex', 'openai'),
      requestClass: fc.constantFrom('turn', 'title'),
      model: fc.constantFrom('m', 'n'),
      inputTokens: fc.nat(1_000),
      outputTokens: fc.nat(100),
      measured: fc.boolean(),
      repeated: fc.boolean(),
      costMicroUsd: fc.option(fc.nat(10_000)),
      costKind: fc.constantFrom('plan', 'metered', 'unknown', 'local'),
    });
    const sums = (lines: readonly string[]) =>
      groupings
        .filter((by) => by !== 'session')
        .map((by) => {
          const sum = new UsageSum(by, (time) => time.slice(0, 10));
          for (const text of lines) {
            const entry = readEntry(text);
            if (entry) sum.add(entry);
          }
          return { rows: sum.rows(), total: sum.total };
        });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const lines = rows.map(({ time, ...more }) => line(time, more));
        const once = rollUp(lines, cutoff, noonOf).lines;
        const twice = rollUp(once, '2026-11-15T00:00:00.000Z', noonOf).lines;
        expect(sums(once)).toEqual(sums(lines));
        expect(sums(twice)).toEqual(sums(lines));
      }),
    );
  });
});

describe('the files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccp-roll-up-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are rolled up while another session appends to the file that is replaced: no line is lost', async () => {
    const path = join(folder, '2026-11.jsonl');
    writeFileSync(path, `${line('2026-11-08T08:00:00.000Z')}\n`);
    writeFileSync(join(folder, '2026-12.jsonl'), `${line('2026-12-08T08:00:00.000Z')}\n`);
    const other = openSync(path, 'a');
    const rolled = rollUpLedger(folder, cutoff, noonOf);
    // Before and after the file was replaced.
    writeSync(other, `${line('2026-11-12T08:00:00.000Z', { model: 'early' })}\n`);
    setTimeout(() => writeSync(other, `${line('2026-11-12T09:00:00.000Z', { model: 'late' })}\n`), 100);
    setTimeout(() => writeSync(other, `${line('2026-11-12T10:00:00.000Z', { model: 'latest' })}\n`), 450);
    // Another session appends to the new file.
    setTimeout(() => appendFileSync(path, `${line('2026-11-12T10:00:00.000Z', { model: 'new' })}\n`), 200);
    await rolled;
    const models = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((text) => readEntry(text)?.model);
    expect(models.sort()).toEqual(['early', 'gpt-5.5', 'late', 'latest', 'new']);
    expect(readFileSync(join(folder, '2026-12.jsonl'), 'utf8')).toContain('s-secret');
    await rollUpLedger(join(folder, 'none'), cutoff, noonOf);
  });

  it('of a log lose their old lines in place, for programs that have it open', () => {
    const path = join(folder, 'proxy.log');
    const entry = (time: string) => `${JSON.stringify({ level: 30, time, msg: time })}\n`;
    writeFileSync(path, entry('2026-11-01T00:00:00.000Z') + entry(cutoff) + entry('2026-11-20T00:00:00.000Z'));
    const open = openSync(path, 'a');
    removeOldLogLines(path, cutoff);
    writeSync(open, entry('2026-11-21T00:00:00.000Z'));
    expect(readFileSync(path, 'utf8')).toBe(
      entry(cutoff) + entry('2026-11-20T00:00:00.000Z') + entry('2026-11-21T00:00:00.000Z'),
    );
    removeOldLogLines(path, '2027-01-01T00:00:00.000Z');
    expect(readFileSync(path, 'utf8')).toBe('');
    appendFileSync(path, entry(cutoff));
    removeOldLogLines(path, cutoff);
    expect(readFileSync(path, 'utf8')).toBe(entry(cutoff));
    removeOldLogLines(join(folder, 'none.log'), cutoff);
  });
});
