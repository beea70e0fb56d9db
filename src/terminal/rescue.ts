/** Restores a terminal from outside of the thread or process that used it. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { TerminalRescue } from '../session/ipc.ts';

export function restoreTerminal({ path, modes, reset }: TerminalRescue): void {
  try {
    const tty = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    writeSync(tty, reset);
    closeSync(tty);
    const input = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    spawnSync('stty', [modes], { stdio: [input, 'ignore', 'ignore'], timeout: 2_000 });
    closeSync(input);
  } catch {
    // The terminal is closed, so there is nothing to restore.
  }
}
