/** A team's policy with the real Claude Code: what it is told, what is written down, and the commands. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals } from '../support/terminal.ts';

let home: Home;
let codex: StrictUpstream;
let openai: StrictUpstream;
const managed = () => join(home.home, 'managed.json');

beforeEach(async () => {
  home = makeHome();
  codex = await StrictUpstream.start(() => up.saying('From codex.'));
  openai = await StrictUpstream.start(() => up.saying('From openai.'), 'openai');
  Object.assign(home.env, {
    CCP_CODEX_BASE_URL: codex.url,
    CCP_OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'sk-fake-of-no-value',
    CCP_MANAGED_POLICY: managed(),
  });
});
afterEach(async () => {
  await codex.stop();
  await openai.stop();
  home.remove();
});

const write = (path: string, value: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
};
const policy = (value: object) => write(managed(), { version: 1, ...value });
const inRepository = (value: object) => write(join(home.project, '.ccp', 'policy.json'), { version: 1, ...value });
const noCodex = {
  rules: [{ id: 'no-plan', effect: 'deny', upstreams: ['codex'], reason: 'Plans are for private work.' }],
  message: 'Ask ann@example.org.',
};
const run = (...args: string[]) => runCcp(home, args);
const say = (model: string, ...more: string[]) =>
  run('launch', '--model', model, ...more, '--', '-p', 'hello', '--permission-mode', 'acceptEdits');
const audit = () =>
  readFileSync(join(home.home, '.state', 'ccp', 'audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a denied upstream', () => {
  beforeEach(() => policy(noCodex));

  it('is refused at the launch, in serve and in env, with rule, file and words', async () => {
    const words =
      /does not allow codex\/gpt-5\.5 here\. Plans are for private work\. Allowed: .*openai\/.*Ask ann@example\.org\. \(rule: no-plan\)/;
    for (const result of [await say('codex/gpt-5.5'), await run('serve'), await run('env')])
      expect([result.code, result.err]).toEqual([2, expect.stringMatching(words)]);
    // An upstream of another name at the same address is the same upstream.
    write(join(home.home, '.config', 'ccp', 'config.json'), {
      upstreams: {
        mine: {
          dialect: 'responses',
          baseUrl: 'https://chatgpt.com/backend-api/codex',
          auth: { type: 'bearer', env: 'MINE' },
        },
      },
    });
    home.env.MINE = 'fake';
    expect((await say('mine/gpt-5.5')).err).toContain('does not allow mine/gpt-5.5');
    expect((await say('openai/gpt-5.5')).out).toBe('From openai.\n');
    expect(codex.requests).toEqual([]);
  });

  it('that is denied in the middle of a session is an error in Claude Code, and stands in the audit log', async () => {
    policy({});
    codex.script = ({ body }) => {
      if ((body.tools ?? []).length > 3) policy(noCodex);
      return [
        up.created(),
        ...up.callItem(0, { name: 'Bash', callId: 'call_1', args: { command: 'echo one', description: 'One' } }),
        up.completed(),
      ];
    };
    const { code, out, err } = await run(
      'launch',
      '--model',
      'codex/gpt-5.5',
      '--',
      '-p',
      'hello',
      '--allowedTools',
      'Bash',
    );
    expect([code, out + err]).toEqual([1, expect.stringMatching(/no-plan.*/)]);
    expect(out).toContain('Ask ann@example.org.');
    const lines = audit();
    expect(lines.map(({ type }) => type)).toEqual(['checkpoint', 'policy_changed', 'denial']);
    expect(lines[2]).toMatchObject({
      details: { target: 'codex/gpt-5.5' },
      repo: expect.any(String),
      version: expect.any(String),
    });
    const checked = await run('policy', 'check');
    expect([checked.code, checked.out]).toEqual([0, expect.stringMatching(/audit\.jsonl: 3 lines, head [0-9a-f]{64}/)]);
    expect((await run('policy', 'check', '--head', lines[1].hash)).out).toContain('is in it');
    expect((await run('policy', 'check', '--head', 'ab')).code).toBe(1);
  });

  it('is marked in the list of models, in the status and in the switch dialog', async () => {
    const { out } = await run('models', '--upstream', 'codex');
    expect(out).toMatch(/gpt-5\.5 .*denied \(no-plan of .*managed\.json\)/);
    expect((await run('status')).out).toContain(`Policy:   ${managed()}`);
    const terminals = new Terminals();
    try {
      const screen = terminals.open({
        argv: [process.execPath, ccp, 'launch', '--model', 'openai/gpt-5.5', '--layout', 'side'],
        env: home.env,
        cwd: home.project,
        cols: 150,
        rows: 45,
      });
      await screen.waitFor(/❯[\s\S]*then \? for help/);
      await screen.waitFor(() => {
        screen.send('\x1cs');
        return /Switch main:/.test(screen.text);
      });
      screen.send('codex gpt-5.5');
      await screen.waitFor(/codex gpt-5\.5▏/);
      screen.send('\r');
      await screen.waitFor(/does not allow codex\/gpt-5\.5 here/);
      screen.send('\x1b');
      screen.send('\x1cq');
    } finally {
      await terminals.closeAll();
    }
  });
});

describe('a repository', () => {
  it('narrows, and cannot allow; its file stays in force when an agent removes it', async () => {
    policy({ rules: [{ effect: 'deny', id: 'no-plan', upstreams: ['codex'] }] });
    inRepository({ rules: [{ effect: 'allow', upstreams: ['codex'] }] });
    expect((await say('codex/gpt-5.5')).err).toContain('(rule: no-plan)');
    expect((await say('openai/gpt-5.5')).err).toMatch(
      /\.ccp\/policy\.json does not allow openai\/gpt-5\.5.*\(rule: allow rules\)/,
    );
    policy({});
    inRepository({
      rules: [
        { effect: 'deny', id: 'main-only', classes: ['subagent'] },
        { effect: 'deny', id: 'no-openai', upstreams: ['openai'] },
      ],
    });
    codex.script = ({ body }, _response, count) =>
      (body.tools ?? []).length > 3 && count < 4
        ? [
            up.created(),
            ...up.callItem(0, {
              name: 'Bash',
              callId: `call_${count}`,
              args: { command: 'rm -rf .ccp', description: 'Remove' },
            }),
            up.completed(),
          ]
        : up.saying('Removed.');
    const session = run(
      'launch',
      '--model',
      'codex/gpt-5.5',
      '--allow-metered',
      '--',
      '-p',
      'hello',
      '--allowedTools',
      'Bash',
    );
    expect((await session).out).toBe('Removed.\n');
    expect((await run('policy', 'explain', 'openai/gpt-5.5')).code).toBe(0);
  });
});

describe('a policy that cannot be used', () => {
  it('starts nothing, and the other commands say so', async () => {
    writeFileSync(managed(), '{"version":1,"rulez":[]}');
    const { code, err } = await say('openai/gpt-5.5');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /The policy .*managed\.json cannot be used\. rulez is not a member of a policy \(did you mean rules\?\)\. Nothing was started\./,
      ),
    ]);
    expect((await run('status')).out).toContain('cannot be used, so nothing is routed');
    expect((await run('policy', 'check')).code).toBe(1);
    expect((await run('policy', 'show')).code).toBe(1);
    expect((await run('help')).code).toBe(0);
    expect(openai.requests).toEqual([]);
  });

  it('for another version of ccp or of Claude Code neither', async () => {
    policy({ claudeCode: '<2' });
    expect((await say('openai/gpt-5.5')).err).toMatch(/demands Claude Code <2, and this is 2\./);
    policy({ minimumVersion: '99.0.0' });
    expect((await say('openai/gpt-5.5')).err).toContain('It needs ccp 99.0.0 or newer');
  });

  it('or that denies what the arguments ask for', async () => {
    policy({ egress: { backgroundSessions: 'deny', remoteControl: 'say' } });
    const { code, err } = await run('launch', '--model', 'openai/gpt-5.5', '--', '--bg', 'hello');
    expect([code, err]).toEqual([2, expect.stringContaining('denies egress.backgroundSessions')]);
  });
});

describe('the commands', () => {
  it('explain, with every denial and what would allow it', async () => {
    policy(noCodex);
    inRepository({ rules: [{ effect: 'allow', upstreams: ['https://api.openai.com'] }] });
    const { code, out } = await run('policy', 'explain', 'gpt-5.5');
    expect(code).toBe(1);
    expect(out).toMatch(/^denied: codex\/gpt-5\.5 \(http:.*\) for main in /);
    expect(out).toMatch(/managed\.json, no-plan: Plans are for private work\.\nalso .*policy\.json, allow rules: /);
    expect(out).toContain('It would be allowed when no-plan of');
    const json = JSON.parse((await run('policy', 'explain', 'kimi/k3', '--class', 'subagent', '--json')).out);
    expect(json).toMatchObject({
      model: 'kimi/k3',
      class: 'subagent',
      allowed: false,
      denials: [{ rule: 'allow rules' }],
    });
    expect((await run('policy', 'explain', 'nothing')).code).toBe(2);
    expect((await run('policy', 'explain', 'gpt-5.5', '--class', 'no')).err).toContain('--class: "no" is not one of');
  });

  it('show what is in force, each line with its file', async () => {
    expect((await run('policy', 'show')).out).toContain('managed.json');
    policy({ ...noCodex, budgets: { dayUsd: 5 }, outboundSecrets: 'block', retentionDays: { ledger: 90 } });
    inRepository({ budgets: { dayUsd: 2 }, requireUpstream: { '**': 'openai' } });
    const { out } = await run('policy', 'show');
    for (const row of [
      /^deny +no-plan +upstreams codex \(Plans are for private work\.\) +.*managed\.json$/m,
      /^require +\*\* +only openai +.*policy\.json$/m,
      /^set +budgets\.dayUsd +2 +.*policy\.json$/m,
      /^set +outboundSecrets +block +.*managed\.json$/m,
      /^set +message +Ask ann@example\.org\. /m,
    ])
      expect(out).toMatch(row);
  });

  it('test a team’s cases', async () => {
    policy(noCodex);
    const file = join(home.home, 'cases.json');
    const cases = [
      { model: 'codex/gpt-5.5', expect: 'deny', rule: 'no-plan' },
      { model: 'kimi/k3', repo: 'git.example.org/team/app', class: 'subagent', expect: 'allow', comment: 'x' },
    ];
    write(file, { cases });
    expect(await run('policy', 'test', file)).toMatchObject({ code: 0, out: '2 passed, 0 failed\n' });
    write(file, { cases: [...cases, { model: 'codex/gpt-5.5', expect: 'allow' }, { ...cases[0], rule: 'other' }] });
    const { code, out } = await run('policy', 'test', file);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(
        /^3\. codex\/gpt-5\.5: expected allow, and it is deny by no-plan of .*\n4\. codex\/gpt-5\.5: expected the rule other,.*\n2 passed, 2 failed\n$/,
      ),
    ]);
    write(file, { cases: [{ model: 'x', expect: 'maybe' }] });
    expect(await run('policy', 'test', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('cases[0].expect: must be "allow" or "deny"'),
    });
  });

  it('lift a denial where the file permits it, at a terminal only; it is audited and ends by itself', async () => {
    policy({ ...noCodex, override: { maxMinutes: 30 } });
    expect((await run('policy', 'override', 'no-plan', '--minutes', '5', '--reason', 'an outage')).err).toContain(
      'at a terminal of your own',
    );
    const terminals = new Terminals();
    const atTerminal = async (...args: string[]) => {
      const screen = terminals.open({
        argv: [process.execPath, ccp, 'policy', 'override', ...args],
        env: home.env,
        cwd: home.project,
      });
      await screen.waitFor(() => screen.exit !== undefined);
      return screen.history;
    };
    try {
      expect(await atTerminal('no-plan', '--minutes', '31', '--reason', 'an outage')).toContain(
        'for 30 minutes at most',
      );
      expect(await atTerminal('other', '--minutes', '5', '--reason', 'an outage')).toContain('has a rule "other"');
      expect(await atTerminal('no-plan', '--minutes', '5', '--reason', 'an outage')).toContain(
        'It is in the audit log.',
      );
    } finally {
      await terminals.closeAll();
    }
    expect((await say('codex/gpt-5.5')).out).toBe('From codex.\n');
    expect(audit().at(-1)).toMatchObject({
      type: 'override',
      details: { rule: 'no-plan', minutes: 5, reason: 'an outage' },
    });
    // An edit of the file lifts nothing: the line in the audit log says less.
    const file = join(home.home, '.state', 'ccp', 'policy-overrides.json');
    const { overrides } = JSON.parse(readFileSync(file, 'utf8'));
    for (const change of [{ until: Date.now() + 3_600_000 }, { hash: '0'.repeat(64) }, { rule: 'other' }]) {
      writeFileSync(file, JSON.stringify({ overrides: [{ ...overrides[0], ...change }] }));
      expect((await say('codex/gpt-5.5')).out).not.toContain('From codex.');
    }
    writeFileSync(file, JSON.stringify({ overrides }));
    expect((await say('codex/gpt-5.5')).out).toBe('From codex.\n');
  });
});
