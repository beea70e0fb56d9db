/** Runs one of ccp's helper programs: a process of its own, killed when it takes too long. */
import { execa } from 'execa';
import type { Environment } from '../platform/environment.ts';
import type { RunHelper } from '../ports/helper.ts';
import { parseJson } from '../wire/json.ts';

/** @param env what the helper may know; no credential is in it. */
export const helperProcess =
  (entry: string, env: Environment): RunHelper =>
  async (request, timeoutMs) => {
    const result = await execa(process.execPath, [entry], {
      input: JSON.stringify(request),
      env: { ...env },
      extendEnv: false,
      reject: false,
      timeout: timeoutMs,
      // A thread that waits for D-Bus holds back even the end of the process.
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
