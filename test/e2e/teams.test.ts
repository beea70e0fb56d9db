/** The files of docs/teams, as a team would use them: a gateway, a policy on every machine, a dashboard. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../support/dialect-agent.ts';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import { type Home, makeHome } from '../support/home.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';
import { runCcp } from '../support/run.ts';

const folder = fileURLToPath(new URL('../../docs/teams/', import.meta.url));
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const address = 'https://llm.example.com/v1';

let home: Home;
let gateway: DialectUpstream;

/** Writes the files of the documentation, with the gateway's address on this machine. */
const install = () => {
  const here = (name: string) => text(name).replaceAll(address, `${gateway.url}/v1`);
  mkdirSync(join(home.home, '.config', 'ccp'), { recursive: true });
  writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), here('settings.json'));
  writeFileSync(join(home.home, 'policy.json'), here('policy.json'));
  Object.assign(home.env, { CCP_MANAGED_POLICY: join(home.home, 'policy.json'), LLM_KEY: 'sk-fake-team-key' });
};
const say = (...args: string[]) => runCcp(home, ['launch', ...args, '--', '-p', 'commit it', '--allowedTools', 'Bash']);

beforeEach(async () => {
  home = makeHome();
  gateway = await DialectUpstream.start('backend');
});
afterEach(async () => {
  await gateway.stop();
  home.remove();
});

describe('the configuration of a team', () => {
  beforeEach(install);

  it('works through the gateway, and a commit names the model', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: home.project, env: home.env }).toString();
    Object.assign(home.env, {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    });
    git('init', '-q');
    const command = 'git commit --allow-empty -q -m work';
    gateway.script = agent(
      [{ call: 'Bash', args: { command, description: 'Commit' } }, { finish: 'calls' }],
      [{ say: 'Committed.' }, { finish: 'stop' }],
    );
    expect((await say()).out).toBe('Committed.\n');
    expect(git('log', '--format=%(trailers)').trim()).toBe('Assisted-by: Claude Code:heron-large');
    expect(gateway.complaints).toEqual([]);
  });

  it('refuses what is not the team’s, in the team’s words', async () => {
    const { code, err } = await say('--model', 'codex/gpt-5.5');
    expect([code, err]).toEqual([2, expect.stringContaining('Questions: #ai-tools, or https://wiki.example.com/ai')]);
    expect((await say('--model', 'gateway-team/heron-small')).err).toContain(
      'heron-small is for titles and summaries.',
    );
    expect((await runCcp(home, ['launch', '--', '--remote-control'])).err).toContain('denies egress.remoteControl');
  });

  it('has cases that hold, and a policy without faults', async () => {
    // The cases are about the files as they are, with the address of the documentation.
    writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), text('settings.json'));
    writeFileSync(join(home.home, 'policy.json'), text('policy.json'));
    expect(await runCcp(home, ['policy', 'test', join(folder, 'policy-cases.json')])).toMatchObject({
      code: 0,
      out: '6 passed, 0 failed\n',
    });
    expect(await runCcp(home, ['policy', 'check'])).toMatchObject({ code: 0, out: expect.stringMatching(/^ok /) });
  });

  it('shows the gateway’s words when the developer’s budget there is used up, and asks once', async () => {
    gateway.script = () => ({
      status: 400,
      body: {
        error: {
          message: 'Budget has been exceeded! Current cost: 10.02, Max budget: 10.0',
          type: 'budget_exceeded',
          param: null,
          code: '400',
        },
      },
    });
    const { code, out } = await say();
    expect(code).toBe(1);
    expect(out).toMatch(/gateway-team.*heron-large.*Budget has been exceeded! Current cost: 10\.02, Max budget: 10\.0/);
    const turns = gateway.requests.filter(({ body }) => (body.tools ?? []).length > 3);
    expect(turns).toHaveLength(1);
  });
});

describe('the dashboard', () => {
  it('asks for metrics and attributes that ccp sends', async () => {
    install();
    const collector = await OtlpReceiver.start();
    gateway.script = () => [{ say: 'Hello.' }, { finish: 'stop' }];
    Object.assign(home.env, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    expect((await say()).out).toBe('Hello.\n');
    const dashboard = JSON.parse(text('grafana.json'));
    const queries = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    );
    /** As the collector's Prometheus exporter writes names: dots become underscores, units and types are suffixes. */
    const prometheus = (name: string) => name.replaceAll('.', '_');
    const sent = new Set(collector.points.map(({ metric }) => prometheus(metric)));
    // They are sent when they happen.
    for (const name of ['ccp_retries', 'ccp_fallbacks', 'ccp_denials']) sent.add(name);
    const asked = new Set<string>(
      queries.flatMap((query: string) => query.match(/\b(?:ccp|gen_ai_server)_\w+(?=\{)/g) ?? []),
    );
    expect(asked.size).toBeGreaterThan(5);
    for (const name of asked) expect([...sent]).toContain(name.replace(/(?:_USD)?_total$|_seconds_bucket$/, ''));
    const attributes = new Set(collector.points.flatMap((point) => Object.keys(point.attributes).map(prometheus)));
    const labels = new Set<string>(
      queries.flatMap(
        (query: string) => query.match(/\b(?:ccp_[a-z]+_[a-z]+|ccp_verdict|gen_ai_request_model)(?==|!=|\))/g) ?? [],
      ),
    );
    expect(labels.size).toBeGreaterThan(3);
    for (const label of labels) expect([...attributes]).toContain(label);
    await collector.stop();
  });
});

it('every file of the folder is named in its page', () => {
  const page = readFileSync(join(folder, '..', 'teams.md'), 'utf8');
  for (const name of readdirSync(folder)) expect(page).toContain(`teams/${name}`);
});
