import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkReceipt, writeReceipt } from '../../src/cli/receipt.ts';
import { runNamed } from '../../src/cli/runs.ts';
import { withSettings } from '../../src/launch/claude-settings.ts';
import { budgetsOf } from '../../src/ledger/budget.ts';
import type { LedgerEntry } from '../../src/ledger/entry.ts';
import { isRepository } from '../../src/platform/repository.ts';
import { initialState } from '../../src/session/state.ts';
import { writeLaunchSettings } from '../../src/storage/launch-settings.ts';
import { scanLedger } from '../../src/storage/ledger-file.ts';
import { SpendingLedger } from '../../src/storage/spending-ledger.ts';
import { asObject, asString } from '../../src/wire/json.ts';
import { appendEntry } from '../support/ledger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-runs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a running session', () => {
  const run = (session: string, port: number) => ({
    session,
    version: 1 as const,
    pid: 1,
    url: `http://127.0.0.1:${port}`,
    kind: 'serve' as const,
    secret: 's',
    controlToken: 'c',
    startedAt: '2026-01-01',
  });
  const runs = [run('s-alpha', 1), run('s-alto', 2), run('s-beta', 3)];

  it('is found by name, by unique prefix, by URL, or as the newest', () => {
    expect(runNamed('s-alto', runs).session).toBe('s-alto');
    expect(runNamed('s-b', runs).session).toBe('s-beta');
    expect(runNamed(undefined, runs, 'http://127.0.0.1:1').session).toBe('s-alpha');
    expect(runNamed(undefined, runs).session).toBe('s-beta');
  });

  it('is not guessed from an ambiguous or unknown name', () => {
    expect(() => runNamed('s-al', runs)).toThrow('"s-al" means several sessions: s-alpha, s-alto.');
    expect(() => runNamed('', runs)).toThrow(/No running session is called ""/);
    expect(() => runNamed('x', runs)).toThrow(/Running: s-alpha, s-alto, s-beta/);
    expect(() => runNamed(undefined, [])).toThrow(/Start one/);
  });
});

describe('the status line of a launch', () => {
  const file = () => join(folder, "it's a line");
  const statusLineOutput = (statusLine: unknown, stdin = '{}'): string => {
    writeFileSync(file(), 'ccp line\n');
    const { settings } = withSettings(['--settings', JSON.stringify({ statusLine })], { HOME: folder }, folder, {
      entry: join(folder, 'statusline.js'),
      file: file(),
    });
    const command = asString(asObject(asObject(settings).statusLine).command) ?? '';
    // Some commands do not read stdin.
    return spawnSync('sh', ['-c', command], { input: stdin, encoding: 'utf8' }).stdout;
  };

  it.skipIf(process.platform === 'win32').each([
    ['none', undefined, 'ccp line\n'],
    ['a plain command', 'echo mine', 'mine\nccp line\n'],
    ['a command with a comment and no line break in its output', "printf 'mine' # and so on", 'mine\nccp line\n'],
    ['a subshell', '(cd / && echo mine)', 'mine\nccp line\n'],
    ['quotes of both kinds', `echo "it's" 'a "line"'`, `it's a "line"\nccp line\n`],
    ['several lines', 'echo one\necho two', 'one\ntwo\nccp line\n'],
    ['a command that reads the JSON of Claude Code', 'cat', '{}\nccp line\n'],
    ['a command without output', 'true', 'ccp line\n'],
    ['a command with a syntax error', 'echo "unbalanced', 'ccp line\n'],
  ])('is shown below the user’s own: %s', (_name, command, expected) => {
    expect(statusLineOutput(command === undefined ? undefined : { type: 'command', command })).toBe(expected);
  });

  it('includes the status line of a project only when the project is trusted', () => {
    const project = join(folder, 'project');
    mkdirSync(join(project, '.claude'), { recursive: true });
    writeFileSync(
      join(project, '.claude', 'settings.json'),
      JSON.stringify({ statusLine: { type: 'command', command: 'echo theirs' } }),
    );
    const command = () =>
      JSON.stringify(withSettings([], { HOME: folder }, project, { entry: 'e', file: 'f' }).settings);
    expect(command()).not.toContain('theirs');
    writeFileSync(
      join(folder, '.claude.json'),
      JSON.stringify({ projects: { [project]: { hasTrustDialogAccepted: true } } }),
    );
    expect(command()).toContain('theirs');
  });
});

describe('the settings file of a launch', () => {
  it('is readable by its user only, and is removed', () => {
    const { path, remove } = writeLaunchSettings(folder, 's-alpha', { env: { A: '1' } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ env: { A: '1' } });
    remove();
    expect(existsSync(path)).toBe(false);
    remove();
  });

  it('of a launcher that was killed is removed by the next one; that of a running one is kept', () => {
    const { pid } = spawnSync('true');
    const [dead, alive] = [join(folder, `s-dead.${pid}.settings`), join(folder, `s-live.${process.ppid}.settings`)];
    const other = join(folder, `s-dead.${pid}.settings.old`);
    for (const path of [dead, alive, other]) writeFileSync(path, '{}');
    writeLaunchSettings(folder, 's-new', {});
    expect([dead, alive, other].map((path) => existsSync(path))).toEqual([false, true, true]);
  });
});

it.skipIf(process.platform === 'win32')('a receipt path that cannot be written is rejected before the launch', () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(() => checkReceipt(join(folder, 'pipe'))).toThrow(/is not a regular file/);
  expect(() => checkReceipt(folder)).toThrow(/is not a regular file/);
  expect(() => checkReceipt(join(folder, 'nowhere', 'receipt.json'))).toThrow(/cannot be written/);
  checkReceipt('/dev/null');
});

it.skipIf(process.platform === 'win32')('a receipt is readable by its user only, also when the file existed', () => {
  const path = join(folder, 'receipt.json');
  writeFileSync(path, '', { mode: 0o644 });
  writeReceipt(initialState(0, []), 's-alpha', 0, path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const before = statSync('/dev/null').mode;
  writeReceipt(initialState(0, []), 's-alpha', 0, '/dev/null');
  expect(statSync('/dev/null').mode).toBe(before);
});

describe('the ledger', () => {
  const entry = (costMicroUsd: number, time = new Date().toISOString()): LedgerEntry => ({
    version: 1,
    time,
    id: 'r',
    session: 's',
    repo: 'example.org/team/project',
    requestClass: 'turn',
    upstream: 'openai',
    model: 'gpt-5.5',
    verdict: 'complete',
    stopReason: 'end_turn',
    errorCode: '',
    inputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    measured: true,
    costMicroUsd,
    costKind: 'metered',
    health: { headersMs: 1, firstTokenMs: 1, durationMs: 1, longestSilenceMs: 1, pings: 0, retries: 0, bytes: 1 },
  });
  const month = () => join(folder, `${new Date().toISOString().slice(0, 7)}.jsonl`);

  it('keeps the entries after an incomplete line', async () => {
    appendEntry(folder, entry(5));
    appendFileSync(month(), '{"version":1,"time":"20');
    appendEntry(folder, entry(7));
    let sum = 0;
    const { skipped } = await scanLedger(folder, { since: undefined, until: undefined }, (row) => {
      sum += row.costMicroUsd ?? 0;
    });
    expect([sum, skipped]).toEqual([12, 1]);
  });

  it('ignores negative costs and impossible token counts', async () => {
    appendFileSync(month(), JSON.stringify({ ...entry(-9e12), inputTokens: 1e300 }).concat('\n'));
    appendEntry(folder, entry(5));
    expect(await new SpendingLedger(folder, 'r').sums()).toMatchObject({ meteredMicroUsd: 5 });
  });

  it('sums today’s cost incrementally and by repository, and rereads a replaced file', async () => {
    const today = new SpendingLedger(folder, 'example.org/team/project');
    appendEntry(folder, entry(5));
    appendEntry(folder, { ...entry(2), repo: 'else' });
    appendEntry(folder, { ...entry(3), costKind: 'plan' });
    appendEntry(folder, entry(100, new Date(Date.now() - 40 * 3_600_000).toISOString()));
    expect(await today.sums()).toMatchObject({ meteredMicroUsd: 7, repositoryMicroUsd: 5, planMicroUsd: 3 });
    appendEntry(folder, entry(1));
    expect(await today.sums()).toMatchObject({ meteredMicroUsd: 8 });
    writeFileSync(month(), readFileSync(month(), 'utf8').split('\n').slice(0, 1).join('\n').concat('\n'));
    expect(await today.sums()).toMatchObject({ meteredMicroUsd: 5 });
  });
});

describe('budgets of the settings', () => {
  const repository = { root: '/srv/team/project', name: 'github.com/team/project' };
  const limits = (setting: unknown, flag?: number) =>
    budgetsOf(setting, flag, (name) => isRepository(name, repository)).limits;

  it('are in dollars; the flag overrides the session limit, and the lowest matching repository limit applies', () => {
    expect(limits({ sessionUsd: 5, dayUsd: 20 }, 1)).toEqual([
      { name: 'session', limitMicroUsd: 1_000_000 },
      { name: 'day', limitMicroUsd: 20_000_000 },
    ]);
    const repositories = {
      'github.com/team/project': 3,
      '/srv/**': 2,
      '/srv/*': 0.1,
      'github.com/else/*': 0.1,
    };
    expect(limits({ repositories })).toEqual([{ name: 'repository', limitMicroUsd: 2_000_000 }]);
    expect(limits(undefined)).toEqual([]);
  });
});
