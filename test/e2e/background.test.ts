/** Background sessions (`--bg`) of the real Claude Code, which ccp's proxy serves after the command has ended. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findClaude } from '../../src/launch/find-claude.ts';
import { isAlive } from '../../src/storage/process-alive.ts';
import { agent } from '../support/agent.ts';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { TestTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';

let home: Home;
let codex: StrictUpstream;
let terminal: TestTerminal | undefined;

beforeEach(async () => {
  home = makeHome();
  codex = await StrictUpstream.start(
    agent([
      { text: 'Reading.', calls: [{ name: 'Read', args: { file_path: join(home.project, 'notes.txt') } }] },
      { text: 'The file has three lines.' },
    ]),
  );
  Object.assign(home.env, { CCP_CODEX_BASE_URL: codex.url });
});

afterEach(async () => {
  for (const { session } of await sessions()) await runCcp(home, ['stop', session]);
  await terminal?.close();
  terminal = undefined;
  await endSupervisor();
  await codex.stop();
  home.remove();
});

const readJson = (path: string): any => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
};
const roster = () => readJson(join(home.home, '.claude', 'daemon', 'roster.json'));
const jobs = (): string[] => Object.keys(roster().workers ?? {});
const stateOf = (job: string) => readJson(join(home.home, '.claude', 'jobs', job, 'state.json'));
const runFolder = () => join(home.home, '.state', 'ccp', 'run');
const runFiles = () => readdirSync(runFolder());
const sessions = async (): Promise<any[]> => JSON.parse((await runCcp(home, ['status', '--json'])).out).sessions;
const claude = (...args: string[]) =>
  execa(findClaude(process.env.CCP_CLAUDE_PATH, process.env), args, {
    cwd: home.project,
    env: { ...home.env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    extendEnv: false,
    reject: false,
  });
const launch = (prompt = 'count the lines') =>
  runCcp(home, ['launch', '--model', 'gpt-5.5', '--', '--bg', prompt, '--allowedTools', 'Read']);
const sentOutputs = () =>
  codex.requests.filter(({ body }) => body.input.some(({ type }: { type: string }) => type === 'function_call_output'));

/** Claude Code's supervisor ends by itself only after some seconds, and writes into the home until then. */
async function endSupervisor(): Promise<void> {
  const pid = roster().supervisorPid;
  if (typeof pid !== 'number' || !isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  await until(() => !isAlive(pid));
}

/** Until the supervisor has written what it knows, there is nothing that it could start again. */
const respawnFails = (job: string) =>
  vi.waitFor(
    async () => {
      await claude('respawn', job);
      expect(stateOf(job).state).toBe('failed');
    },
    { timeout: 25_000, interval: 500 },
  );

describe('a background session', () => {
  it('goes on through ccp’s proxy after the command has ended, until it is stopped by its name', async () => {
    const { code, out, err } = await launch();
    expect(code).toBe(0);
    expect(out).toContain('backgrounded');
    const [, name = ''] = /session (s-\w+) serves it/.exec(err) ?? [];
    await until(() => sentOutputs().length > 0);
    expect(await sessions()).toEqual([
      expect.objectContaining({ session: name, kind: 'background', state: expect.anything() }),
    ]);
    const [job = ''] = jobs();
    // Neither the session's file nor what the supervisor keeps tells another launch where to send requests.
    expect(stateOf(job).providerEnv ?? {}).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');

    const stopped = await runCcp(home, ['stop', name.slice(0, 6)]);
    expect(stopped).toMatchObject({ code: 0, out: `Stopped ${name}.\n` });
    // The supervisor writes its list a moment later.
    await until(() => jobs().length === 0);
    expect(runFiles()).toEqual([]);
    const ledger = readFileSync(
      join(home.home, '.state', 'ccp', 'ledger', readdirSync(join(home.home, '.state', 'ccp', 'ledger'))[0] ?? ''),
      'utf8',
    );
    const rows = ledger
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.filter(({ requestClass }) => requestClass === 'turn').length).toBeGreaterThanOrEqual(2);
    expect(new Set(rows.map(({ session }) => session))).toEqual(new Set([name]));
  });

  it('is served by its own proxy when the supervisor starts it again, and beside another session', async () => {
    await launch('first');
    const [first = ''] = jobs();
    await until(() => sentOutputs().length > 0);
    await launch('second');
    const seen = codex.requests.length;
    expect(await sessions()).toHaveLength(2);
    await claude('stop', first);
    await claude('respawn', first);
    await until(() => jobs().includes(first));
    await until(() => codex.requests.length > seen);
    expect(stateOf(first).needs ?? '').not.toContain('login');
  });

  it('survives the death of its proxy', async () => {
    await launch('first');
    await until(() => sentOutputs().length > 0);
    const [before] = await sessions();
    process.kill(before.pid, 'SIGKILL');
    await until(() =>
      runFiles().some(
        (name) => name.endsWith('.json') && readJson(join(home.home, '.state', 'ccp', 'run', name)).pid !== before.pid,
      ),
    );
    const [after] = await sessions();
    expect(after).toMatchObject({ session: before.session, url: before.url, kind: 'background' });
  });

  it('cannot be started again once ccp has ended it: it would have no proxy', async () => {
    const { err } = await launch('first');
    const [, name = ''] = /session (s-\w+) serves it/.exec(err) ?? [];
    const [job = ''] = jobs();
    await until(() => codex.requests.length > 0);
    await runCcp(home, ['stop', name]);
    const seen = codex.requests.length;
    await respawnFails(job);
    expect(stateOf(job).detail).toContain('Settings file not found');
    expect(codex.requests).toHaveLength(seen);
  });

  it('ends with the process that keeps its proxy, also by SIGKILL, and cannot be started again', async () => {
    await launch('first');
    const [job = ''] = jobs();
    await until(() => sentOutputs().length > 0);
    const run = runFiles().find((name) => name.endsWith('.json')) ?? '';
    const { launcherPid } = readJson(join(home.home, '.state', 'ccp', 'run', run));
    process.kill(launcherPid, 'SIGKILL');
    await until(() => !runFiles().some((name) => name.endsWith('.settings')));
    await until(() => stateOf(job).state === 'failed' || jobs().length === 0);
    const seen = codex.requests.length;
    await respawnFails(job);
    expect(codex.requests).toHaveLength(seen);
  });

  it.each([50, 400, 800])('leaves nothing when its command is ended after %i ms', async (ms) => {
    const command = execa(process.execPath, [ccp, 'launch', '--model', 'gpt-5.5', '--', '--bg', 'work'], {
      cwd: home.project,
      env: home.env,
      extendEnv: false,
      reject: false,
      timeout: ms,
      killSignal: 'SIGKILL',
    });
    const { timedOut } = await command;
    // Either the session runs, with its proxy, or there is nothing.
    if (!timedOut) return;
    await vi.waitFor(
      async () => {
        const [files, running] = [existsSync(runFolder()) ? runFiles() : [], jobs()];
        const isServed = files.some((name) => name.endsWith('.json')) && running.length === 1;
        expect([isServed, files.length + running.length]).toEqual(isServed ? [true, expect.any(Number)] : [false, 0]);
      },
      { timeout: 25_000, interval: 200 },
    );
  });

  it('is not started when the launch itself is refused', async () => {
    const { code, err } = await runCcp(home, ['launch', '--model', 'no-such-model', '--', '--bg', 'work']);
    expect(code).toBe(2);
    expect(err).toContain('no-such-model');
    expect(jobs()).toEqual([]);
  });
});

describe('ccp stop', () => {
  it('ends a session on the screen with its Claude Code', async () => {
    terminal = new TestTerminal({
      argv: [process.execPath, join(import.meta.dirname, '../../bin/ccp.js'), 'launch', '--model', 'gpt-5.5'],
      env: home.env,
      cwd: home.project,
    });
    await terminal.waitFor(/❯/);
    const [session] = await sessions();
    expect(await runCcp(home, ['stop', session.session])).toMatchObject({ code: 0 });
    await until(() => terminal?.exit !== undefined);
    expect(await sessions()).toEqual([]);
  });

  it('names the running sessions when there is no such one', async () => {
    expect(await runCcp(home, ['stop', 's-none'])).toMatchObject({
      code: 2,
      err: 'ccp: No running session is called "s-none". None is running.\n',
    });
  });
});
