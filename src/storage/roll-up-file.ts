/** Rolls up old days of the ledger on disk, while other sessions append to it. */
import { appendFileSync, closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { rollUp } from '../ledger/roll-up.ts';
import { writeAtomic } from './atomic-file.ts';
import { isMissing } from './lines.ts';
import { withLock } from './lock.ts';

/** A session that was about to append to the file that is replaced has done so when nothing came for this time. */
const lateAppendMs = 300;

/** @param cutoff ISO time: older days are rolled up. @throws Error of the file system. */
export async function rollUpLedger(folder: string, cutoff: string, noonOf: (time: string) => string): Promise<void> {
  await withLock(join(folder, 'roll-up'), async () => {
    for (const name of monthsUpTo(folder, cutoff.slice(0, 7))) await rollUpMonth(join(folder, name), cutoff, noonOf);
  });
}

function monthsUpTo(folder: string, month: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d{4}-\d{2}\.jsonl$/.test(name) && name.slice(0, 7) <= month);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

async function rollUpMonth(path: string, cutoff: string, noonOf: (time: string) => string): Promise<void> {
  const file = openSync(path, 'r');
  try {
    const text = readFileSync(file, 'utf8');
    const end = Buffer.byteLength(text);
    const lines = text.split('\n').filter((line) => line !== '');
    const { lines: next, replaced } = rollUp(lines, cutoff, noonOf);
    if (replaced === 0) return;
    const late = textFrom(file, end);
    writeAtomic(path, `${next.join('\n')}\n${late}`);
    // What was appended to the old file meanwhile belongs to the new one, to which other sessions already append.
    let position = end + Buffer.byteLength(late);
    for (let later = 'not read yet'; later !== ''; position += Buffer.byteLength(later)) {
      await wait(lateAppendMs);
      later = textFrom(file, position);
      if (later !== '') appendFileSync(path, later);
    }
  } finally {
    closeSync(file);
  }
}

function textFrom(file: number, start: number): string {
  const bytes = fstatSync(file).size - start;
  if (bytes <= 0) return '';
  const buffer = Buffer.alloc(bytes);
  readSync(file, buffer, 0, bytes, start);
  return buffer.toString('utf8');
}
