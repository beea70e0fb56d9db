/** Which model wrote each shell command of a session: one line for each call, for the hook that names it in commits. */
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CallWriter {
  readonly upstream: string;
  readonly model: string;
}

export const callWritersFile = (runDir: string, session: string): string => join(runDir, `${session}.writers`);

/** Called before Claude Code runs the tool. Errors are ignored: then the commit has no trailer. */
export function recordWriter(file: string, toolUseId: string, { upstream, model }: CallWriter): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    appendFileSync(file, `${JSON.stringify([toolUseId, upstream, model])}\n`, { mode: 0o600 });
  } catch {
    // A full disk must not end a stream.
  }
}

export function writerOf(file: string, toolUseId: string): CallWriter | undefined {
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .findLast((text) => text.startsWith(`[${JSON.stringify(toolUseId)},`));
    const [, upstream, model]: unknown[] = line === undefined ? [] : JSON.parse(line);
    return typeof upstream === 'string' && typeof model === 'string' ? { upstream, model } : undefined;
  } catch {
    return undefined;
  }
}

export const removeWriters = (runDir: string, session: string): void =>
  rmSync(callWritersFile(runDir, session), { force: true });
