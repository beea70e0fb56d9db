/** `npm start` and `ccp launch` on a real terminal, with the real Claude Code. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../support/agent.ts';
import * as up from '../support/events.ts';
import { ccp, filesBelow, type Home, makeHome, root } from '../support/home.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals, type TestTerminal, taggedProcesses } from '../support/terminal.ts';

let home: Home;
const terminals = new Terminals();

beforeEach(() => {
  home = makeHome();
});

afterEach(async () => {
  await terminals.closeAll();
  home.remove();
});

function open(
  args: readonly string[],
  options: { env?: Record<string, string>; cols?: number; rows?: number } = {},
): TestTerminal {
  const { env = {}, ...size } = options;
  return terminals.open({
    argv: [process.execPath, ccp, ...args],
    env: { ...home.env, ...env },
    cwd: home.project,
    ...size,
  });
}

const prompt = /❯/;
const meterAt = (terminal: TestTerminal, column: number): string[] => terminal.rows.map((row) => row.slice(column));

describe('ccp launch --demo', () => {
  it('answers with real tool calls while the meter updates, handles resizes and a switch, and leaves no files or processes', async () => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(prompt);
    await terminal.waitFor(/main demo\/demo/);
    await terminal.type('what is in README.md?');
    await terminal.waitFor(/Here is what I found/);
    await terminal.waitFor(
      /README\.md has 3 lines and begins with: # The test project|README\.md.*begins with.*# The test project/,
    );
    await terminal.waitFor(/○ idle/);
    await terminal.waitFor(/✓ turn/);
    expect(terminal.text).toMatch(/ cached +\d+k +\d+k/);

    await terminal.resize(90, 30);
    await terminal.waitFor(/ccp demo\/demo · local · ○ idle/);
    expect(terminal.rows.at(-30)).toBeDefined();
    await terminal.resize(150, 42);
    await terminal.waitFor(() => meterAt(terminal, 150 - 40).some((row) => row.includes('main demo/demo')));

    terminal.send('\x1c');
    await terminal.waitFor(/s switch[\s\S]*\? help/);
    terminal.send('?');
    await terminal.waitFor(/ccp keys/);
    terminal.send('x');
    await terminal.waitFor(() => !terminal.text.includes('ccp keys'));
    terminal.send('\x1cs');
    await terminal.waitFor(/Switch main:/);
    terminal.send('demo-fast\r');
    await terminal.waitFor(/Switch main to demo-fast\?[\s\S]*Cache: cold/);
    terminal.send('\r');
    await terminal.waitFor(/main demo\/demo-fast/);
    await terminal.type('hello again');
    await terminal.waitFor(/You said .hello again[\s\S]*demo model/);
    await terminal.waitFor(/○ idle/);
    await wait(500);

    terminal.send('\x03');
    await wait(300);
    terminal.send('\x03');
    const { exitCode } = await terminal.waitForExit();
    expect(exitCode).toBe(0);
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.history).toMatch(
      /Resume with: node \S+ccp\.js launch --model demo\/demo-fast -- --resume [\w-]{36}/,
    );
    expect(terminal.history).toMatch(/config set transcript on/);
    expect(terminal.history).toMatch(/ccp: \d+ requests · tokens .* · local, no cost/);
    const { modes } = terminal.emulator.terminal;
    expect([
      modes.bracketedPasteMode,
      modes.sendFocusMode,
      modes.mouseTrackingMode,
      terminal.emulator.cursor.hidden,
    ]).toEqual([false, false, 'none', false]);
    await terminal.waitFor(() => terminal.survivors().length === 0);
    expect(filesBelow(join(home.home, '.state', 'ccp')).filter((file) => file.includes('/run/'))).toEqual([]);
  });

  it('starts with Claude Code’s onboarding for a new user', async () => {
    home.remove();
    home = makeHome({ onboarded: false });
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(/Choose the text style/);
    terminal.send('\r');
    await terminal.waitFor(/Security notes|Press Enter to continue/);
    terminal.send('\r');
    await terminal.waitFor(/trust|Do you trust/);
    terminal.send('\r');
    await terminal.waitFor(/for shortcuts|Welcome back|❯ /);
  });

  it('shows Claude Code’s permission prompt for a command, and runs it when allowed', async () => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(prompt);
    await terminal.type('please run a command');
    await terminal.waitFor(/Do you want to proceed\?/);
    terminal.send('\r');
    await terminal.waitFor(/answered v\d+/);
  });

  it('accepts a paste of several lines with wide characters', async () => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(prompt);
    terminal.send('\x1b[200~erste Zeile\nzweite 漢字 Zeile\x1b[201~');
    await terminal.waitFor(/zweite 漢字 Zeile/);
    await wait(200);
    terminal.send('\r');
    await terminal.waitFor(/You said .erste Zeile zweite 漢字 Zeile/);
  });
});

describe('failures on the screen', () => {
  it('a truncated tool call never runs, and the reason is shown', async () => {
    const upstream = await StrictUpstream.start((request, response) => {
      if ((request.body.tools ?? []).length <= 3) return up.saying('{"title":"x"}');
      openStream(response);
      response.write(
        up.frames([
          up.created(),
          up.callStart(0, { name: 'Write', args: '' }),
          up.callDelta(0, `{"file_path":${JSON.stringify(join(home.project, 'cut.txt'))},"content":"ha`),
        ]),
      );
      setTimeout(() => response.end(), 100);
      return undefined;
    });
    const terminal = open(['launch', '--model', 'gpt-5.5'], { env: { CCP_CODEX_BASE_URL: upstream.url } });
    await terminal.waitFor(prompt);
    await terminal.type('write it');
    await terminal.waitFor(/API Error|ended the stream before/);
    await terminal.waitFor(/✗ truncated/);
    expect(filesBelow(home.project).some((file) => file.endsWith('cut.txt'))).toBe(false);
    await upstream.stop();
  });

  it('Esc aborts the upstream request, and the meter shows cancelled', async () => {
    const upstream = await StrictUpstream.start((request, response) => {
      if ((request.body.tools ?? []).length <= 3) return up.saying('{"title":"x"}');
      openStream(response);
      response.write(up.frames([up.created(), up.textStart(0), up.textDelta(0, 'A long story begins')]));
      return undefined;
    });
    const terminal = open(['launch', '--model', 'gpt-5.5'], { env: { CCP_CODEX_BASE_URL: upstream.url } });
    await terminal.waitFor(prompt);
    await terminal.type('tell me a story');
    await terminal.waitFor(/● streaming/);
    terminal.send('\x1b');
    await terminal.waitFor(/Interrupted/);
    await terminal.waitFor(/cancelled/);
    expect(upstream.requests.find((request) => (request.body.tools ?? []).length > 3)?.aborted).toBe(true);
    await upstream.stop();
  });

  it('a killed proxy is restarted, and the session continues', async () => {
    const upstream = await StrictUpstream.start(agent([{ text: 'I am here.' }]));
    const terminal = open(['launch', '--model', 'gpt-5.5'], { env: { CCP_CODEX_BASE_URL: upstream.url } });
    await terminal.waitFor(prompt);
    const serve = terminal.survivors().find((line) => line.includes(' serve'));
    process.kill(Number(serve?.split(' ')[0]), 'SIGKILL');
    await terminal.waitFor(/proxy died and was/);
    await terminal.type('still there?');
    await terminal.waitFor(/I am here\./);
    await upstream.stop();
  });
});

describe('cleanup', () => {
  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('leaves no process when ccp receives %s', async (signal) => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(prompt);
    await terminal.waitFor(/main demo/);
    terminal.signal(signal);
    await terminal.waitForExit();
    await terminal.waitFor(() => terminal.survivors().length === 0, 15_000);
    if (signal !== 'SIGKILL') expect(terminal.exit?.exitCode).toBe(signal === 'SIGTERM' ? 143 : 129);
    // SIGKILL ends the session leader and thereby this terminal. The test with a shell covers that case.
    if (signal === 'SIGTERM') {
      await terminal.waitFor(() => !terminal.isAlternate);
      expect(terminal.emulator.cursor.hidden).toBe(false);
      expect(terminal.emulator.terminal.modes.bracketedPasteMode).toBe(false);
    }
  });

  it('restores the screen when Claude Code is killed, and exits with the code of its signal', async () => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(prompt);
    const claude = taggedProcesses(terminal.tag).find((line) => line.includes('claude') && line.includes('--settings'));
    process.kill(Number(claude?.split(' ')[0]), 'SIGKILL');
    const { exitCode } = await terminal.waitForExit();
    expect(exitCode).toBe(137);
    expect(terminal.isAlternate).toBe(false);
  });

  it('restores the terminal modes, even after SIGKILL', async () => {
    // A shell around ccp records the `stty` settings before and after.
    const script = `stty -a > before; ${process.execPath} ${ccp} launch --demo; sleep 3; stty -a > after`;
    const terminal = terminals.open({ argv: ['/bin/bash', '-c', script], env: home.env, cwd: home.project });
    await terminal.waitFor(prompt);
    const launcher = terminal.survivors().find((line) => line.includes('launch --demo') && !line.includes('bash'));
    process.kill(Number(launcher?.split(' ')[0]), 'SIGKILL');
    await terminal.waitFor(() => !terminal.isAlternate, 10_000);
    expect(terminal.emulator.cursor.hidden).toBe(false);
    expect(terminal.emulator.terminal.modes.bracketedPasteMode).toBe(false);
    await terminal.waitForExit();
    expect(terminal.survivors()).toEqual([]);
    const read = (name: string) => readFileSync(join(home.project, name), 'utf8');
    expect(read('after')).toBe(read('before'));
  });
});

describe('npm start', () => {
  it('outside a terminal reports the requirement and an alternative command', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'start.mjs')], {
      encoding: 'utf8',
      env: home.env,
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/interactive terminal[\s\S]*launch --demo -- -p/);
  });
});
