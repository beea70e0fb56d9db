/** The status line of a session as a file, so that a program can show it quickly and without the proxy. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from './atomic-file.ts';

export const statusLineFile = (runDir: string, session: string): string => join(runDir, `${session}.line`);

/** Errors are ignored, because a full disk must not end a stream. */
export function writeStatusLine(runDir: string, session: string, line: string): void {
  try {
    writeAtomic(statusLineFile(runDir, session), `${line}\n`);
  } catch {
    // The previous line remains.
  }
}

export const removeStatusLine = (runDir: string, session: string): void =>
  rmSync(statusLineFile(runDir, session), { force: true });
