/** The end of a session: one line on stderr, and the receipt's file where one was asked for. */
import { statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../errors/user-error.ts';
import { receiptLine } from '../session/format.ts';
import { receiptJson } from '../session/receipt-file.ts';
import type { SessionState } from '../session/state.ts';

/** @throws UserError before anything is started, when the file could not be written at the end. */
export function checkReceipt(path: string | undefined): void {
  if (path === undefined) return;
  const there = statSync(resolve(path), { throwIfNoEntry: false });
  // Opening a pipe would wait for its reader, for ever.
  if (there && (there.isFIFO() || there.isSocket() || there.isDirectory()))
    throw new UserError(`--receipt: ${path} is no file.`, 2);
  try {
    writeFileSync(resolve(path), '', { flag: 'a', mode: 0o600 });
  } catch (thrown) {
    throw new UserError(`--receipt: ${path} cannot be written (${reasonOf(thrown)}).`, 2);
  }
}

export function giveReceipt(state: SessionState, session: string, exitCode: number, path: string | undefined): void {
  const endedAt = Date.now();
  process.stderr.write(`${receiptLine(state, endedAt)}\n`);
  if (path === undefined) return;
  try {
    writeFileSync(resolve(path), receiptJson(state, { session, endedAt, exitCode }), { mode: 0o600 });
  } catch (thrown) {
    process.stderr.write(`ccp: the receipt could not be written to ${path} (${reasonOf(thrown)}).\n`);
  }
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
