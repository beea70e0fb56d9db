/** The status line of a session as a file: whoever shows it needs no proxy, and no time. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from './atomic-file.ts';

export const statusLineFile = (runDir: string, session: string): string => join(runDir, `${session}.line`);

/** A full disk must not end a stream. */
export function writeStatusLine(runDir: string, session: string, line: string): void {
  try {
    writeAtomic(statusLineFile(runDir, session), `${line}\n`);
  } catch {
    // The line stays as old as it is.
  }
}

export const removeStatusLine = (runDir: string, session: string): void =>
  rmSync(statusLineFile(runDir, session), { force: true });
