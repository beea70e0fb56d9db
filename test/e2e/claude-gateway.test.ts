/** The real Claude Code through ccp and a real `claude gateway`, with a token that a command prints. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClaude } from '../../src/launch/find-claude.ts';
import { type ClaudeGateway, gatewayKey, startClaudeGateway } from '../support/claude-gateway.ts';
import { agent } from '../support/dialect-agent.ts';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import { filesBelow, type Home, makeHome } from '../support/home.ts';
import { type Postgres, postgresFolder, startPostgres } from '../support/postgres.ts';
import { runCcp } from '../support/run.ts';

const folder = postgresFolder();
if (folder === undefined) process.stdout.write('There is no PostgreSQL: the tests of `claude gateway` are skipped.\n');

describe.skipIf(folder === undefined)('a real claude gateway (needs PostgreSQL)', () => {
  let home: Home;
  let postgres: Postgres;
  let upstream: DialectUpstream;
  let gateway: ClaudeGateway;
  let token: string;
  let model: string;

  beforeAll(async () => {
    home = makeHome();
    postgres = await startPostgres(folder ?? '');
    upstream = await DialectUpstream.start('anthropic');
    const claude = findClaude(process.env.CCP_CLAUDE_PATH, process.env);
    const places = { home: home.home, postgresUrl: postgres.url, upstreamUrl: upstream.url };
    gateway = await startClaudeGateway(claude, places);
    token = await gateway.signIn();
    const list = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    model = ((await list.json()) as any).data[0].id;
    const tokenFile = join(home.home, 'token');
    writeFileSync(tokenFile, token);
    mkdirSync(join(home.home, '.config', 'ccp'), { recursive: true });
    const command = [
      process.execPath,
      '-e',
      `console.log(require("fs").readFileSync(${JSON.stringify(tokenFile)}, "utf8"))`,
    ];
    const custom = { dialect: 'messages', baseUrl: gateway.url, auth: { type: 'command', command } };
    writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), JSON.stringify({ upstreams: { gateway: custom } }));
  }, 120_000);

  afterAll(async () => {
    await gateway?.stop();
    await upstream?.stop();
    await postgres?.stop();
    home?.remove();
  });

  it('serves tools, each once, and the upstream gets the gateway’s key alone', async () => {
    const log = join(home.project, 'ran.log');
    upstream.script = agent(
      [
        { say: 'Reading.' },
        { call: 'Read', args: { file_path: join(home.project, 'notes.txt') } },
        { finish: 'calls' },
      ],
      [{ call: 'Bash', args: { command: `echo once >> ${log}` } }, { finish: 'calls' }],
      [{ say: 'Through the gateway.' }, { finish: 'stop' }],
    );
    const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Read,Bash'];
    const { code, out, err } = await runCcp(home, [
      'launch',
      '--model',
      `gateway/${model}`,
      '--',
      '-p',
      'work',
      ...args,
    ]);
    expect(`${code} ${out} ${err}`).toContain('0 Through the gateway.');
    expect(readFileSync(log, 'utf8')).toBe('once\n');
    expect(upstream.complaints).toEqual([]);
    expect(new Set(upstream.requests.map(({ headers }) => headers['x-api-key']))).toEqual(new Set([gatewayKey]));
    expect(upstream.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    const stored = filesBelow(join(home.home, '.state')).map((path) => readFileSync(path, 'utf8'));
    expect(stored.join('')).not.toContain(token);
  });

  it('reports a token that the gateway rejects', async () => {
    writeFileSync(join(home.home, 'token'), `${token}x`);
    const { code, out, err } = await runCcp(home, ['launch', '--model', `gateway/${model}`, '--', '-p', 'work']);
    expect(code).toBe(1);
    expect(out + err).toMatch(/invalid token/);
  });
});
