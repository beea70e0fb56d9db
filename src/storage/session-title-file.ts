/** The title that ccp found for a session, as the output of a hook of Claude Code, which prints and removes it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from './atomic-file.ts';

export const sessionTitleFile = (runDir: string, session: string): string => join(runDir, `${session}.title`);

/** Errors are ignored: the session keeps its first prompt as its name. */
export function writeSessionTitle(runDir: string, session: string, sessionTitle: string): void {
  try {
    const output = { hookSpecificOutput: { hookEventName: 'UserPromptSubmit', sessionTitle } };
    writeAtomic(sessionTitleFile(runDir, session), `${JSON.stringify(output)}\n`);
  } catch {
    // A full disk must not end a stream.
  }
}

export const removeSessionTitle = (runDir: string, session: string): void =>
  rmSync(sessionTitleFile(runDir, session), { force: true });
