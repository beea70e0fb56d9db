/** Runs ccp without a terminal and collects its output. */
import { spawn } from 'node:child_process';
import { ccp, type Home } from './home.ts';

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function runCcp(
  home: Home,
  args: readonly string[],
  extra: { env?: Record<string, string>; input?: string } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [ccp, ...args], {
      cwd: home.project,
      env: { ...home.env, ...extra.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    child.on('close', (code) => resolve({ code, out, err }));
    // A program that ends at once does not read it.
    child.stdin.on('error', () => {});
    child.stdin.end(extra.input ?? '');
  });
}
