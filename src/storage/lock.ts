/** One process at a time, across processes: a lock beside the file, taken over from a holder that died. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LockPatience {
  /** A holder that has not been heard of for so long is dead. */
  readonly staleMs: number;
  /** How long to wait for one that lives. */
  readonly waitMs: number;
}

const brief: LockPatience = { staleMs: 10_000, waitMs: 4_000 };
const pollMs = 50;

/** @throws Error with code `ELOCKED` when the holder outlives our patience. */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  { staleMs, waitMs }: LockPatience = brief,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { default: lockfile } = await import('proper-lockfile');
  const release = await lockfile.lock(path, {
    realpath: false,
    stale: staleMs,
    update: Math.floor(staleMs / 3),
    retries: {
      retries: Math.ceil(waitMs / pollMs),
      factor: 1,
      minTimeout: pollMs,
      maxTimeout: pollMs,
      randomize: true,
    },
    // A machine that slept: the work goes on, and what is written is checked against what stands there.
    onCompromised: () => {},
  });
  try {
    return await action();
  } finally {
    await release().catch(() => {});
  }
}
