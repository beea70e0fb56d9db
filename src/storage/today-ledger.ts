/** Cost of all sessions since local midnight, read incrementally from the ledger. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type LedgerEntry, type LedgerRow, readEntry } from '../ledger/entry.ts';
import { isMissing, readLines } from './lines.ts';

export interface TodaySums {
  /** Local midnight as an ISO time. */
  readonly day: string;
  /** Micro-dollars of metered cost (API keys). */
  readonly meteredMicroUsd: number;
  /** Micro-dollars that plan requests would have cost at API prices. */
  readonly planMicroUsd: number;
  /** Micro-dollars of metered cost in this repository only. */
  readonly repositoryMicroUsd: number;
  /** The metered cost contains estimates. */
  readonly isEstimated: boolean;
}

const zeroSums: TodaySums = { day: '', meteredMicroUsd: 0, planMicroUsd: 0, repositoryMicroUsd: 0, isEstimated: false };

interface MonthFile {
  readonly descriptor: number;
  /** Byte offset up to which the file was read; always the end of a line. */
  readonly offset: number;
}

type Counted = Pick<LedgerRow, 'time' | 'repo' | 'measured' | 'costMicroUsd' | 'costKind'>;

export class TodayLedger {
  readonly #folder: string;
  readonly #repo: string;
  readonly #now: () => Date;
  #midnight = '';
  #sums = zeroSums;
  /** The files of the day's months, kept open: every request reads what other sessions have added. */
  readonly #files = new Map<string, MonthFile>();
  #reading: Promise<TodaySums> | undefined;
  /** Own entries that could not be written. */
  #unwritten: readonly Counted[] = [];
  readonly #onProblem: (cause: unknown) => void;

  /** @param onProblem called when a file of the ledger exists and cannot be read. */
  constructor(
    folder: string,
    repo: string,
    now: () => Date = () => new Date(),
    onProblem: (cause: unknown) => void = () => {},
  ) {
    this.#onProblem = onProblem;
    this.#folder = folder;
    this.#repo = repo;
    this.#now = now;
  }

  /** Counts an entry of this session that could not be written: budgets go on. */
  addUnwritten(entry: LedgerEntry): void {
    const row = { ...entry, costMicroUsd: entry.costMicroUsd ?? undefined };
    this.#unwritten = [...this.#unwritten.filter(({ time }) => time >= this.#midnight), row];
    this.#count(row);
  }

  /** Reads new entries, one call at a time. Never rejects. */
  sums(): Promise<TodaySums> {
    const previous = this.#reading ?? Promise.resolve(zeroSums);
    const reading = previous.then(() => this.#readNewEntries()).catch(() => this.#sums);
    this.#reading = reading;
    return reading;
  }

  async #readNewEntries(): Promise<TodaySums> {
    const now = this.#now();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
    if (midnight !== this.#midnight) {
      this.close();
      this.#midnight = midnight;
      this.#sums = { ...zeroSums, day: midnight };
      for (const row of this.#unwritten) this.#count(row);
    }
    // A file contains one month in UTC, and the local day may span two.
    for (const month of new Set([midnight.slice(0, 7), now.toISOString().slice(0, 7)])) await this.#readMonth(month);
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
    // Most lines are older than today. Their time is found without parsing the line.
    const time = /"time":"([^"]+)"/.exec(line.slice(0, 100))?.[1];
    if (time !== undefined && time < this.#midnight) return;
    const row = readEntry(line);
    if (row !== undefined) this.#count(row);
  }

  #count(row: Counted): void {
    if (row.time < this.#midnight || row.costMicroUsd === undefined) return;
    const { meteredMicroUsd, planMicroUsd, repositoryMicroUsd, isEstimated } = this.#sums;
    if (row.costKind === 'metered')
      this.#sums = {
        day: this.#midnight,
        planMicroUsd,
        isEstimated: isEstimated || !row.measured,
        meteredMicroUsd: meteredMicroUsd + row.costMicroUsd,
        repositoryMicroUsd: repositoryMicroUsd + (row.repo === this.#repo ? row.costMicroUsd : 0),
      };
    else if (row.costKind === 'plan') this.#sums = { ...this.#sums, planMicroUsd: planMicroUsd + row.costMicroUsd };
  }
}
