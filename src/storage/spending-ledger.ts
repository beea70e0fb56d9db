/** Cost of all sessions today, in this week and in this month, read incrementally from the ledger. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerPeriod } from '../ledger/budget.ts';
import { type LedgerEntry, type LedgerRow, readEntry } from '../ledger/entry.ts';
import type { SpendingSums } from '../ledger/spending.ts';
import { isMissing, readLines } from './lines.ts';

const zeroSums: SpendingSums = {
  day: '',
  week: '',
  weekEnd: '',
  month: '',
  monthEnd: '',
  weekMicroUsd: 0,
  monthMicroUsd: 0,
  meteredMicroUsd: 0,
  planMicroUsd: 0,
  repositoryMicroUsd: 0,
  isEstimated: false,
  isWeekEstimated: false,
  isMonthEstimated: false,
};

interface MonthFile {
  readonly descriptor: number;
  /** Byte offset up to which the file was read; always the end of a line. */
  readonly offset: number;
}

type Counted = Pick<LedgerRow, 'time' | 'repo' | 'measured' | 'costMicroUsd' | 'costKind'>;

export class SpendingLedger {
  readonly #folder: string;
  readonly #repo: string;
  readonly #longest: LedgerPeriod;
  readonly #now: () => Date;
  /** Start of today, and of the longest period, as ISO times. */
  #midnight = '';
  #start = '';
  #sums = zeroSums;
  /** The files of the period's months, kept open: every request reads what other sessions have added. */
  readonly #files = new Map<string, MonthFile>();
  #reading: Promise<SpendingSums> | undefined;
  /** Own entries that could not be written. */
  #unwritten: readonly Counted[] = [];
  readonly #onProblem: (cause: unknown) => void;

  /** @param onProblem called when a file of the ledger exists and cannot be read. */
  constructor(
    folder: string,
    repo: string,
    {
      longest = 'day',
      now = () => new Date(),
      onProblem = () => {},
    }: { longest?: LedgerPeriod; now?: () => Date; onProblem?: (cause: unknown) => void } = {},
  ) {
    this.#longest = longest;
    this.#onProblem = onProblem;
    this.#folder = folder;
    this.#repo = repo;
    this.#now = now;
  }

  /** Counts an entry of this session that could not be written: budgets go on. */
  addUnwritten(entry: LedgerEntry): void {
    const row = { ...entry, costMicroUsd: entry.costMicroUsd ?? undefined };
    this.#unwritten = [...this.#unwritten.filter(({ time }) => time >= this.#start), row];
    this.#count(row);
  }

  /** Reads new entries, one call at a time. Never rejects. */
  sums(): Promise<SpendingSums> {
    const previous = this.#reading ?? Promise.resolve(zeroSums);
    const reading = previous.then(() => this.#readNewEntries()).catch(() => this.#sums);
    this.#reading = reading;
    return reading;
  }

  async #readNewEntries(): Promise<SpendingSums> {
    const now = this.#now();
    const starts = periodStarts(now);
    if (starts.day !== this.#midnight) {
      this.close();
      this.#midnight = starts.day;
      this.#start = firstStart(starts, this.#longest);
      this.#sums = { ...zeroSums, ...starts, ...periodEnds(now) };
      for (const row of this.#unwritten) this.#count(row);
    }
    // A file contains one month in UTC, and each period may span two of them.
    for (const month of new Set([this.#start.slice(0, 7), now.toISOString().slice(0, 7)])) await this.#readMonth(month);
    return this.#midnight === '' ? this.#readNewEntries() : this.#sums;
  }

  async #readMonth(month: string): Promise<void> {
    const file = this.#files.get(month) ?? this.#open(month);
    if (file === undefined) return;
    const { descriptor, offset } = file;
    const { size, nlink } = fstatSync(descriptor);
    // A file that was replaced or is shorter is a different file, so everything is read again.
    if (nlink === 0 || size < offset) {
      this.#midnight = '';
      return;
    }
    this.#files.set(month, { descriptor, offset: await readLines(descriptor, offset, (line) => this.#add(line)) });
  }

  #open(month: string): MonthFile | undefined {
    try {
      return { descriptor: openSync(join(this.#folder, `${month}.jsonl`), 'r'), offset: 0 };
    } catch (thrown) {
      if (!isMissing(thrown)) this.#onProblem(thrown);
      return undefined;
    }
  }

  /** Closes the files. They are opened again when sums are read. */
  close(): void {
    for (const { descriptor } of this.#files.values()) closeSync(descriptor);
    this.#files.clear();
    this.#midnight = '';
  }

  #add(line: string): void {
    // Most lines are older than the period. Their time is found without parsing the line.
    const time = /"time":"([^"]+)"/.exec(line.slice(0, 100))?.[1];
    if (time !== undefined && time < this.#start) return;
    const row = readEntry(line);
    if (row !== undefined) this.#count(row);
  }

  #count({ time, repo, costMicroUsd, costKind, measured }: Counted): void {
    if (costMicroUsd === undefined || time < this.#start) return;
    const sums = this.#sums;
    const isToday = time >= sums.day;
    if (costKind === 'plan' && isToday) this.#sums = { ...sums, planMicroUsd: sums.planMicroUsd + costMicroUsd };
    if (costKind !== 'metered') return;
    const within = (start: string): number => (time >= start ? costMicroUsd : 0);
    this.#sums = {
      ...sums,
      meteredMicroUsd: sums.meteredMicroUsd + within(sums.day),
      repositoryMicroUsd: sums.repositoryMicroUsd + (repo === this.#repo ? within(sums.day) : 0),
      weekMicroUsd: sums.weekMicroUsd + within(sums.week),
      monthMicroUsd: sums.monthMicroUsd + within(sums.month),
      isEstimated: sums.isEstimated || (!measured && isToday),
      isWeekEstimated: sums.isWeekEstimated || (!measured && time >= sums.week),
      isMonthEstimated: sums.isMonthEstimated || (!measured && time >= sums.month),
    };
  }
}

/** The start of the longest period. A week can begin before its month. */
function firstStart({ day, week, month }: Record<LedgerPeriod, string>, longest: LedgerPeriod): string {
  if (longest === 'day') return day;
  return longest === 'month' && month < week ? month : week;
}

function periodStarts(now: Date): Record<LedgerPeriod, string> {
  const year = now.getFullYear();
  const month = now.getMonth();
  return {
    day: new Date(year, month, now.getDate()).toISOString(),
    week: new Date(year, month, mondayOf(now)).toISOString(),
    month: new Date(year, month, 1).toISOString(),
  };
}

const periodEnds = (now: Date): Pick<SpendingSums, 'weekEnd' | 'monthEnd'> => ({
  weekEnd: new Date(now.getFullYear(), now.getMonth(), mondayOf(now) + 7).toISOString(),
  monthEnd: new Date(now.getFullYear(), now.getMonth() + 1, 1).toISOString(),
});

/** The day of the month of the week's Monday; below 1 when it is in the month before. */
const mondayOf = (now: Date): number => now.getDate() - ((now.getDay() + 6) % 7);
