/**
 * A lock between processes: a directory beside the file. It belongs to whoever made it, until it is released, its owner
 * has died, or it was not refreshed for `staleMs`. Why not a library: docs/decisions/2026-11-27-lock.md.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from './process-alive.ts';

export interface LockTimes {
  /** A lock that was not refreshed for this long counts as abandoned. */
  readonly staleMs: number;
  /** How long to wait for a lock that is in use. */
  readonly waitMs: number;
}

const defaultTimes: LockTimes = { staleMs: 10_000, waitMs: 4_000 };
const pollMs = 50;

export class LockTimeoutError extends Error {
  readonly code = 'ELOCKED';

  constructor(path: string) {
    super(`${path} is locked by another process`);
  }
}

/**
 * Runs `action` while this process holds the lock of `path`. The lock is released when the action ends, or the process.
 * @throws LockTimeoutError when another process holds the lock for longer than `waitMs`.
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  { staleMs, waitMs }: LockTimes = defaultTimes,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = `${path}.lock`;
  const deadline = performance.now() + waitMs;
  while (!(await acquire(lock))) {
    const hasTimedOut = performance.now() >= deadline;
    if (await isAbandoned(lock, staleMs)) {
      if (!(await removeAbandoned(lock, staleMs)) && hasTimedOut) throw new LockTimeoutError(path);
    } else if (hasTimedOut) throw new LockTimeoutError(path);
    else await wait(pollMs / 2 + (Math.random() * pollMs) / 2);
  }
  return await holding(lock, staleMs, action);
}

async function holding<T>(lock: string, staleMs: number, action: () => Promise<T>): Promise<T> {
  let refreshedAt = await refresh(lock);
  let refreshing: Promise<void> = Promise.resolve();
  const refreshIfOwn = async () => {
    // After a suspend another process may have taken the lock over: then it is not refreshed.
    if (await isUnchanged(lock, refreshedAt)) refreshedAt = await refresh(lock);
  };
  const timer = setInterval(() => {
    // One at a time: on a slow disk, the next one would take the change of this one for another process’s.
    refreshing = refreshing.then(refreshIfOwn);
  }, staleMs / 3);
  timer.unref();
  const onExit = () => {
    const modified = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (modified === refreshedAt) rmSync(lock, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  try {
    return await action();
  } finally {
    clearInterval(timer);
    process.off('exit', onExit);
    await refreshing;
    if (await isUnchanged(lock, refreshedAt)) await rm(lock, { recursive: true, force: true });
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await mkdir(lock, { mode: 0o700 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
  await writeFile(join(lock, 'owner'), ownerOf(process.pid), { mode: 0o600 }).catch(() => {});
  return true;
}

const ownerOf = (pid: number): string => `${pid} ${hostname()}`;

/** @returns the modification time that was set, in milliseconds; 0 when the lock is missing. */
async function refresh(lock: string): Promise<number> {
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
  return modifiedAt(lock);
}

const modifiedAt = async (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

const isUnchanged = async (lock: string, refreshedAt: number): Promise<boolean> =>
  refreshedAt !== 0 && (await modifiedAt(lock)) === refreshedAt;

async function isAbandoned(lock: string, staleMs: number): Promise<boolean> {
  const at = await modifiedAt(lock);
  if (at === 0) return false;
  if (Math.abs(Date.now() - at) > staleMs) return true;
  const owner = await readFile(join(lock, 'owner'), 'utf8').catch(() => '');
  const pid = Number.parseInt(owner, 10);
  return pid > 0 && owner === ownerOf(pid) && !isAlive(pid);
}

/**
 * Two processes may find the same abandoned lock: only one removes it, and only if it is still abandoned.
 * @returns false while another process removes it.
 */
async function removeAbandoned(lock: string, staleMs: number): Promise<boolean> {
  const removal = `${lock}.removal`;
  try {
    await mkdir(removal, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (Math.abs(Date.now() - (await modifiedAt(removal))) > staleMs)
      await rm(removal, { recursive: true, force: true });
    await wait(pollMs);
    return false;
  }
  try {
    if (await isAbandoned(lock, staleMs)) await rm(lock, { recursive: true, force: true });
    return true;
  } finally {
    await rmdir(removal).catch(() => {});
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
