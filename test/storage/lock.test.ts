import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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

  /** A lock of another process, with the modification time this many milliseconds ago. */
  const lockOf = (owner: string | undefined, ageMs = 0) => {
    mkdirSync(`${path}.lock`);
    if (owner !== undefined) writeFileSync(join(`${path}.lock`, 'owner'), owner);
    const at = new Date(Date.now() - ageMs);
    utimesSync(`${path}.lock`, at, at);
  };
  const take = (waitMs = 0) => withLock(path, () => Promise.resolve('taken'), { staleMs: 60_000, waitMs });

  it('names its owner, and only this user can read it', async () => {
    path = join(folder, 'new', 'deep', 'file.json');
    await withLock(path, async () => {
      expect(readFileSync(join(`${path}.lock`, 'owner'), 'utf8')).toBe(`${process.pid} ${hostname()}`);
      if (process.platform === 'win32') return;
      const mode = (name: string) => statSync(name).mode & 0o777;
      expect([join(folder, 'new'), `${path}.lock`, join(`${path}.lock`, 'owner')].map(mode)).toEqual([
        0o700, 0o700, 0o600,
      ]);
    });
    expect(readdirSync(join(folder, 'new', 'deep'))).toEqual([]);
  });

  it('belongs to a process on another machine, whatever its number, and to an unknown owner', async () => {
    const exited = spawn(process.execPath, ['-e', '']);
    await once(exited, 'exit');
    for (const owner of [
      `${exited.pid} another-host`,
      `${exited.pid}`,
      `x${exited.pid} ${hostname()}`,
      '',
      undefined,
    ]) {
      lockOf(owner);
      await expect(take()).rejects.toThrow(`${path} is locked by another process`);
      rmSync(`${path}.lock`, { recursive: true });
    }
  });

  it.each([
    [30_000, false],
    [90_000, true],
    [-30_000, false],
    [-90_000, true],
  ])('that was refreshed %i ms ago counts as abandoned: %s', async (ageMs, isAbandoned) => {
    lockOf(`${process.pid} ${hostname()}`, ageMs);
    if (isAbandoned) expect(await take()).toBe('taken');
    else await expect(take()).rejects.toMatchObject({ code: 'ELOCKED' });
    expect(existsSync(`${path}.lock`)).toBe(!isAbandoned);
    expect(existsSync(`${path}.lock.removal`)).toBe(false);
  });

  it('is taken over although a process ended while it removed the abandoned lock', async () => {
    lockOf('1 another-host', 120_000);
    mkdirSync(`${path}.lock.removal`);
    const old = new Date(Date.now() - 120_000);
    utimesSync(`${path}.lock.removal`, old, old);
    expect(await take(5_000)).toBe('taken');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not taken over while another process removes the abandoned lock', async () => {
    lockOf('1 another-host', 120_000);
    mkdirSync(`${path}.lock.removal`);
    await expect(take()).rejects.toMatchObject({ code: 'ELOCKED' });
    expect(existsSync(`${path}.lock.removal`)).toBe(true);
  });

  it('is refreshed while the action runs', async () => {
    await withLock(
      path,
      async () => {
        const before = statSync(`${path}.lock`).mtimeMs;
        await expect.poll(() => statSync(`${path}.lock`).mtimeMs, { interval: 5 }).toBeGreaterThan(before);
      },
      { staleMs: 15, waitMs: 0 },
    );
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is not refreshed when another process has taken it over', async () => {
    const later = new Date(Date.now() + 5_000);
    await withLock(
      path,
      async () => {
        utimesSync(`${path}.lock`, later, later);
        // Several times as long as the interval of the refreshes.
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
      { staleMs: 6, waitMs: 0 },
    );
    expect(statSync(`${path}.lock`).mtime).toEqual(later);
  });

  it('is removed when the process ends inside the action, unless another one has taken it over', async () => {
    const exitListener = () => process.listeners('exit').at(-1) as (code: number) => void;
    const count = process.listenerCount('exit');
    await withLock(path, async () => {
      expect(process.listenerCount('exit')).toBe(count + 1);
      const later = new Date(Date.now() + 5_000);
      utimesSync(`${path}.lock`, later, later);
      exitListener()(0);
      expect(existsSync(`${path}.lock`)).toBe(true);
      rmSync(`${path}.lock`, { recursive: true });
      exitListener()(0);
    });
    await withLock(path, async () => {
      exitListener()(0);
      expect(existsSync(`${path}.lock`)).toBe(false);
    });
    expect(process.listenerCount('exit')).toBe(count);
  });

  it('that cannot be made is an error at once', async () => {
    path = join(folder, 'x'.repeat(252));
    await expect(take(60_000)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  });
});
