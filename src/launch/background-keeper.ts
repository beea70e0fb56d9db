/**
 * Starts ccp again as a process of its own, which keeps the proxy of a background session after the command has ended.
 */
import { execa } from 'execa';
import type { Environment } from '../platform/environment.ts';
import { isObject, type JsonObject } from '../wire/json.ts';

/** What the keeper reports once Claude Code has started its background session. */
export interface KeeperReport {
  readonly type: 'dispatched';
  readonly session: string;
  readonly jobs: readonly string[];
}

/** @returns the report, or the exit code of a keeper that ended without one. Its output is passed on. */
export async function startKeeper(
  { entry, env, cwd }: { entry: string; env: Environment; cwd: string },
  launch: JsonObject,
): Promise<KeeperReport | number> {
  const child = execa(process.execPath, [entry, 'launch'], {
    env: { ...env, CCP_BACKGROUND: '1' },
    extendEnv: false,
    cwd,
    ipc: true,
    serialization: 'json',
    stdin: 'ignore',
    // The keeper outlives this process, so it must not hold the user's own descriptors.
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
  });
  child.stdout.on('data', (data: Buffer) => process.stdout.write(data));
  child.stderr.on('data', (data: Buffer) => process.stderr.write(data));
  const report = new Promise<KeeperReport>((resolve) => {
    child.on('message', (message: unknown) => {
      if (isReport(message)) resolve(message);
    });
  });
  child.send(launch, undefined, {}, () => {});
  const ended = child.then(({ exitCode }) => exitCode ?? 1);
  return Promise.race([report, ended]);
}

const isReport = (message: unknown): message is KeeperReport => isObject(message) && message.type === 'dispatched';
