import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/ledger/entry.ts';
import type { CostKind } from '../../src/models/types.ts';
import { SpendingLedger } from '../../src/storage/spending-ledger.ts';

let folder: string;
let now: Date;
let today: SpendingLedger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-today-'));
  now = new Date(2026, 10, 20, 12);
  today = new SpendingLedger(folder, 'team/project', { now: () => now });
});
afterEach(() => {
  today.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Appends an entry at a local time of November 2026. */
const add = (day: number, hour: number, cost: number | null, kind: CostKind = 'metered', repo = 'team/project') => {
  const time = new Date(2026, 10, day, hour).toISOString();
  const entry = { time, model: 'm', costMicroUsd: cost, costKind: kind, repo };
  appendFileSync(join(folder, `${time.slice(0, 7)}.jsonl`), `${JSON.stringify(entry)}\n`);
};
const midnight = (day: number) => new Date(2026, 10, day).toISOString();
const sums = (day: number, metered: number, plan: number, repository: number) => ({
  day: midnight(day),
  week: midnight(16),
  weekEnd: midnight(23),
  month: midnight(1),
  monthEnd: midnight(31),
  weekMicroUsd: metered,
  monthMicroUsd: metered,
  meteredMicroUsd: metered,
  planMicroUsd: plan,
  repositoryMicroUsd: repository,
  isEstimated: false,
  isWeekEstimated: false,
  isMonthEstimated: false,
});

describe('the cost of today', () => {
  it('is zero without a ledger', async () => {
    expect(await today.sums()).toEqual(sums(20, 0, 0, 0));
  });

  it('is summed by kind, and by repository for metered requests', async () => {
    add(20, 1, 5);
    add(20, 2, 7, 'metered', 'team/other');
    add(20, 3, 11, 'plan');
    add(20, 4, 13, 'local');
    add(20, 5, 17, 'unknown');
    add(20, 6, null);
    add(20, 7, 19);
    add(20, 8, 23, 'plan');
    expect(await today.sums()).toEqual(sums(20, 31, 34, 24));
  });

  it('begins at local midnight', async () => {
    add(19, 23, 100);
    add(20, 0, 5);
    expect(await today.sums()).toEqual(sums(20, 5, 0, 5));
  });

  it('begins anew on the next day, without the entries of the previous one', async () => {
    add(20, 1, 5);
    await today.sums();
    now = new Date(2026, 10, 21, 0, 1);
    expect(await today.sums()).toEqual(sums(21, 0, 0, 0));
    add(21, 0, 7);
    expect(await today.sums()).toEqual(sums(21, 7, 0, 7));
  });

  it('includes no entries of the previous month, except those of a local day that begins in it', async () => {
    now = new Date(2026, 11, 1, 12);
    const lastMonth = { time: '2026-11-29T10:00:00.000Z', model: 'm', costMicroUsd: 100, costKind: 'metered' };
    writeFileSync(join(folder, '2026-11.jsonl'), `${JSON.stringify(lastMonth)}\n`);
    add(31, 3, 5);
    expect(await today.sums()).toMatchObject({ meteredMicroUsd: 5 });
  });

  it('reads each line once, although requests overlap', async () => {
    add(20, 1, 5);
    const wanted = sums(20, 5, 0, 5);
    expect(await Promise.all([today.sums(), today.sums(), today.sums()])).toEqual([wanted, wanted, wanted]);
    add(20, 2, 7);
    expect(await today.sums()).toEqual(sums(20, 12, 0, 12));
  });

  it('is read again when the file is shorter', async () => {
    add(20, 1, 5);
    add(20, 2, 7);
    await today.sums();
    writeFileSync(join(folder, '2026-11.jsonl'), '');
    add(20, 3, 11);
    expect(await today.sums()).toEqual(sums(20, 11, 0, 11));
  });

  it('is read again when the file was replaced by one of the same length', async () => {
    add(20, 1, 5);
    expect(await today.sums()).toEqual(sums(20, 5, 0, 5));
    rmSync(join(folder, '2026-11.jsonl'));
    add(20, 2, 7);
    expect(await today.sums()).toEqual(sums(20, 7, 0, 7));
  });

  it('ignores lines that are no entries, and reads an entry whose time is not at its beginning', async () => {
    const path = join(folder, '2026-11.jsonl');
    const cost = { costMicroUsd: 5, costKind: 'metered' };
    const entry = (hour: number, day = 20) => ({
      ...cost,
      model: 'm'.repeat(200),
      time: new Date(2026, 10, day, hour),
    });
    const lines = ['no entry', '{"time":"x"}', JSON.stringify(entry(1)), JSON.stringify(entry(1, 19))];
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(await today.sums()).toMatchObject({ meteredMicroUsd: 5, repositoryMicroUsd: 0 });
  });

  it('keeps the previous sums when the clock fails', async () => {
    add(20, 1, 5);
    const wanted = await today.sums();
    now = new Date(Number.NaN);
    expect(await today.sums()).toEqual(wanted);
  });

  it('is marked when its metered part contains an estimate', async () => {
    const estimate = (costKind: CostKind) => ({
      time: new Date(2026, 10, 20, 1).toISOString(),
      model: 'm',
      measured: false,
      costMicroUsd: 3,
      costKind,
    });
    const write = (entry: object) => appendFileSync(join(folder, '2026-11.jsonl'), `${JSON.stringify(entry)}\n`);
    write(estimate('plan'));
    expect(await today.sums()).toMatchObject({ planMicroUsd: 3, isEstimated: false });
    write(estimate('metered'));
    add(20, 2, 5);
    expect(await today.sums()).toMatchObject({ meteredMicroUsd: 8, isEstimated: true });
  });

  it('contains the entries of this session that could not be written, on their day', async () => {
    const entry = (hour: number) =>
      ({
        time: new Date(2026, 10, 20, hour).toISOString(),
        repo: 'team/project',
        measured: true,
        costMicroUsd: 5,
        costKind: 'metered',
      }) as LedgerEntry;
    expect(await today.sums()).toEqual(sums(20, 0, 0, 0));
    today.addUnwritten(entry(9));
    today.addUnwritten({ ...entry(10), costMicroUsd: null });
    expect(await today.sums()).toEqual(sums(20, 5, 0, 5));
    add(20, 11, 7);
    expect(await today.sums()).toEqual(sums(20, 12, 0, 12));
    // The file is replaced and read again.
    rmSync(join(folder, '2026-11.jsonl'));
    expect(await today.sums()).toEqual(sums(20, 5, 0, 5));
    now = new Date(2026, 10, 21, 1);
    expect(await today.sums()).toEqual(sums(21, 0, 0, 0));
  });

  it('is reported as unreadable when a file of the ledger is there and cannot be opened', async () => {
    const problems: unknown[] = [];
    const onProblem = (cause: unknown) => problems.push(cause);
    const other = new SpendingLedger(join(folder, 'file'), 'r', { now: () => now, onProblem });
    writeFileSync(join(folder, 'file'), 'not a folder');
    await other.sums();
    expect(problems).toEqual([expect.objectContaining({ code: 'ENOTDIR' })]);
    await today.sums();
    expect(problems).toHaveLength(1);
  });
});

describe('the cost of the week and of the month', () => {
  const counting = async (longest: 'day' | 'week' | 'month') => {
    const ledger = new SpendingLedger(folder, 'team/project', { longest, now: () => now });
    const { meteredMicroUsd, weekMicroUsd, monthMicroUsd, planMicroUsd } = await ledger.sums();
    ledger.close();
    return [meteredMicroUsd, weekMicroUsd, monthMicroUsd, planMicroUsd];
  };

  it('begin on Monday and on the first day, at local midnight', async () => {
    add(20, 1, 1);
    add(16, 0, 10, 'metered', 'team/other');
    add(15, 23, 100);
    add(1, 0, 1_000);
    add(0, 23, 10_000);
    add(17, 5, 100_000, 'plan');
    expect(await counting('month')).toEqual([1, 11, 1_111, 0]);
    expect(await counting('week')).toEqual([1, 11, 11, 0]);
    expect(await counting('day')).toEqual([1, 1, 1, 0]);
  });

  it('count a week that began in the month before, of which the month has a part', async () => {
    // 1 December 2026 is a Tuesday.
    now = new Date(2026, 11, 2, 12);
    add(30, 8, 10);
    add(31, 8, 1);
    expect(await counting('month')).toEqual([0, 11, 1, 0]);
  });

  it('count on Sunday what was spent since Monday', async () => {
    now = new Date(2026, 10, 22, 12);
    add(16, 1, 1);
    expect(await counting('week')).toEqual([0, 1, 1, 0]);
  });

  it('continue at midnight, and begin anew with the next week and month', async () => {
    now = new Date(2026, 10, 28, 12);
    const ledger = new SpendingLedger(folder, 'team/project', { longest: 'month', now: () => now });
    const spent = async (year: number, month: number, day: number) => {
      now = new Date(year, month, day, 1);
      const { meteredMicroUsd, weekMicroUsd, monthMicroUsd } = await ledger.sums();
      return [meteredMicroUsd, weekMicroUsd, monthMicroUsd];
    };
    add(28, 0, 5);
    expect(await spent(2026, 10, 28)).toEqual([5, 5, 5]);
    expect(await spent(2026, 10, 29)).toEqual([0, 5, 5]);
    expect(await spent(2026, 10, 30)).toEqual([0, 0, 5]);
    expect(await spent(2026, 11, 1)).toEqual([0, 0, 0]);
    ledger.close();
  });

  it('are marked when they contain an estimate', async () => {
    const estimate = (day: number) => ({
      time: new Date(2026, 10, day, 1).toISOString(),
      model: 'm',
      measured: false,
      costMicroUsd: 3,
      costKind: 'metered',
    });
    const marks = async () => {
      const ledger = new SpendingLedger(folder, 'team/project', { longest: 'month', now: () => now });
      const { isEstimated, isWeekEstimated, isMonthEstimated } = await ledger.sums();
      ledger.close();
      return [isEstimated, isWeekEstimated, isMonthEstimated];
    };
    const path = join(folder, '2026-11.jsonl');
    add(20, 1, 5);
    expect(await marks()).toEqual([false, false, false]);
    appendFileSync(path, `${JSON.stringify(estimate(3))}\n`);
    expect(await marks()).toEqual([false, false, true]);
    appendFileSync(path, `${JSON.stringify(estimate(17))}\n`);
    expect(await marks()).toEqual([false, true, true]);
    appendFileSync(path, `${JSON.stringify(estimate(20))}\n`);
    expect(await marks()).toEqual([true, true, true]);
  });
});
