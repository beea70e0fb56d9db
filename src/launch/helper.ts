/** Runs a helper program of ccp in a child process, which is killed on timeout. */
import { execa } from 'execa';
import type { Environment } from '../platform/environment.ts';
import type { RunHelper } from '../ports/helper.ts';
import { parseJson } from '../wire/json.ts';

/** @param env environment of the helper, without credentials. */
export const helperProcess =
  (entry: string, env: Environment): RunHelper =>
  async (request, timeoutMs) => {
    const result = await execa(process.execPath, [entry], {
      input: JSON.stringify(request),
      env: { ...env },
      extendEnv: false,
      reject: false,
      timeout: timeoutMs,
      // A thread blocked on D-Bus prevents the process from exiting normally.
      killSignal: 'SIGKILL',
      stderr: 'ignore',
      windowsHide: true,
    });
    if (result.timedOut) return undefined;
    return (
      parseJson(result.stdout) ?? {
        state: 'failed',
        reason: `its helper ended with ${result.signal ?? result.exitCode}`,
      }
    );
  };
