/** The real Claude Code hits the wall of a plan, or the end of a budget, in the middle of its work. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent, answersSince } from '../support/agent.ts';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals } from '../support/terminal.ts';

let home: Home;
let codex: StrictUpstream;
let openai: StrictUpstream;
let script: ReturnType<typeof agent>;
const log = () => join(home.project, 'ran.log');

beforeEach(async () => {
  home = makeHome();
  const note = (text: string) => ({ name: 'Bash', args: { command: `echo ${text} >> ${log()}`, description: text } });
  script = agent([
    { thinking: 'First.', text: 'Beginning.', calls: [note('one'), note('two')] },
    { text: 'Going on.', calls: [note('three')] },
    { calls: [note('four')] },
    { text: 'All four are written.' },
  ]);
  codex = await StrictUpstream.start((request, response, count) =>
    answersSince(request).length < 2
      ? script(request, response, count)
      : {
          status: 429,
          headers: { 'retry-after': '7200' },
          body: '{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached","resets_in_seconds":7200}}',
        },
  );
  openai = await StrictUpstream.start(script, 'openai');
  Object.assign(home.env, {
    CCP_CODEX_BASE_URL: codex.url,
    CCP_OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'sk-fake-of-no-value',
  });
});

afterEach(async () => {
  await codex.stop();
  await openai.stop();
  home.remove();
});

const useSettings = (settings: object) => {
  mkdirSync(join(home.home, '.config', 'ccp'), { recursive: true });
  writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), JSON.stringify(settings));
};

const work = (model = 'codex/gpt-5.5') =>
  runCcp(home, [
    ...['launch', '--model', model, '--receipt', join(home.home, 'receipt.json'), '--', '-p', 'write four lines'],
    ...['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash'],
  ]);

describe('the wall of a plan', () => {
  it('with a fallback: the work is finished on the other model, each tool once, and it is said', async () => {
    useSettings({ fallback: { main: ['openai/gpt-5.5'] } });
    const { code, out, err } = await work();
    expect(`${code} ${out}`).toBe('0 All four are written.\n');
    expect(readFileSync(log(), 'utf8').trim().split('\n').sort()).toEqual(['four', 'one', 'three', 'two']);
    expect([codex.complaints, openai.complaints]).toEqual([[], []]);
    // Nothing about the fallback is in the conversation.
    expect(openai.requests.at(-1)?.text).not.toMatch(/cannot answer now|usage limit has been/i);
    expect(err).toContain(
      'ccp: turns go to openai/gpt-5.5, not to the main route: fallback: gpt-5.5 cannot answer now',
    );
    const receipt = JSON.parse(readFileSync(join(home.home, 'receipt.json'), 'utf8'));
    expect(receipt.models.map(({ upstream }: { upstream: string }) => upstream)).toEqual(['codex', 'openai']);
    expect(JSON.stringify(receipt.incidents)).toContain('fallback: gpt-5.5 cannot answer now');
    // A second session knows the limit, and does not ask the plan.
    const asked = codex.requests.length;
    expect((await work()).out).toBe('All four are written.\n');
    expect(codex.requests).toHaveLength(asked);
    // A session with another login does not know it.
    home.env.CCP_CODEX_ACCESS_TOKEN += 'x';
    await work();
    expect(codex.requests.length).toBeGreaterThan(asked);
  });

  it('without one: it is reported with its reset, and nothing is sent elsewhere', async () => {
    const { code, out, err } = await work();
    expect(code).toBe(1);
    expect(out + err).toMatch(/limit/);
    expect(openai.requests).toEqual([]);
    expect(readFileSync(log(), 'utf8').trim().split('\n').sort()).toEqual(['one', 'two']);
  });
});

describe('the wall of a plan on a screen, without a fallback', () => {
  it('is a question in the meter; the model of a key finishes the work, each tool once', async () => {
    const terminals = new Terminals();
    try {
      const screen = terminals.open({
        argv: [
          ...[process.execPath, ccp, 'launch', '--model', 'codex/gpt-5.5', '--layout', 'side'],
          ...['--receipt', join(home.home, 'receipt.json'), '--', '--permission-mode', 'acceptEdits'],
          ...['--allowedTools', 'Bash'],
        ],
        env: home.env,
        cwd: home.project,
        cols: 150,
        rows: 50,
      });
      const calls: string[] = [];
      const titles: string[] = [];
      screen.emulator.terminal.onBell(() => calls.push('bell'));
      screen.emulator.terminal.onTitleChange((title) => titles.push(title));
      screen.emulator.parser.registerOscHandler(9, (text) => calls.push(text) > 0);
      await screen.waitFor(/then \? for help/);
      await screen.waitFor(() => /❯/.test(screen.text));
      await screen.type('write four lines');
      await screen.waitFor(/codex\/gpt-5\.5: plan limit until/);
      await screen.waitFor(/Ctrl\+\\ 1 {2}openai\/gpt-5\.5/);
      await screen.waitFor(/held at the limit/);
      expect(openai.requests).toEqual([]);
      // The terminal did not say whether it has the focus.
      expect(calls).toEqual(['ccp: asks: codex/gpt-5.5 is at its limit', 'bell']);
      await screen.waitFor(() => titles.some((title) => title.startsWith('? ')));
      // A question that has just appeared cannot be answered by a key that was meant for something else.
      await screen.waitFor(() => {
        screen.send('\x1c1');
        return openai.requests.length > 0;
      });
      await screen.waitFor(/All four are written\./);
      screen.send('\x1cq');
      await screen.waitFor(() => screen.exit !== undefined);
    } finally {
      await terminals.closeAll();
    }
    expect(readFileSync(log(), 'utf8').trim().split('\n').sort()).toEqual(['four', 'one', 'three', 'two']);
    expect([codex.complaints, openai.complaints]).toEqual([[], []]);
    expect(openai.requests.at(-1)?.text).not.toMatch(/cannot answer now|usage limit has been/i);
    const receipt = JSON.parse(readFileSync(join(home.home, 'receipt.json'), 'utf8'));
    expect(JSON.stringify(receipt.incidents)).toContain('chosen while gpt-5.5 cannot answer now');
  });
});

describe('the end of a budget', () => {
  it('for the month, with a model to switch to: that one finishes the work, each tool once, and it is said', async () => {
    // Earlier in this month, another session has spent almost all of it.
    const spent = { time: new Date().toISOString(), model: 'm', costKind: 'metered', costMicroUsd: 4_999_500 };
    const ledger = join(home.home, '.state', 'ccp', 'ledger');
    mkdirSync(ledger, { recursive: true });
    writeFileSync(join(ledger, `${spent.time.slice(0, 7)}.jsonl`), `${JSON.stringify(spent)}\n`);
    useSettings({ budgets: { monthUsd: 5, onLimit: 'switch', switchTo: 'codex/gpt-5.5' } });
    codex.script = script;
    const { code, out, err } = await work('openai/gpt-5.5');
    expect(`${code} ${out}`).toBe('0 All four are written.\n');
    expect(readFileSync(log(), 'utf8').trim().split('\n').sort()).toEqual(['four', 'one', 'three', 'two']);
    expect([codex.complaints, openai.complaints]).toEqual([[], []]);
    expect(codex.requests.at(-1)?.text).not.toMatch(/budget is used up/);
    expect(err).toContain('ccp: turns go to codex/gpt-5.5, not to the main route: the budget is used up');
    const receipt = JSON.parse(readFileSync(join(home.home, 'receipt.json'), 'utf8'));
    expect(receipt.models.map(({ upstream }: { upstream: string }) => upstream)).toEqual(['openai', 'codex']);
    expect(receipt.budgets).toMatchObject([{ name: 'month', limitMicroUsd: 5_000_000 }]);
    expect(receipt.budgets[0].spentMicroUsd).toBeGreaterThanOrEqual(5_000_000);
    expect((await runCcp(home, ['usage'])).out).toMatch(
      /\n\n█{12} budget for this month: \$5\.00 of \$5\.00 \(100 %\)\n$/,
    );
  });

  it('with a model to switch to that nobody serves is refused before anything starts', async () => {
    useSettings({ budgets: { monthUsd: 5, onLimit: 'switch', switchTo: 'nowhere/model' } });
    const { code, err } = await work();
    expect(code).toBe(1);
    expect(err).toContain('The setting budgets.switchTo: ');
    useSettings({ budgets: { monthUsd: 5, onLimit: 'switch' } });
    expect((await work()).err).toContain('budgets.switchTo names no model');
    useSettings({
      budgets: { monthUsd: 5, onLimit: 'switch', switchTo: 'lan/m' },
      upstreams: { lan: { dialect: 'chat', baseUrl: 'http://192.0.2.1/v1', models: [{ id: 'm' }] } },
    });
    expect((await work()).err).toMatch(/The setting budgets\.switchTo: .*allowInsecure/);
    expect([codex.requests, openai.requests]).toEqual([[], []]);
  });
});
