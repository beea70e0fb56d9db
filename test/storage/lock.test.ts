import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../src/storage/lock.ts';

describe('the lock between processes', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccp-lock-'));
    path = join(folder, 'file.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('runs one action at a time and removes the lock', async () => {
    let running = 0;
    let maxRunning = 0;
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        withLock(path, async () => {
          maxRunning = Math.max(maxRunning, ++running);
          await new Promise(setImmediate);
          running -= 1;
          return index;
        }),
      ),
    );
    expect(maxRunning).toBe(1);
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is released when the action fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, () => Promise.resolve('next'))).toBe('next');
  });

  it('rejects with ELOCKED when the owner is alive for longer than the wait', async () => {
    mkdirSync(`${path}.lock`);
    writeFileSync(join(`${path}.lock`, 'owner'), `${process.pid} ${hostname()}`);
    await expect(withLock(path, async () => {}, { staleMs: 60_000, waitMs: 100 })).rejects.toMatchObject({
      code: 'ELOCKED',
    });
  });

  it('is taken over immediately from an owner that has exited', async () => {
    const owner = spawn(process.execPath, ['-e', '']);
    await once(owner, 'exit');
    mkdirSync(`${path}.lock`);
    writeFileSync(join(`${path}.lock`, 'owner'), `${owner.pid} ${hostname()}`);
    expect(await withLock(path, () => Promise.resolve(1), { staleMs: 60_000, waitMs: 100 })).toBe(1);
  });

  it('is taken over from any owner when it was not refreshed', async () => {
    mkdirSync(`${path}.lock`);
    writeFileSync(join(`${path}.lock`, 'owner'), '1 another-host');
    const old = new Date(Date.now() - 120_000);
    utimesSync(`${path}.lock`, old, old);
    const takers = Array.from({ length: 5 }, () =>
      withLock(path, () => Promise.resolve(readFileSync(join(`${path}.lock`, 'owner'), 'utf8')), {
        staleMs: 60_000,
        waitMs: 5_000,
      }),
    );
    expect(await Promise.all(takers)).toEqual(Array(5).fill(`${process.pid} ${hostname()}`));
  });

  it('is not removed when another process has taken it over', async () => {
    await withLock(path, async () => {
      rmSync(`${path}.lock`, { recursive: true });
      mkdirSync(`${path}.lock`);
      const later = new Date(Date.now() + 5_000);
      utimesSync(`${path}.lock`, later, later);
    });
    expect(existsSync(`${path}.lock`)).toBe(true);
  });

  it('ends in time although something blocks the removal of an abandoned lock', async () => {
    mkdirSync(`${path}.lock`);
    const old = new Date(Date.now() - 120_000);
    utimesSync(`${path}.lock`, old, old);
    writeFileSync(`${path}.lock.removal`, 'a file of someone else');
    await expect(withLock(path, async () => {}, { staleMs: 60_000, waitMs: 200 })).rejects.toMatchObject({
      code: 'ELOCKED',
    });
  });

  it('is released when the action ends while it is refreshed', async () => {
    for (let round = 0; round < 20; round++)
      await withLock(path, () => new Promise((resolve) => setTimeout(resolve, 9 + (round % 3))), {
        staleMs: 30,
        waitMs: 2_000,
      });
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('installs no signal handler', async () => {
    const counts = () => (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));
    const before = counts();
    expect(await withLock(path, () => Promise.resolve(counts()))).toEqual(before);
  });
});
