/** A real PostgreSQL of the machine, with its data in a folder of the test. */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';

/** PostgreSQL refuses to run as root: then it runs as `nobody`. */
const nobody = 65_534;

/** @returns the folder of the programs, or `undefined` when PostgreSQL is not installed. */
export function postgresFolder(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin')) : [];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...installed];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

export interface Postgres {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPostgres(folder: string): Promise<Postgres> {
  const base = mkdtempSync(join(tmpdir(), 'ccp-postgres-'));
  const data = join(base, 'data');
  mkdirSync(data, { mode: 0o700 });
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  if (isRoot) for (const path of [base, data]) chownSync(path, nobody, nobody);
  const options = { cwd: base, env: { PATH: folder, HOME: base, LANG: 'C.UTF-8' }, ...user };
  execFileSync(join(folder, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'ccp'], { ...options, stdio: 'ignore' });
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', base];
  const server = spawn(join(folder, 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (text) => {
      log += text;
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(log)));
  });
  return {
    url: `postgres://ccp@127.0.0.1:${port}/postgres`,
    stop: async () => {
      // A fast shutdown, which does not wait for clients.
      server.kill('SIGINT');
      await exited;
      rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
