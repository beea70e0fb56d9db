/** Claude Code without a screen of ours: it inherits stdio, ccp only waits. */
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
  // Ctrl+C reaches Claude Code by itself, through the terminal; a signal sent to ccp alone is passed on.
  let running = true;
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // Signals during teardown change nothing.
      if (running) child.kill(signal);
    });
  const result = await child;
  running = false;
  if (result.signal !== undefined) return signalExit(result.signal);
  return result.exitCode ?? 1;
}
