/** Prints the receipt line at the end of a session, and writes the receipt file when one was requested. */
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../errors/user-error.ts';
import { receiptLine } from '../session/format.ts';
import { receiptJson } from '../session/receipt-file.ts';
import type { SessionState } from '../session/state.ts';

/** Checks before the launch that the receipt file can be written. @throws UserError when it cannot. */
export function checkReceipt(path: string | undefined): void {
  if (path === undefined) return;
  const existingFile = statSync(resolve(path), { throwIfNoEntry: false });
  // Opening a FIFO would block until another process reads it.
  if (existingFile && (existingFile.isFIFO() || existingFile.isSocket() || existingFile.isDirectory()))
    throw new UserError(`--receipt: ${path} is not a regular file.`, 2);
  try {
    writeFileSync(resolve(path), '', { flag: 'a', mode: 0o600 });
  } catch (thrown) {
    throw new UserError(`--receipt: ${path} cannot be written (${reasonOf(thrown)}).`, 2);
  }
}

/** A receipt file that cannot be written is reported on stderr. */
export function writeReceipt(state: SessionState, session: string, exitCode: number, path: string | undefined): void {
  const endedAt = Date.now();
  process.stderr.write(`${receiptLine(state, endedAt)}\n`);
  if (path === undefined) return;
  try {
    writeFileSync(resolve(path), receiptJson(state, { session, endedAt, exitCode }), { mode: 0o600 });
    // The mode above applies to a new file only. A device, such as /dev/null, is left alone.
    if (statSync(resolve(path)).isFile()) chmodSync(resolve(path), 0o600);
  } catch (thrown) {
    process.stderr.write(`ccp: the receipt could not be written to ${path} (${reasonOf(thrown)}).\n`);
  }
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
