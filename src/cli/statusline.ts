/**
 * Reads a session's status line: from `file`, else of the session that this shell's Claude Code uses, else of the
 * newest.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Environment } from '../platform/environment.ts';
import { pathsOf } from '../platform/paths.ts';
import { readRuns } from '../storage/run-files.ts';
import { statusLineFile } from '../storage/status-line-file.ts';

export function sessionLine(file: string | undefined, env: Environment): string {
  const path = file ?? fileOf(env);
  try {
    if (path !== undefined) return readFileSync(path, 'utf8');
  } catch {
    // The session has ended.
  }
  return 'ccp: no session is running\n';
}

function fileOf(env: Environment): string | undefined {
  const { runDir } = pathsOf(env);
  const runs = readRuns(runDir);
  const runsWithLine = runs.filter(({ session }) => existsSync(statusLineFile(runDir, session)));
  const run = runsWithLine.find(({ url }) => url === env.ANTHROPIC_BASE_URL) ?? runsWithLine.at(-1);
  return run && statusLineFile(runDir, run.session);
}
