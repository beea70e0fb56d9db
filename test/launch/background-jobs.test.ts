import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobsUsing, untilIdle } from '../../src/launch/background-jobs.ts';
import { FakeClock } from '../support/fake-clock.ts';

const settings = '/state/run/s-one.7.settings';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-jobs-'));
  mkdirSync(join(folder, 'daemon'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const jobs = (roster?: unknown) => {
  if (roster !== undefined)
    writeFileSync(join(folder, 'daemon', 'roster.json'), typeof roster === 'string' ? roster : JSON.stringify(roster));
  return jobsUsing(settings, { CLAUDE_CONFIG_DIR: folder });
};
/** Processes that run. */
const [one, two] = [process.pid, process.ppid];
const worker = (path: string, pid: unknown = one) => ({
  pid,
  dispatch: { respawnFlags: ['--settings', path, 'work'] },
});

describe('the background jobs of a session', () => {
  it('are those of the supervisor that run and were started with its settings', () => {
    const workers = {
      '0a1b2c3d': worker(settings),
      ffff0000: worker('/state/run/s-two.8.settings'),
      '1': worker(settings, two),
      // A supervisor that was killed leaves such a line.
      dead: worker(settings, 2 ** 22 + 1),
    };
    expect(
      jobs({ workers })
        ?.map(({ id, pid }) => `${id} ${pid}`)
        .sort(),
    ).toEqual([`0a1b2c3d ${one}`, `1 ${two}`].sort());
  });

  it.each(['{"workers":', '', '[]'])('are unknown while their list cannot be read: %j', (text) => {
    expect(jobs(text)).toBeUndefined();
  });

  it.each([
    ['no file', undefined],
    ['no list', { workers: [] }],
    ['a worker that is no object', { workers: { ab: 7, cd: null } }],
    ['a worker without a dispatch', { workers: { ab: { pid: process.pid } } }],
    ['a process id that is no number', { workers: { ab: worker(settings, String(process.pid)) } }],
    ['an id that would be a flag', { workers: { '--all': worker(settings) } }],
    ['an id that is too long', { workers: { ['a'.repeat(33)]: worker(settings) } }],
  ])('are none with %s', (_name, roster) => {
    expect(jobs(roster)).toEqual([]);
  });
});

describe('the proxy of background jobs', () => {
  it('is in use until no job has run for ten minutes', async () => {
    const clock = new FakeClock();
    let running = true;
    let isIdle = false;
    const lease = untilIdle(() => running, clock);
    void lease.idle.then(() => {
      isIdle = true;
    });
    const advance = async (ms: number) => {
      clock.advance(ms);
      await Promise.resolve();
      return isIdle;
    };
    expect(await advance(3_600_000)).toBe(false);
    running = false;
    expect(await advance(9 * 60_000)).toBe(false);
    running = true;
    expect(await advance(2_000)).toBe(false);
    running = false;
    expect(await advance(9 * 60_000 + 50_000)).toBe(false);
    expect(await advance(20_000)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is no longer watched after it has ended', () => {
    const clock = new FakeClock();
    untilIdle(() => true, clock).cancel();
    expect(clock.pending).toBe(0);
  });
});
