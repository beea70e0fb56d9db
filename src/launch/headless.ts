/** Runs Claude Code without ccp's screen. It inherits stdio, and ccp waits for it to exit. */
import { execa } from 'execa';
import { signalExit } from './signal-exit.ts';

export interface HeadlessRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onSpawn: (pid: number) => void;
}

/** @returns the exit code, 128+n after signal n. */
export async function runHeadless({ path, args, env, onSpawn }: HeadlessRun): Promise<number> {
  const child = execa(path, [...args], { env, extendEnv: false, stdio: 'inherit', reject: false, cleanup: true });
  if (child.pid !== undefined) onSpawn(child.pid);
  // The terminal sends Ctrl+C to Claude Code directly. A signal sent only to ccp is forwarded.
  let isRunning = true;
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // Signals during teardown are ignored.
      if (isRunning) child.kill(signal);
    });
  const result = await child;
  isRunning = false;
  if (result.signal !== undefined) return signalExit(result.signal);
  return result.exitCode ?? 1;
}
