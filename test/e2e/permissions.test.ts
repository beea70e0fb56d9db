/** No model decides alone that a command is safe, unless the user chose auto mode: with the real Claude Code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersSince } from '../support/agent.ts';
import * as up from '../support/events.ts';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals } from '../support/terminal.ts';

let home: Home;
let codex: StrictUpstream;
let judged: number;
const terminals = new Terminals();

beforeEach(async () => {
  home = makeHome();
  judged = 0;
  const made = join(home.project, 'made.txt');
  codex = await StrictUpstream.start((request) => {
    // A judge that calls everything safe, in each form in which the client asks.
    if (/security monitor/i.test(request.text)) {
      judged += 1;
      return up.saying('<severity>0</severity><block>no</block>');
    }
    if ((request.body.tools ?? []).length <= 3) return up.saying('{"title":"A test"}');
    if (answersSince(request).length > 0) return up.saying('ALL DONE.');
    const args = { command: `touch ${made}`, description: 'Creates a file' };
    return [up.created(), ...up.callItem(0, { name: 'Bash', args }), up.completed()];
  });
  Object.assign(home.env, { CCP_CODEX_BASE_URL: codex.url });
});

afterEach(async () => {
  await terminals.closeAll();
  await codex.stop();
  home.remove();
});

describe('a command of a routed model', () => {
  it.each(['plan', 'default'])('is not run unasked in %s mode', async (mode) => {
    const args = ['launch', '--model', 'gpt-5.5', '--', '--permission-mode', mode];
    const terminal = terminals.open({ argv: [process.execPath, ccp, ...args], env: home.env, cwd: home.project });
    await terminal.waitFor(/❯/);
    await terminal.type('make the file');
    await terminal.waitFor(/Do you want to proceed|requires approval|1\. Yes|ALL DONE/, 60_000);
    // The dialog of a client that misses Anthropic's own check.
    expect(terminal.text).not.toMatch(/changing auto mode|Auto mode can't check/i);
    expect(existsSync(join(home.project, 'made.txt'))).toBe(false);
    expect(judged).toBe(0);
  });
});

it('the key of the agent view does not end the session', async () => {
  const terminal = terminals.open({
    argv: [process.execPath, ccp, 'launch', '--model', 'gpt-5.5'],
    env: home.env,
    cwd: home.project,
  });
  await terminal.waitFor(/❯/);
  expect(terminal.text).not.toContain('for agents');
  terminal.send('\x1b[D');
  await terminal.type('make the file');
  await terminal.waitFor(/Do you want to proceed|1\. Yes/, 60_000);
});
