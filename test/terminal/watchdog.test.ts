import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/home.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-watchdog-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await build({
    entryPoints: ['hanging-thread', 'watching-thread'].map((name) => join(root, 'test/support', `${name}.mts`)),
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly err: string;
}

const run = (mode: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'hanging-thread.js'), mode]);
    let err = '';
    child.stderr.on('data', (data) => (err += data));
    child.on('close', (code, signal) => resolve({ code, signal, err }));
  });

describe.concurrent('the watched main thread', () => {
  it('is ended with a message when one piece of work does not end', async () => {
    const { signal, err } = await run('hang');
    expect(signal).toBe('SIGKILL');
    expect(err).toContain('did not respond for 0.8 s');
  }, 60_000);

  it('is left alone when it has nothing to do', async () => {
    expect(await run('idle')).toEqual({ code: 7, signal: null, err: '' });
  }, 60_000);
});
