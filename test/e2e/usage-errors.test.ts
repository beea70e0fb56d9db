/** Invalid input: an error message with a remedy, the correct exit code, and no process left running. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { TestTerminal } from '../support/terminal.ts';

let home: Home;

beforeEach(() => {
  home = makeHome();
});

afterEach(() => home.remove());

const write = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

const script = (name: string, text: string) => {
  const path = write(join(home.home, name), `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
};

describe('exit code 2 for usage errors', () => {
  it.each([
    [['launch', '--model', 'gpt-55'], /"gpt-55" is not a model ccp knows\. Did you mean gpt-5\.5/],
    [['launch', '--fast-model', 'nope/x'], /--fast-model/],
    [['launch', '--effort', 'huge'], /--effort: "huge" is not one of none, low/],
    [['launch', '--no-such-flag'], /unknown option '--no-such-flag'[\s\S]*ccp help/],
    [['launch', '--layout', 'top'], /auto, side, bottom, off/],
    [['serve', '--port', '99999'], /port from 0 to 65535/],
    [['nonsense'], /unknown command 'nonsense'/],
    [['config', 'set', 'layout', 'top'], /must be one of auto, side, bottom, off/],
    [['config', 'set', 'nothing', '1'], /There is no setting "nothing"/],
    [['usage', '--since', 'tomorrow'], /--since: "tomorrow" is not a day/],
    [['usage', '--since', '2026-02-31'], /is not a day/],
    [['pane'], /needs a command/],
    [['launch', '--', '--cloud', 'work'], /--cloud: .*Anthropic’s machines.* Leave out --cloud/],
    [['launch', '--', '--environment', 'x'], /--environment: .* Leave out --environment/],
    [['launch', '--', '--desktop'], /--desktop: .*Claude Desktop.* Leave out --desktop/],
  ])('from the arguments %j', async (args, message) => {
    const { code, err } = await runCcp(home, args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it.each([
    ['CCP_PORT', 'many', /must be a whole number from 0 to 65535/],
    ['CCP_PORT', '99999', /from 0 to 65535/],
    ['CCP_PING_INTERVAL_MS', '0', /from 50 to 60000/],
    ['CCP_CODEX_BASE_URL', 'foo', /must look like http/],
    ['CCP_PREFIX', 'ctrl+c', /must look like ctrl\+g/],
    ['CCP_LAYOUT', 'top', /one of auto, side, bottom, off/],
  ])('from the variable %s=%s', async (name, value, message) => {
    const { code, err } = await runCcp(home, ['config', 'list'], { env: { [name]: value } });
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('exit code 1 for other errors', () => {
  const cases: [string, () => Promise<{ code: number | null; err: string }>, RegExp][] = [
    [
      'claude not found',
      () => runCcp(home, ['launch', '--demo'], { env: { CCP_CLAUDE_PATH: '/nowhere/claude' } }),
      /\/nowhere\/claude, which is not a program/,
    ],
    [
      'claude too old',
      () =>
        runCcp(home, ['launch', '--demo'], {
          env: { CCP_CLAUDE_PATH: script('old-claude', 'echo "1.0.3 (Claude Code)"') },
        }),
      /1\.0\.3 at .* is too old: ccp needs 2\.1\.197 or newer.*claude update/,
    ],
    [
      'a program that is not claude',
      () => runCcp(home, ['launch', '--demo'], { env: { CCP_CLAUDE_PATH: script('other', 'echo hello') } }),
      /does not look like Claude Code/,
    ],
    [
      'no credential',
      () => runCcp(home, ['launch', '--', '-p', 'x'], { env: { CCP_CODEX_ACCESS_TOKEN: '' } }),
      /no credential for codex.*CCP_CODEX_ACCESS_TOKEN.*--demo/,
    ],
    [
      'a settings file that is not valid JSON',
      () => {
        write(join(home.home, '.config', 'ccp', 'config.json'), '{"layout":');
        return runCcp(home, ['models']);
      },
      /config\.json, line 1 is not valid JSON: .*Fix it or move it aside/,
    ],
    [
      'a settings file with an invalid value',
      () => {
        write(join(home.home, '.config', 'ccp', 'config.json'), '{"layout":"top"}');
        return runCcp(home, ['models']);
      },
      /layout/,
    ],
    [
      'a policy with an unknown member',
      () => {
        write(join(home.project, '.ccp', 'policy.json'), '{"version":1,"rule":[]}');
        return runCcp(home, ['launch', '--demo']);
      },
      /policy\.json cannot be used\. rule is not a member of a policy \(did you mean rules\?\)/,
    ],
    [
      'a fallback to a model that cannot be routed',
      () => {
        write(join(home.home, '.config', 'ccp', 'config.json'), '{"fallback":{"main":["gpt-9"]}}');
        return runCcp(home, ['serve']);
      },
      /The setting fallback\.main\[0\]: .*gpt-9/,
    ],
    ['a missing program in the pane', () => runCcp(home, ['pane', '--', 'x']), /interactive terminal/],
  ];

  it.each(cases)('such as %s', async (_name, run, message) => {
    const { code, err } = await run();
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });

  it('such as a corrupt credential file, which stays unchanged', async () => {
    const path = write(join(home.home, '.config', 'ccp', 'credentials', 'codex.json'), 'garbage');
    const { code, err } = await runCcp(home, ['launch', '--', '-p', 'x'], { env: { CCP_CODEX_ACCESS_TOKEN: '' } });
    expect([code, err]).toEqual([1, expect.stringMatching(/not one this version reads\. Remove it with/)]);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(path, 'utf8')).toBe('garbage');
  });

  it('such as a port in use with serve or --port; otherwise another port is used', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' ? address?.port : 0);
    const serve = await runCcp(home, ['serve', '--port', port]);
    expect([serve.code, serve.err]).toEqual([1, expect.stringMatching(new RegExp(`Port ${port} is in use.*--port 0`))]);
    const asked = await runCcp(home, ['launch', '--demo', '--port', port, '--', '-p', 'hello there']);
    expect([asked.code, asked.err]).toEqual([1, expect.stringMatching(/cannot listen on port/)]);
    const other = await runCcp(home, ['launch', '--demo', '--', '-p', 'hello there'], { env: { CCP_PORT: port } });
    expect([other.code, other.err]).toEqual([
      0,
      expect.stringMatching(new RegExp(`Port ${port} is busy; this session's proxy is on http://127\\.0\\.0\\.1:`)),
    ]);
    server.close();
  });

  it('such as an unreachable upstream, reported with its address', async () => {
    const { code, out } = await runCcp(home, ['launch', '--', '-p', 'hello'], {
      env: { CCP_CODEX_BASE_URL: 'http://127.0.0.1:9' },
    });
    expect(code).toBe(1);
    expect(out).toMatch(/Cannot reach http:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)\. Check the network/);
  });
});

describe('a terminal', () => {
  const open = (cols: number, rows: number) =>
    new TestTerminal({
      argv: [process.execPath, ccp, 'pane', '--', '/bin/sh', '-c', 'echo here; sleep 3'],
      env: home.env,
      cwd: home.project,
      cols,
      rows,
    });

  it('smaller than 20×5 is rejected', async () => {
    const terminal = open(19, 5);
    expect((await terminal.waitForExit()).exitCode).toBe(1);
    expect(terminal.history.replaceAll('\n', '')).toMatch(/This terminal is 19×5/);
    expect(terminal.survivors()).toEqual([]);
  });

  it('smaller than 60×15 shows the one-row meter and a notice', async () => {
    const terminal = open(50, 12);
    await terminal.waitFor(/here/);
    await terminal.waitFor(/small terminal/);
    expect(terminal.rows.at(-1)).toContain('small terminal');
    await terminal.close();
  });
});

describe('an invalid settings file', () => {
  const config = () => join(home.home, '.config', 'ccp', 'config.json');

  it.each([
    ['invalid JSON', '{\n  "layout": "auto",\n  "port":\n}', /config\.json, line 4 is not valid JSON: \w+\./],
    ['an invalid value', '{\n  "port": 5,\n  "layout": "top"\n}', /line 3: layout must be one of auto, side/],
    ['a misspelt setting', '{\n  "modle": "gpt-5.5"\n}', /line 2: modle is not a setting \(did you mean model\?\)/],
    [
      'an unknown member',
      '{\n  "budgets": {\n    "dayUSD": 5\n  }\n}',
      /line 3: budgets\.dayUSD is not a member \(did you mean dayUsd\?\)/,
    ],
    [
      'a custom upstream without a base URL',
      '{ "upstreams": { "gate": { "dialect": "chat" } } }',
      /line 1: upstreams\.gate needs "dialect" \(.*\) and "baseUrl"/,
    ],
  ])('with %s does not stop help, logs, status and config, which report the fault', async (_name, text, wanted) => {
    write(config(), text);
    expect((await runCcp(home, ['help'])).code).toBe(0);
    expect((await runCcp(home, ['logs'])).err).toContain('there is no log yet');
    expect((await runCcp(home, ['config', 'path'])).out.trim()).toBe(config());
    const status = await runCcp(home, ['status']);
    expect([status.code, status.out]).toEqual([0, expect.stringMatching(wanted)]);
    const list = await runCcp(home, ['config', 'list']);
    expect(list.err).toMatch(wanted);
    expect(list.out).toMatch(/layout +auto +default/);
    const launch = await runCcp(home, ['launch', '--demo', '--', '-p', 'x']);
    expect([launch.code, launch.err]).toEqual([1, expect.stringMatching(wanted)]);
  });

  it('can be fixed with config unset and config set', async () => {
    write(config(), '{"modle":"x","layout":"top"}');
    expect((await runCcp(home, ['config', 'unset', 'modle'])).code).toBe(0);
    expect((await runCcp(home, ['config', 'unset', 'theme'])).code).toBe(0);
    expect(await runCcp(home, ['config', 'unset', 'modle'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no setting "modle".*model/),
    });
    expect((await runCcp(home, ['config', 'set', 'layout', 'side'])).code).toBe(0);
    expect(JSON.parse(readFileSync(config(), 'utf8'))).toEqual({ layout: 'side' });
  });
});

describe('config set rejects', () => {
  it.each([
    ['an upstream without a base URL', ['upstreams', '{"gate":{"dialect":"chat"}}'], /upstreams\.gate needs/],
    [
      'a dialect that a built-in upstream does not support',
      ['upstreams', '{"kimi":{"dialect":"responses"}}'],
      /kimi does not speak "responses"; it speaks/,
    ],
    ['an unknown member', ['budgets', '{"dayUSD":5}'], /budgets\.dayUSD is not a member \(did you mean dayUsd\?\)/],
    ['a misspelt setting', ['modle', 'x'], /no setting "modle"\. Did you mean model\?/],
    ['a model that cannot be routed', ['model', 'gpt-5,5'], /The setting model: "gpt-5,5" is not a model.*gpt-5\.5/],
    [
      'a route to an unknown model',
      ['routes', '{"subagent":"nowhere/x"}'],
      /The setting routes\.subagent: "nowhere\/x"/,
    ],
    ['text where JSON is required', ['routes', 'gpt-5.5'], /must be valid JSON, not: gpt-5\.5/],
  ])('%s', async (_name, [key = '', value = ''], wanted) => {
    const { err, code } = await runCcp(home, ['config', 'set', key, value]);
    expect(err).toMatch(wanted);
    expect(code).not.toBe(0);
  });
});

describe('a folder that cannot be read', () => {
  it.each([
    ['usage', 'ledger', /The ledger in .*ledger cannot be read: .*ENOTDIR.* Check who owns it\./],
    ['logs', 'logs', /The log cannot be read: .*ENOTDIR.* Check who owns it\./],
    ['status', 'run', /The folder of running sessions cannot be read: .*ENOTDIR.* Check who owns it\./],
  ])('is not "nothing yet" for ccp %s', async (command, name, message) => {
    write(join(home.home, '.state', 'ccp', name), 'not a folder');
    const { code, out, err } = await runCcp(home, [command]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('is said by a session whose ledger it is, and its budget counts on', async () => {
    write(join(home.home, '.state', 'ccp', 'ledger'), 'not a folder');
    const receipt = join(home.home, 'receipt.json');
    const { code, err } = await runCcp(home, ['launch', '--demo', '--receipt', receipt, '--', '-p', 'hi']);
    expect(code).toBe(0);
    expect(err).toMatch(/ccp: The ledger cannot be written: .*ledger/);
    expect(err).toMatch(/ · the ledger is incomplete$/m);
    const { incidents } = JSON.parse(readFileSync(receipt, 'utf8'));
    expect(incidents).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('The ledger cannot') }),
    );
  });

  it('is no fault of the port', async () => {
    write(join(home.home, '.state', 'ccp', 'run'), 'not a folder');
    const { code, err } = await runCcp(home, ['launch', '--demo', '--', '-p', 'hi']);
    expect(code).toBe(1);
    expect(err).toMatch(/ccp: The proxy cannot start: .*\/run.* cannot be written: .* Move .* aside\.\n/);
    expect(err).not.toMatch(/port|\n\s+at /);
  });
});

describe('informational commands', () => {
  it('help, version and config path work without a settings file', async () => {
    expect((await runCcp(home, ['help'])).out).toMatch(/launch[\s\S]*serve[\s\S]*usage/);
    expect((await runCcp(home, ['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/m);
    expect((await runCcp(home, ['config', 'path'])).out.trim()).toBe(join(home.home, '.config', 'ccp', 'config.json'));
  });

  it('config sets a value, lists its source, and unsets it', async () => {
    expect((await runCcp(home, ['config', 'set', 'model', 'gpt-6-sol'])).code).toBe(0);
    expect((await runCcp(home, ['config', 'get', 'model'])).out.trim()).toBe('gpt-6-sol');
    expect((await runCcp(home, ['config', 'list'], { env: { CCP_LAYOUT: 'off' } })).out).toMatch(
      /model +gpt-6-sol +file[\s\S]*layout +off +CCP_LAYOUT/,
    );
    await runCcp(home, ['config', 'set', 'routes', '{"subagent":"gpt-6-luna"}']);
    expect((await runCcp(home, ['config', 'set', 'routes', '{"nowhere":"x"}'])).code).toBe(1);
    await runCcp(home, ['config', 'unset', 'model']);
    expect((await runCcp(home, ['config', 'get', 'model'])).out.trim()).toBe('gpt-5.5');
  });

  it.each([
    ['bash', /^export ANTHROPIC_MODEL='gpt-5\.5\[1m\]'$/m, /^unset ANTHROPIC_API_KEY$/m],
    ['fish', /^set -gx ANTHROPIC_MODEL 'gpt-5\.5\[1m\]'$/m, /^set -e ANTHROPIC_API_KEY$/m],
    ['powershell', /^\$env:ANTHROPIC_MODEL = 'gpt-5\.5\[1m\]'$/m, /^Remove-Item Env:ANTHROPIC_API_KEY/m],
  ])('env prints %s syntax', async (shell, set, unset) => {
    const { out, err } = await runCcp(home, ['env', '--shell', shell]);
    expect(out).toMatch(set);
    expect(out).toMatch(unset);
    expect(err).toContain('no `ccp serve` is running');
  });

  it('status lists sessions and credentials as text and as JSON', async () => {
    expect((await runCcp(home, ['status'])).out).toMatch(
      /No session is running[\s\S]*codex +yes +signed in · .*from the environment/,
    );
    expect(JSON.parse((await runCcp(home, ['status', '--json'])).out)).toMatchObject({
      sessions: [],
      credentials: expect.arrayContaining([
        expect.objectContaining({ upstream: 'codex', present: true }),
        expect.objectContaining({ upstream: 'chatgpt', present: false }),
        expect.objectContaining({ upstream: 'anthropic', present: false }),
      ]),
    });
    expect((await runCcp(home, ['status', '--json'])).out).not.toContain('fake-codex-token');
  });

  it('usage reports an empty ledger', async () => {
    expect((await runCcp(home, ['usage'])).out).toContain('Nothing in the ledger yet');
    expect(JSON.parse((await runCcp(home, ['usage', '--json'])).out)).toEqual({
      from: null,
      to: null,
      by: 'day',
      rows: [],
      total: expect.objectContaining({ requests: 0, totalTokens: 0 }),
    });
  });
});
