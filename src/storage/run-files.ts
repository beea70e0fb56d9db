/** Running sessions: one file per session, with mode 0600. `status`, `switch` and `watch` find sessions by them. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors/user-error.ts';
import { asNumber, asString, isObject, parseJson } from '../wire/json.ts';
import { writeAtomic } from './atomic-file.ts';
import { removeWriters } from './call-writers-file.ts';
import { isMissing } from './lines.ts';
import { isAlive } from './process-alive.ts';
import { removeSessionTitle } from './session-title-file.ts';
import { removeStatusLine } from './status-line-file.ts';

/** `background`: the session goes on after its command has ended. */
export type RunKind = 'launch' | 'serve' | 'background';

export interface RunFile {
  readonly version: 1;
  /** The proxy's process. */
  readonly pid: number;
  /** The process that ends the session; absent when the proxy itself is the session. */
  readonly launcherPid?: number;
  readonly url: string;
  readonly kind: RunKind;
  readonly secret: string;
  readonly controlToken: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface Run extends RunFile {
  readonly session: string;
}

export const writeRun = (runDir: string, session: string, run: RunFile): void =>
  writeAtomic(join(runDir, `${session}.json`), `${JSON.stringify(run)}\n`);

export function removeRun(runDir: string, session: string): void {
  rmSync(join(runDir, `${session}.json`), { force: true });
  removeStatusLine(runDir, session);
  removeSessionTitle(runDir, session);
  removeWriters(runDir, session);
}

/**
 * Returns the sessions whose process is running, oldest first. Files of dead processes are removed.
 * @throws UserError when the folder exists and cannot be read.
 */
export function readRuns(runDir: string): Run[] {
  const runs = listFiles(runDir).flatMap((name): Run[] => {
    const session = name.slice(0, -'.json'.length);
    const run = parseRun(join(runDir, name));
    if (run === undefined) return [];
    if (isAlive(run.pid)) return [{ ...run, session }];
    removeRun(runDir, session);
    return [];
  });
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UserError(`The folder of running sessions cannot be read: ${reason}. Check who owns it.`);
  }
}

function parseRun(path: string): RunFile | undefined {
  let json: unknown;
  try {
    json = parseJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const pid = asNumber(json.pid);
  const url = asString(json.url);
  const secret = asString(json.secret);
  const controlToken = asString(json.controlToken);
  if (pid === undefined || url === undefined || secret === undefined || controlToken === undefined) return undefined;
  const launcherPid = asNumber(json.launcherPid);
  return {
    version: 1,
    pid,
    ...(launcherPid === undefined ? {} : { launcherPid }),
    url,
    kind: json.kind === 'serve' || json.kind === 'background' ? json.kind : 'launch',
    secret,
    controlToken,
    startedAt: asString(json.startedAt) ?? '',
  };
}
