/**
 * Settings of a launch as a file with mode 0600, which Claude Code gets by its path: what stands in the arguments of a
 * process can be read by every user of the machine.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from './atomic-file.ts';
import { isAlive } from './process-alive.ts';

const suffix = '.settings';

export interface LaunchSettings {
  readonly path: string;
  remove(): void;
}

/** Writes the settings, and removes those of launchers that were killed. */
export function writeLaunchSettings(runDir: string, session: string, settings: object): LaunchSettings {
  const path = join(runDir, `${session}.${process.pid}${suffix}`);
  writeAtomic(path, `${JSON.stringify(settings)}\n`);
  removeAbandoned(runDir);
  return { path, remove: () => rmSync(path, { force: true }) };
}

function removeAbandoned(runDir: string): void {
  for (const name of readdirSync(runDir)) {
    const pid = /\.(\d+)\.settings$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(runDir, name), { force: true });
  }
}
