/**
 * Background sessions of Claude Code (`--bg`). Its supervisor starts them without ccp's environment, but with the
 * arguments of the launch, so that a job which was started with ccp's settings file uses ccp's proxy, also after the
 * supervisor has restarted it. Once the file is removed, the job cannot start. Proved with 2.1.197 and 2.1.332.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../platform/environment.ts';
import { readSmallFile } from '../platform/small-file.ts';
import type { Clock } from '../ports/clock.ts';
import { isAlive } from '../storage/process-alive.ts';
import { asArray, asNumber, asObject, isObject, parseJson } from '../wire/json.ts';
import { claudeFolder } from './settings-files.ts';

export interface BackgroundJob {
  /** The id that `claude attach` and `claude stop` take. */
  readonly id: string;
  readonly pid: number;
}

const maxJobs = 1_000;

/**
 * The jobs that the supervisor lists as running with this settings file. @returns `undefined` when there is a list that
 * cannot be read: it is being written, or larger than expected.
 */
export function jobsUsing(settingsPath: string, env: Environment): BackgroundJob[] | undefined {
  const path = join(claudeFolder(env), 'daemon', 'roster.json');
  const roster = parseJson(readSmallFile(path) ?? '');
  if (!isObject(roster)) return existsSync(path) ? undefined : [];
  return Object.entries(asObject(roster.workers))
    .slice(0, maxJobs)
    .flatMap(([id, worker]) => {
      const { pid, dispatch } = asObject(worker);
      const processId = asNumber(pid);
      const isOurs = asArray(asObject(dispatch).respawnFlags).includes(settingsPath);
      // A supervisor that was killed leaves its list behind.
      const isRunning = processId !== undefined && isAlive(processId);
      return isOurs && isRunning && /^[0-9a-f]{1,32}$/i.test(id) ? [{ id, pid: processId }] : [];
    });
}

const pollMs = 2_000;
/** A job whose process ended may be started again by the supervisor, or by the user who answers it. */
const idleMs = 10 * 60_000;

/**
 * Waits until no job has run for ten minutes. A proxy is in use while a job of its session runs, busy or not: the user
 * may answer an idle one at any time.
 * @param running whether a job of the session runs.
 */
export function untilIdle(running: () => boolean, clock: Clock): { readonly idle: Promise<void>; cancel(): void } {
  let cancelPoll = (): void => {};
  const idle = new Promise<void>((resolve) => {
    let lastSeen = clock.elapsed();
    const poll = () => {
      const now = clock.elapsed();
      if (running()) lastSeen = now;
      if (now - lastSeen >= idleMs) resolve();
      else cancelPoll = clock.after(pollMs, poll);
    };
    poll();
  });
  return { idle, cancel: () => cancelPoll() };
}
