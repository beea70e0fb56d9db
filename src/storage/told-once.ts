/** Hints that a user reads once. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns true the first time for this hint; false also if that cannot be recorded, so that it does not repeat. */
export function isFirstTime(stateDir: string, hint: string): boolean {
  try {
    const folder = join(stateDir, 'hints');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, hint), '', { flag: 'wx', mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
