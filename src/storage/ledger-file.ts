/** The ledger on disk: append-only JSONL with mode 0600, one file per month, one write per line. */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, type LedgerEntry, type LedgerRow, readEntry } from '../ledger/entry.ts';
import { eachLine, isMissing } from './lines.ts';

/** Appends entries. The file of the current month stays open: every request adds an entry. */
export class LedgerFile {
  readonly #folder: string;
  #open: { readonly month: string; readonly descriptor: number } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws Error of the file system when the entry could not be written. */
  append(entry: LedgerEntry): void {
    const file = this.#fileOf(entry.time.slice(0, 7));
    // After a line truncated by a crash, the entry starts a new line. Otherwise it would be lost too.
    const line = Buffer.from((endsInPartialLine(file) ? '\n' : '') + encodeEntry(entry));
    // A full disk may take a part of the line without an error.
    if (writeSync(file, line) !== line.length) throw new Error(`${this.#folder}: a line was not written completely`);
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #fileOf(month: string): number {
    // A file that the user deleted or replaced has no name any more.
    if (this.#open?.month === month && fstatSync(this.#open.descriptor).nlink > 0) return this.#open.descriptor;
    this.close();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    // O_APPEND keeps lines of concurrent sessions from interleaving.
    const descriptor = openSync(join(this.#folder, `${month}.jsonl`), 'a+', 0o600);
    this.#open = { month, descriptor };
    return descriptor;
  }
}

function endsInPartialLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

export interface LedgerScan {
  /** Lines that are not entries: truncated by a crash, or not written by ccp. */
  readonly skipped: number;
}

/**
 * Reads all months that can contain rows in the range of ISO times: from `since`, before `until`. Either may be
 * undefined.
 * @throws Error of the file system when the ledger exists and cannot be read.
 */
export async function scanLedger(
  ledgerDir: string,
  range: { since: string | undefined; until: string | undefined },
  onRow: (row: LedgerRow) => void,
): Promise<LedgerScan> {
  let skipped = 0;
  for (const month of months(ledgerDir)) {
    if (range.since !== undefined && month < range.since.slice(0, 7)) continue;
    if (range.until !== undefined && month > range.until.slice(0, 7)) continue;
    const onLine = (line: string) => {
      const row = readEntry(line);
      if (row === undefined) skipped += 1;
      else if (inRange(row.time, range)) onRow(row);
    };
    await eachLine(join(ledgerDir, `${month}.jsonl`), 0, onLine, true);
  }
  return { skipped };
}

const inRange = (time: string, { since, until }: { since: string | undefined; until: string | undefined }): boolean =>
  (since === undefined || time >= since) && (until === undefined || time < until);

function months(ledgerDir: string): string[] {
  try {
    return readdirSync(ledgerDir)
      .filter((name) => /^\d{4}-\d{2}\.jsonl$/.test(name))
      .map((name) => name.slice(0, 7))
      .sort();
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}
