/** `ccp stop`: ends a session, with its Claude Code and its proxy. */
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { readRuns } from '../storage/run-files.ts';
import { runNamed } from './runs.ts';

/** Longer than a launcher waits for its proxy, which waits for a login refresh in progress. */
const stopWithinMs = 40_000;
const pollMs = 100;

/** @throws UserError when no such session runs, or when it does not end. */
export async function stopSession(name: string, context: AppContext): Promise<number> {
  const run = runNamed(name, readRuns(context.paths.runDir));
  // The launcher ends Claude Code, then the proxy. Without one, the proxy is the session.
  const pid = run.launcherPid ?? run.pid;
  try {
    process.kill(pid, 'SIGTERM');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UserError(`Session ${run.session} (process ${pid}) cannot be stopped: ${reason}.`);
  }
  for (const from = Date.now(); Date.now() - from < stopWithinMs; ) {
    if (!readRuns(context.paths.runDir).some(({ session }) => session === run.session)) {
      process.stdout.write(`Stopped ${run.session}.\n`);
      return 0;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new UserError(
    `Session ${run.session} (process ${pid}) has not ended within ${stopWithinMs / 1000} s. See \`ccp logs\`.`,
  );
}
