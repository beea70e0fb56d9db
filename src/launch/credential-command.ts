/** Runs the user's program that prints a token. */
import { execa } from 'execa';
import type { CommandOutput, RunCommand } from '../credentials/command-tokens.ts';
import type { Environment } from '../platform/environment.ts';

const timeoutMs = 10_000;
const maxOutputBytes = 64 * 1024;

/**
 * The program runs without a shell and without a terminal, for at most 10 s. Its output is not part of any reason, because
 * it may contain the token.
 * @param env environment of the program, without the credentials of upstreams.
 */
export const credentialCommand =
  (env: Environment): RunCommand =>
  async ([program = '', ...args]): Promise<CommandOutput> => {
    const result = await execa(program, args, {
      env: { ...env },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      stderr: 'ignore',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxOutputBytes,
      windowsHide: true,
    });
    if (result.timedOut) return { ok: false, reason: `it did not end within ${timeoutMs / 1000} s` };
    if (result.isMaxBuffer) return { ok: false, reason: `it printed more than ${maxOutputBytes / 1024} KiB` };
    if (!result.failed) return { ok: true, output: result.stdout };
    const cause =
      result.code ?? result.signal ?? (result.exitCode === undefined ? undefined : `exit code ${result.exitCode}`);
    return { ok: false, reason: cause ?? 'it could not be started' };
  };
