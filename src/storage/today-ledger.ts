/** What all sessions spent since local midnight, read from the ledger as it grows. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readEntry } from '../ledger/entry.ts';
import { eachLine } from './lines.ts';

export interface TodaySums {
  /** Local midnight as an ISO time. */
  readonly day: string;
  /** Micro-dollars that API keys paid. */
  readonly meteredMicroUsd: number;
  /** Micro-dollars that plans would have cost by API. */
  readonly planMicroUsd: number;
  /** Metered, in this repository alone. */
  readonly repositoryMicroUsd: number;
}

const nothing: TodaySums = { day: '', meteredMicroUsd: 0, planMicroUsd: 0, repositoryMicroUsd: 0 };

export class TodayLedger {
  readonly #folder: string;
  readonly #repo: string;
  readonly #now: () => Date;
  #midnight = '';
  #sums = nothing;
  /** How far each month's file was read, to the end of a line. */
  #read = new Map<string, number>();
  #reading: Promise<TodaySums> | undefined;

  constructor(folder: string, repo: string, now: () => Date = () => new Date()) {
    this.#folder = folder;
    this.#repo = repo;
    this.#now = now;
  }

  /** One reading at a time; never rejects. */
  sums(): Promise<TodaySums> {
    const last = this.#reading ?? Promise.resolve(nothing);
    const reading = last.then(() => this.#catchUp()).catch(() => this.#sums);
    this.#reading = reading;
    return reading;
  }

  async #catchUp(): Promise<TodaySums> {
    const now = this.#now();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
    if (midnight !== this.#midnight) {
      this.#midnight = midnight;
      this.#sums = { ...nothing, day: midnight };
      this.#read = new Map();
    }
    // A file is a month in UTC; the local day may lie in two.
    for (const month of new Set([midnight.slice(0, 7), now.toISOString().slice(0, 7)])) await this.#readMonth(month);
    return this.#midnight === '' ? this.#catchUp() : this.#sums;
  }

  async #readMonth(month: string): Promise<void> {
    const path = join(this.#folder, `${month}.jsonl`);
    const from = this.#read.get(month) ?? 0;
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    // Shortened, it is another file: everything is read again.
    if (size < from) {
      this.#midnight = '';
      return;
    }
    this.#read.set(month, await eachLine(path, from, (line) => this.#add(line)));
  }

  #add(line: string): void {
    // Most of a month is not today: told without reading all of the line.
    const time = /"time":"([^"]+)"/.exec(line.slice(0, 100))?.[1];
    if (time !== undefined && time < this.#midnight) return;
    const row = readEntry(line);
    if (row === undefined || row.time < this.#midnight || row.costMicroUsd === undefined) return;
    const { meteredMicroUsd, planMicroUsd, repositoryMicroUsd } = this.#sums;
    if (row.costKind === 'metered')
      this.#sums = {
        day: this.#midnight,
        planMicroUsd,
        meteredMicroUsd: meteredMicroUsd + row.costMicroUsd,
        repositoryMicroUsd: repositoryMicroUsd + (row.repo === this.#repo ? row.costMicroUsd : 0),
      };
    else if (row.costKind === 'plan') this.#sums = { ...this.#sums, planMicroUsd: planMicroUsd + row.costMicroUsd };
  }
}
