/** The real Claude Code through the real proxy to hosts of the chat, Messages and Gemini dialects. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent as responsesAgent } from '../support/agent.ts';
import { storeClaudeLogin } from '../support/claude-login.ts';
import { agent } from '../support/dialect-agent.ts';
import { type Column, DialectUpstream } from '../support/dialect-upstream.ts';
import { ccp, filesBelow, type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals } from '../support/terminal.ts';

let home: Home;
const terminals = new Terminals();
const hosts: (DialectUpstream | StrictUpstream)[] = [];

beforeEach(() => {
  home = makeHome();
});

afterEach(async () => {
  await terminals.closeAll();
  for (const host of hosts.splice(0)) {
    await host.stop();
    expect(host.complaints).toEqual([]);
  }
  home.remove();
});

async function host(column: Column): Promise<DialectUpstream> {
  const upstream = await DialectUpstream.start(column);
  hosts.push(upstream);
  return upstream;
}

function settings(value: object): void {
  const folder = join(home.home, '.config', 'ccp');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(value));
}

const fakeKey = 'fake-key-of-no-value';
const allowed = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash,Read,Edit,Write'];

/** The model name and the environment for each host. */
function configureHost(column: Column, url: string): { model: string; env: Record<string, string> } {
  switch (column) {
    case 'chat':
    case 'messages':
      settings({
        upstreams: { heronry: { dialect: column, baseUrl: url, auth: { type: 'bearer', env: 'HERONRY_KEY' } } },
      });
      return { model: 'heronry/heron-1', env: { HERONRY_KEY: fakeKey } };
    case 'kimi':
      return { model: 'kimi-for-coding', env: { CCP_KIMI_API_KEY: fakeKey, CCP_KIMI_BASE_URL: `${url}/coding` } };
    case 'kimi chat':
      return {
        model: 'k2.6',
        env: { CCP_KIMI_API_KEY: fakeKey, CCP_KIMI_BASE_URL: `${url}/coding`, CCP_KIMI_DIALECT: 'chat' },
      };
    case 'gemini':
      return { model: 'gemini/gemini-3.8-flash', env: { GEMINI_API_KEY: 'fake-test-key', CCP_GEMINI_BASE_URL: url } };
    default:
      return { model: 'anthropic/claude-opus-5-5', env: { ANTHROPIC_API_KEY: fakeKey, CCP_ANTHROPIC_BASE_URL: url } };
  }
}

describe.each(['chat', 'messages', 'kimi', 'kimi chat', 'anthropic', 'gemini'] as const)(
  'Claude Code on %s',
  (column) => {
    it('reads a file, writes a large file and runs two parallel commands, each exactly once', async () => {
      const upstream = await host(column);
      const { model, env } = configureHost(column, upstream.url);
      const notes = join(home.project, 'notes.txt');
      const big = join(home.project, 'big.txt');
      const log = join(home.project, 'ran.log');
      const content = 'línea "q" \\ 漢字 with words\n'.repeat(4_000);
      upstream.script = agent(
        [
          { think: 'I read first.', signature: 'sig' },
          { say: 'Reading.' },
          { call: 'Read', args: { file_path: notes, pages: '' } },
        ],
        [
          { call: 'Write', args: { file_path: big, content } },
          { call: 'Bash', args: { command: `echo one >> ${log}`, description: 'one' } },
          { call: 'Bash', args: { command: `echo two >> ${log}`, description: 'two' } },
          { finish: 'calls' },
        ].slice(0, 4) as never,
        [{ say: 'All done.' }, { finish: 'stop' }],
      );
      const first = upstream.script;
      // Adds the finish step of the host to a round of calls.
      upstream.script = async (seen, count, response) => {
        const steps = await first(seen, count, response);
        return Array.isArray(steps) && !steps.some((step) => 'finish' in step)
          ? [...steps, { finish: 'calls' }]
          : steps;
      };
      const { out, err, code } = await runCcp(home, ['launch', '--model', model, '--', '-p', 'work', ...allowed], {
        env,
      });
      expect(err).not.toMatch(/error/i);
      expect(out).toContain('All done.');
      expect(code).toBe(0);
      expect(readFileSync(big, 'utf8')).toBe(content);
      expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual(['one', 'two']);
      expect(err).toMatch(/3 requests/);
    });
  },
);

it('a gateway gets the token of the user’s command, a new one when it is rejected, and the user’s headers', async () => {
  const upstream = await host('messages');
  const count = join(home.home, 'count');
  const code = `const fs = require("fs"); fs.appendFileSync(${JSON.stringify(count)}, "x"); console.log("fake-token-" + fs.statSync(${JSON.stringify(count)}).size)`;
  settings({
    upstreams: {
      gateway: {
        dialect: 'messages',
        baseUrl: upstream.url,
        auth: { type: 'command', command: [process.execPath, '-e', code] },
        headers: { 'X-Team': 'birds' },
      },
    },
  });
  const unauthorized = {
    status: 401,
    body: { type: 'error', error: { type: 'authentication_error', message: 'expired' } },
  };
  upstream.script = (seen) =>
    seen.headers.authorization === 'Bearer fake-token-1' ? unauthorized : [{ say: 'Fine.' }, { finish: 'stop' }];
  const {
    out,
    err,
    code: exitCode,
  } = await runCcp(home, ['launch', '--model', 'gateway/heron-1', '--', '-p', 'hello']);
  expect([exitCode, out.trim()]).toEqual([0, 'Fine.']);
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer fake-token-1',
    'Bearer fake-token-2',
  ]);
  expect(upstream.requests[1]?.headers['x-team']).toBe('birds');
  expect(
    out +
      err +
      filesBelow(home.home)
        .map((file) => readFileSync(file, 'utf8'))
        .join(''),
  ).not.toMatch(/fake-token-\d/);
});

it('Claude Code’s own login is sent to Anthropic unchanged and never stored', async () => {
  const upstream = await host('anthropic');
  const token = 'fake-claude-login-of-no-value';
  storeClaudeLogin(home, token);
  const { out, err } = await runCcp(home, ['launch', '--model', 'anthropic/claude-opus-5-5', '--', '-p', 'hello'], {
    env: { CCP_ANTHROPIC_BASE_URL: upstream.url, CCP_ANTHROPIC_LOGIN_TO_LOOPBACK: '1' },
  });
  expect(out + err).toContain('Fine.');
  expect(upstream.requests.length).toBeGreaterThan(0);
  for (const { headers, body } of upstream.requests) {
    expect(headers.authorization).toBe(`Bearer ${token}`);
    expect(headers['x-api-key']).toBeUndefined();
    expect(body.model).toMatch(/^claude-/);
    expect(body.model).not.toContain('[1m]');
  }
  const state = join(home.home, '.state');
  const stored = readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(stored.join('\n')).not.toContain(token);
});

it('one conversation with thinking and tools switches codex → kimi → anthropic → chat → codex without a rejected request', async () => {
  const codex = await StrictUpstream.start(
    responsesAgent([
      { thinking: 'Codex thinks.', calls: [{ name: 'Read', args: { file_path: join(home.project, 'notes.txt') } }] },
      { text: 'CODEX ANSWERS.' },
    ]),
  );
  hosts.push(codex);
  const path = { file_path: join(home.project, 'notes.txt') };
  const worker = (name: string) =>
    agent(
      [{ think: `${name} thinks.`, signature: `sig-${name}` }, { call: 'Read', args: path }, { finish: 'calls' }],
      [{ think: 'Again.', signature: `sig2-${name}` }, { say: `${name} ANSWERS.` }, { finish: 'stop' }],
    );
  const [kimi, anthropic, chat] = [await host('kimi'), await host('anthropic'), await host('chat')];
  kimi.script = worker('KIMI');
  anthropic.script = worker('ANTHROPIC');
  chat.script = worker('CHAT');
  const env = {
    ...configureHost('kimi', kimi.url).env,
    ...configureHost('anthropic', anthropic.url).env,
    ...configureHost('chat', chat.url).env,
    CCP_CODEX_BASE_URL: codex.url,
  };
  const terminal = terminals.open({
    argv: [process.execPath, ccp, 'launch', '--model', 'gpt-5.5', '--allow-metered'],
    env: { ...home.env, ...env },
    cwd: home.project,
  });
  await terminal.waitFor(/❯/);
  const folder = join(home.home, '.state', 'ccp', 'run');
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const run = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const turns = [
    ['gpt-5.5', 'CODEX'],
    ['kimi-for-coding', 'KIMI'],
    ['anthropic/claude-opus-5-5', 'ANTHROPIC'],
    ['heronry/heron-1', 'CHAT'],
    ['gpt-5.5', 'CODEX'],
  ] as const;
  for (const [index, [model, name]] of turns.entries()) {
    const switched = await fetch(`${run.url}/ccp/route`, {
      method: 'POST',
      headers: { 'x-ccp-secret': run.controlToken, 'content-type': 'application/json' },
      body: JSON.stringify({ class: 'main', model }),
    });
    expect(switched.status).toBe(200);
    await terminal.type(`turn ${index}`);
    await terminal.waitFor(new RegExp(`turn ${index}[\\s\\S]*${name} ANSWERS`));
  }
  const answer = await fetch(`${run.url}/ccp/state`, { headers: { 'x-ccp-secret': run.controlToken } });
  const state = (await answer.json()) as { recent: { verdict?: string }[] };
  expect(state.recent.filter(({ verdict }) => !/complete|repaired/.test(verdict ?? ''))).toEqual([]);
  const thoughts = JSON.stringify(codex.requests.at(-1)?.body);
  expect(thoughts).not.toMatch(/KIMI thinks|ANTHROPIC thinks|CHAT thinks/);
});
