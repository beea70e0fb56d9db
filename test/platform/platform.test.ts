import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasSubcommand, isHeadless, takeSettings } from '../../src/launch/claude-args.ts';
import { withSettings } from '../../src/launch/claude-settings.ts';
import { claudeEnvironment } from '../../src/launch/environment.ts';
import { findClaude, isOlder } from '../../src/launch/find-claude.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { costMicroUsd } from '../../src/models/cost.ts';
import { fileLog } from '../../src/platform/log.ts';
import { withLoopback } from '../../src/platform/no-proxy.ts';
import { pathsOf } from '../../src/platform/paths.ts';
import { sha256 } from '../../src/platform/randomness.ts';
import { redact } from '../../src/platform/redact.ts';
import { normalizeRemote, repositoryOf } from '../../src/platform/repository.ts';
import { scanLedger } from '../../src/storage/ledger-file.ts';
import { readRuns, writeRun } from '../../src/storage/run-files.ts';
import { asObject } from '../../src/wire/json.ts';
import { appendEntry } from '../support/ledger.ts';
import { allUpstreams } from '../support/upstreams.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ccp-unit-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};

describe('the log', () => {
  it.each([
    ['Authorization: Bearer abcdef0123456789', 'Authorization: [redacted]'],
    ['key sk-proj-abcdefghijklmnop end', 'key [redacted] end'],
    ['eyJhbGciOiJI.eyJzdWIiOiIx.c2ln', '[redacted]'],
    [`token ccp-${'x'.repeat(43)}`, 'token [redacted]'],
    ['nothing secret', 'nothing secret'],
  ])('redacts %s', (text, wanted) => {
    expect(redact(text)).toBe(wanted);
  });

  it('redacts by key, restricts its file to the owner, and rotates a large file', () => {
    const path = write('logs/proxy.log', 'x'.repeat(9 * 1024 * 1024));
    fileLog(path, 'info').info(
      { token: 'hidden-value', deep: { accessToken: 'hidden-value' }, cause: new Error('with sk-abcdefghijklmnopq') },
      'a line',
    );
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('a line');
    expect(text).not.toMatch(/hidden-value|sk-abc/);
    expect(existsSync(`${path}.1`)).toBe(true);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('rotates while it is written, also after another process has rotated it', () => {
    const path = write('logs/running.log', '');
    const [one, two] = [fileLog(path, 'info', 10_000), fileLog(path, 'info', 10_000)];
    for (let n = 0; n < 300; n++) (n % 2 === 0 ? one : two).info({ n }, 'x'.repeat(100));
    expect(statSync(path).size).toBeLessThan(40_000);
    expect(statSync(`${path}.1`).size).toBeGreaterThan(10_000);
    expect(readFileSync(path, 'utf8')).toContain('"n":299');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('repositories', () => {
  it.each([
    ['git@github.com:Owner/name.git', 'github.com/Owner/name'],
    ['https://user@GitHub.com/Owner/name', 'github.com/Owner/name'],
    ['ssh://git@example.org:2222/team/sub/name.git', 'example.org/team/sub/name'],
  ])('with the remote %s are named %s', (url, wanted) => {
    expect(normalizeRemote(url)).toBe(wanted);
  });

  it('are found from a subfolder or a worktree, and named by a hash without a remote', () => {
    write('repo/.git/config', '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@example.org:a/b.git\n');
    write('repo/.git/worktrees/w/commondir', '../..\n');
    write('tree/.git', `gitdir: ${join(folder, 'repo/.git/worktrees/w')}\n`);
    write('repo/deep/file', '');
    expect(repositoryOf(join(folder, 'repo/deep'), sha256)).toEqual({
      root: join(folder, 'repo'),
      name: 'example.org/a/b',
      aliases: [],
      roots: [join(folder, 'repo')],
    });
    expect(repositoryOf(join(folder, 'tree'), sha256).name).toBe('example.org/a/b');
    const { name } = repositoryOf(folder, sha256);
    expect(name).toMatch(/^path:[0-9a-f]{16}$/);
    expect(name).not.toContain(folder);
  });

  it('have their other remotes, and the repositories around them, as aliases', () => {
    write('outer/.git/config', '[Remote "up"]\n\tURL = "https://example.org/x/outer.git" ; ours\n');
    write(
      'outer/inner/.git/config',
      ['[remote "fork"]', 'url = https://example.org/fork/inner', '[branch "main"]', 'url = no', '[remote "origin"]']
        .concat('url = https://Example.org:8443/own/inner # comment')
        .join('\n'),
    );
    expect(repositoryOf(join(folder, 'outer/inner'), sha256)).toEqual({
      root: join(folder, 'outer/inner'),
      name: 'example.org/own/inner',
      aliases: ['example.org/fork/inner', join(folder, 'outer'), 'example.org/x/outer'],
      roots: [join(folder, 'outer/inner'), join(folder, 'outer')],
    });
  });
});

describe('paths', () => {
  it('follow XDG on Linux and macOS, and the application folders on Windows', () => {
    expect(pathsOf({ HOME: '/h' }, 'linux')).toMatchObject({
      configFile: '/h/.config/ccp/config.json',
      stateDir: '/h/.local/state/ccp',
      systemPolicy: '/etc/ccp/policy.json',
    });
    expect(pathsOf({ HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, 'darwin')).toMatchObject({
      configDir: '/c/ccp',
      stateDir: '/s/ccp',
      systemPolicy: '/Library/Application Support/ccp/policy.json',
    });
    expect(pathsOf({ USERPROFILE: 'U', APPDATA: 'A', LOCALAPPDATA: 'L' }, 'win32').configDir).toMatch(/^A.ccp$/);
  });

  it('of the system’s policy cannot be changed by a variable, which only adds one', () => {
    const env = { HOME: '/h', CCP_MANAGED_POLICY: '/mine.json', ProgramData: 'D:\\mine' };
    expect(pathsOf(env, 'linux')).toMatchObject({ systemPolicy: '/etc/ccp/policy.json', managedPolicy: '/mine.json' });
    expect(pathsOf(env, 'win32').systemPolicy).toBe('C:\\Program Files\\ccp\\policy.json');
  });
});

describe('running sessions', () => {
  const run = (pid: number) => ({
    version: 1 as const,
    pid,
    url: 'http://127.0.0.1:1',
    kind: 'serve' as const,
    secret: 's',
    controlToken: 'c',
    startedAt: '2026-01-01',
  });

  it('are listed while their process is alive, and stored in 0600 files', () => {
    writeRun(folder, 's-live', run(process.pid));
    writeRun(folder, 's-dead', run(2 ** 22 - 3));
    write('s-torn.json', '{"version":1');
    expect(readRuns(folder).map(({ session }) => session)).toEqual(['s-live']);
    expect(existsSync(join(folder, 's-dead.json'))).toBe(false);
    if (process.platform !== 'win32') expect(statSync(join(folder, 's-live.json')).mode & 0o777).toBe(0o600);
  });
});

describe('the ledger file', () => {
  it('appends one line per request, and skips and counts incomplete and foreign lines', async () => {
    const health = {
      headersMs: 1,
      firstTokenMs: 1,
      durationMs: 1,
      longestSilenceMs: 1,
      pings: 0,
      retries: 0,
      bytes: 1,
    };
    const entry = {
      version: 1,
      time: '2026-11-22T10:00:00.000Z',
      id: 'r',
      session: 's',
      repo: 'x',
      requestClass: 'turn' as const,
      upstream: 'u',
      model: 'm',
      verdict: 'complete' as const,
      stopReason: '',
      errorCode: '',
      measured: true,
      inputTokens: 1,
      cacheReadTokens: 2,
      cacheWriteTokens: 3,
      outputTokens: 4,
      reasoningTokens: 0,
      costMicroUsd: null,
      costKind: 'plan' as const,
      health,
    };
    appendEntry(folder, entry);
    appendEntry(folder, { ...entry, time: '2026-10-01T10:00:00.000Z' });
    writeFileSync(
      join(folder, '2026-11.jsonl'),
      `${readFileSync(join(folder, '2026-11.jsonl'), 'utf8')}{"foreign":true}\n{"torn":`,
    );
    const rows: unknown[] = [];
    const { skipped } = await scanLedger(folder, { since: '2026-11-01T00:00:00.000Z', until: undefined }, (row) =>
      rows.push(row),
    );
    expect([rows.length, skipped]).toEqual([1, 2]);
  });
});

describe('Claude Code', () => {
  it('is found without an error when PATH has none, and CCP_CLAUDE_PATH must be executable', () => {
    const real = write('bin/claude', '#!/bin/sh\n');
    expect(() => findClaude(undefined, { PATH: join(folder, 'nothing'), HOME: folder })).not.toThrow();
    expect(() => findClaude(real, {})).toThrow(/not a program that can run/);
  });

  it.each([
    ['2.1.196', true],
    ['2.1.197', false],
    ['2.0.999', true],
    ['2.1.330', false],
    ['3.0.0', false],
  ])('version %s is older than 2.1.197: %s', (version, wanted) => {
    expect(isOlder(version, '2.1.197')).toBe(wanted);
  });

  it.each([
    [['-p', 'x'], true],
    [['--print'], true],
    [['--help'], true],
    [['mcp', 'list'], true],
    [['hello -p'], false],
    [['--', '-p'], false],
    [['-c'], false],
    [['--resume', 'id'], false],
  ])('%j is headless: %s', (args, wanted) => {
    expect(isHeadless(args)).toBe(wanted);
  });

  it('has subcommands that are distinguished from prompts', () => {
    expect(hasSubcommand(['mcp'])).toBe(true);
    expect(hasSubcommand(['hello'])).toBe(false);
  });

  it('receives one --settings argument, with the user’s settings in either form merged in', () => {
    expect(takeSettings(['a', '--settings', '{"x":1}', 'b', '--', '--settings'])).toEqual({
      value: '{"x":1}',
      rest: ['a', 'b', '--', '--settings'],
    });
    const { args, settings } = withSettings(
      ['--settings={"env":{"A":"1"},"permissions":{"allow":["Bash"]}}', '-c'],
      { HOME: folder },
      folder,
    );
    expect(settings).toMatchObject({
      env: { A: '1' },
      permissions: { allow: ['Bash'], defaultMode: 'default' },
    });
    expect(args).toEqual(['-c']);
  });

  it('keeps a permission mode that the user set by flag, --settings or settings file', () => {
    const mode = (args: string[], env = { HOME: folder }) =>
      asObject(withSettings(args, env, folder).settings?.permissions).defaultMode;
    expect(mode([])).toBe('default');
    expect(mode(['--permission-mode', 'plan'])).toBeUndefined();
    expect(mode(['--settings', '{"permissions":{"defaultMode":"plan"}}'])).toBe('plan');
    write('.claude/settings.json', '{"permissions":{"defaultMode":"acceptEdits"}}');
    expect(mode([])).toBeUndefined();
    write('.claude/settings.json', '{"permissions":{"defaultMode":"auto"}}');
    expect(withSettings([], { HOME: folder }, folder).autoMode).toBe(true);
  });
});

describe('the environment of Claude Code', () => {
  const target = (id: string) => {
    const row = bundledModels.find((entry) => entry.id === id);
    if (!row) throw new Error(id);
    return { upstream: row.upstream, model: row.id, row };
  };
  const small = {
    upstream: 'x',
    model: 'tiny',
    row: { upstream: 'x', id: 'tiny', contextWindow: 32_000, maxOutputTokens: 8_000, efforts: [] },
  };
  const launch = {
    directory: { upstreams: allUpstreams() },
    url: 'http://127.0.0.1:5',
    secret: 's',
    main: target('gpt-5.5'),
    fast: target('gpt-6-luna'),
    subagent: undefined,
    tiers: {},
    effort: undefined,
    autoMode: false,
    toolSearch: undefined,
    ownLogin: false,
    deniesFastModeChecks: false,
    secretVariables: ['OPENAI_API_KEY', 'LITELLM_KEY'],
  };

  it('points to the proxy, keeps the user’s own variables, and drops other providers and ccp’s secrets', () => {
    const env = claudeEnvironment(
      {
        MINE: '1',
        ANTHROPIC_API_KEY: 'k',
        CLAUDE_CODE_USE_BEDROCK: '1',
        CCP_CODEX_ACCESS_TOKEN: 't',
        OPENAI_API_KEY: 'k',
        LITELLM_KEY: 'k',
        CCP_LAYOUT: 'side',
        NO_PROXY: 'corp',
      },
      launch,
    );
    expect(env).toMatchObject({
      MINE: '1',
      CCP_LAYOUT: 'side',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:5',
      ANTHROPIC_AUTH_TOKEN: 's',
      ANTHROPIC_MODEL: 'gpt-5.5[1m]',
      ANTHROPIC_SMALL_FAST_MODEL: 'gpt-6-luna[1m]',
      CLAUDE_CODE_AUTO_COMPACT_WINDOW: '272000',
      NO_PROXY: 'corp,127.0.0.1,localhost,::1',
    });
    for (const name of [
      'ANTHROPIC_API_KEY',
      'CLAUDE_CODE_USE_BEDROCK',
      'CCP_CODEX_ACCESS_TOKEN',
      'OPENAI_API_KEY',
      'LITELLM_KEY',
      'CLAUDE_CODE_MAX_CONTEXT_TOKENS',
      'CLAUDE_CODE_SUBAGENT_MODEL',
    ])
      expect(env).not.toHaveProperty(name);
  });

  it('states a window up to 200k explicitly, and the output limit of a small one', () => {
    const demo = claudeEnvironment({}, { ...launch, main: target('demo') });
    expect(demo).toMatchObject({
      ANTHROPIC_MODEL: 'demo',
      CLAUDE_CODE_MAX_CONTEXT_TOKENS: '200000',
      CLAUDE_CODE_AUTO_COMPACT_WINDOW: '200000',
    });
    const tight = claudeEnvironment({}, { ...launch, main: small });
    expect(tight).toMatchObject({
      ANTHROPIC_MODEL: 'tiny',
      CLAUDE_CODE_MAX_CONTEXT_TOKENS: '32000',
      CLAUDE_CODE_MAX_OUTPUT_TOKENS: '8000',
    });
    expect(tight).not.toHaveProperty('CLAUDE_CODE_AUTO_COMPACT_WINDOW');
  });

  it('adds loopback to NO_PROXY once', () => {
    expect(withLoopback('localhost, a')).toBe('localhost,a,127.0.0.1,::1');
    expect(withLoopback(undefined)).toBe('127.0.0.1,localhost,::1');
  });
});

describe('prices', () => {
  const price = bundledModels.find((row) => row.id === 'gpt-5.5')?.price;
  const usage = (input: number, read: number, output: number) => ({
    input_tokens: input,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: 0,
    output_tokens: output,
  });

  it('apply to uncached, cached and output tokens separately, and the long tier to the whole request', () => {
    if (!price) throw new Error('no price');
    expect(costMicroUsd(usage(20_000, 80_000, 2_000), price)).toBe(200_000);
    expect(costMicroUsd(usage(273_000, 0, 1_000), price)).toBe(273_000 * 10 + 1_000 * 45);
  });

  it('have a source and a date', () => {
    for (const row of bundledModels)
      if (row.price)
        expect(row.price).toMatchObject({
          source: expect.stringMatching(/./),
          date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        });
  });
});
