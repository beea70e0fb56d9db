import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHeadless } from '../../src/launch/headless.ts';
import { helperProcess } from '../../src/launch/helper.ts';
import { signalExit } from '../../src/launch/signal-exit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-process-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a helper process', () => {
  const helper = (script: string) => {
    const entry = join(folder, 'helper.mjs');
    writeFileSync(entry, script);
    return helperProcess(entry, { FAKE_MARK: 'mark' });
  };

  it('gets the request on stdin and only the given environment, and its output is parsed', async () => {
    const run = helper(`
      import { text } from 'node:stream/consumers';
      const { FAKE_MARK, HOME = null } = process.env;
      process.stdout.write(JSON.stringify({ request: JSON.parse(await text(process.stdin)), FAKE_MARK, HOME }));
    `);
    expect(await run({ key: 'value' }, 20_000)).toEqual({ request: { key: 'value' }, FAKE_MARK: 'mark', HOME: null });
  });

  it.each([
    ['exits', 'process.exitCode = 3;', '3'],
    ['is ended by a signal', "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);", 'SIGTERM'],
  ])('reports how it ended when it %s without an answer', async (_name, script, reason) => {
    expect(await helper(script)({}, 20_000)).toEqual({ state: 'failed', reason: `its helper ended with ${reason}` });
  });

  it('is killed on timeout, although it ignores other signals', async () => {
    const run = helper("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);");
    expect(await run({}, 100)).toBeUndefined();
  });
});

describe('the exit code of a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGNONE', 128],
  ])('%s is %i', (signal, wanted) => {
    expect(signalExit(signal)).toBe(wanted);
  });
});

describe.skipIf(process.platform === 'win32')('a headless run', () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let before: Map<string, readonly unknown[]>;
  const added = (signal: NodeJS.Signals) =>
    process.listeners(signal).filter((listener) => !before.get(signal)?.includes(listener));
  beforeEach(() => {
    before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  });
  afterEach(() => {
    for (const signal of signals) for (const listener of added(signal)) process.off(signal, listener);
  });

  const run = (script: string, onSpawn: (pid: number) => void = () => {}) =>
    runHeadless({
      path: '/bin/sh',
      args: ['-c', script, 'sh', join(folder, 'out')],
      env: { FAKE_MARK: 'mark' },
      onSpawn,
    });
  const out = () => readFileSync(join(folder, 'out'), 'utf8');

  it('has the arguments and only the given environment, and reports its process', async () => {
    const pids: number[] = [];
    expect(await run('echo "$$ $FAKE_MARK $HOME" > "$1"', (pid) => pids.push(pid))).toBe(0);
    expect(out()).toBe(`${pids[0]} mark \n`);
  });

  it.each([
    ['its own', 'exit 3', 3],
    ['that of a signal', 'kill -KILL $$', 137],
  ])('has an exit code, %s', async (_name, script, wanted) => {
    expect(await run(script)).toBe(wanted);
  });

  it('fails when the program is missing', async () => {
    const pids: number[] = [];
    const missing = { path: join(folder, 'nowhere'), args: [], env: {}, onSpawn: (pid: number) => pids.push(pid) };
    expect(await runHeadless(missing)).toBe(1);
    expect(pids).toEqual([]);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('gets %s while it runs', async (signal, wanted) => {
    const result = run('while :; do sleep 1; done');
    // The signal itself would end the test.
    (added(signal).at(-1) as () => void)();
    expect(await result).toBe(wanted);
    expect(() => (added(signal).at(-1) as () => void)()).not.toThrow();
  });

  it('leaves Ctrl+C to Claude Code', async () => {
    const result = run('exit 4');
    // Each signal has as many handlers, including those that end the child with ccp.
    expect(added('SIGINT').length).toBe(added('SIGTERM').length);
    expect(await result).toBe(4);
  });
});
