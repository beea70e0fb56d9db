/** Prefix key commands, the history of the pane, and `ccp watch`, on real terminals. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { Terminals, type TestTerminal } from '../support/terminal.ts';

let home: Home;
const terminals = new Terminals();

beforeEach(() => {
  home = makeHome();
});

afterEach(async () => {
  await terminals.closeAll();
  home.remove();
});

const open = (args: readonly string[], env: Record<string, string> = {}): TestTerminal =>
  terminals.open({ argv: [process.execPath, ccp, ...args], env: { ...home.env, ...env }, cwd: home.project });

const counting = ['pane', '--', '/bin/sh', '-c', 'seq 1 200; exec cat'];
const prefix = '\x1c';

describe('the history of the pane', () => {
  it('opens on the prefix key followed by [, supports search and copy, and leaves the program running', async () => {
    const terminal = open(counting);
    let copied = '';
    terminal.emulator.parser.registerOscHandler(52, (data) => {
      copied = Buffer.from(data.split(';')[1] ?? '', 'base64').toString('utf8');
      return true;
    });
    await terminal.waitFor(/^200 *│/m);
    terminal.send(`${prefix}[`);
    await terminal.waitFor(/0\/\d+ lines up/);
    terminal.send('/117\r');
    await terminal.waitFor(/^117 *│/m);
    terminal.send('g');
    await terminal.waitFor(/^2 *│/m);
    terminal.send('0v$y');
    await terminal.waitFor(() => copied !== '');
    expect(copied).toBe('1');
    await terminal.waitFor(/^200 *│/m);
    terminal.send('still there\r');
    await terminal.waitFor(/^still there/m);
  });

  it('scrolls with the wheel and closes at its end', async () => {
    const terminal = open(counting);
    await terminal.waitFor(/^200 *│/m);
    terminal.send('\x1b[<64;5;5M\x1b[<64;5;5M');
    await terminal.waitFor(/6\/\d+ lines up/);
    terminal.send('\x1b[<65;5;5M\x1b[<65;5;5M');
    await terminal.waitFor(() => !terminal.text.includes('lines up'));
    // No mouse report reached the program.
    expect(terminal.text).not.toContain('[<6');
  });

  it('is not available for a full-screen program', async () => {
    const terminal = open(['pane', '--', '/bin/sh', '-c', 'seq 1 200; read x; printf "\\033[?1049hfull"; exec cat']);
    await terminal.waitFor(/^200 *│/m);
    terminal.send('\x1b[<64;5;5M');
    await terminal.waitFor(/lines up/);
    terminal.send('q\r');
    await terminal.waitFor(/full/);
    terminal.send(`${prefix}[`);
    await terminal.waitFor(/full-screen program has no/);
  });

  it('is written to the terminal’s own scrollback when configured', async () => {
    const terminal = open(['pane', '--', '/bin/sh', '-c', 'printf "\\033[31mred\\033[0m one\\n"; seq 1 60'], {
      CCP_TRANSCRIPT: 'on',
    });
    await terminal.waitForExit();
    await terminal.waitFor(() => terminal.history.includes('red one'));
    expect(terminal.history).toMatch(/\n59\n60\n/);
  });
});

describe('the screen', () => {
  it('cycles through the layouts, zooms, and moves the border, which alone is remembered', async () => {
    const terminal = open(counting);
    await terminal.waitFor(/ccp pane/);
    const borderAt = () => terminal.rows[5]?.indexOf('│') ?? -1;
    await terminal.waitFor(() => borderAt() > 0);
    const before = borderAt();
    terminal.send(`${prefix}\x1b[D`);
    await terminal.waitFor(() => borderAt() === before - 2);
    terminal.send(`${prefix}z`);
    await terminal.waitFor(() => !terminal.text.includes('│'));
    terminal.send(`${prefix}x`);
    await terminal.waitFor(() => terminal.rows.at(-1)?.includes('There is no key "x"') === true);
    terminal.send(`${prefix}z`);
    await terminal.waitFor(() => borderAt() === before - 2);
    terminal.send(`${prefix}l`);
    await terminal.waitFor(() => borderAt() < 0 && terminal.text.includes('───'));
    const stored = JSON.parse(readFileSync(join(home.home, '.state', 'ccp', 'layouts.json'), 'utf8'));
    expect(stored).toEqual({ '140x40': { sideCols: 42 } });
    terminal.send(`${prefix}q`);
    await terminal.waitForExit();
    const again = open(counting);
    await again.waitFor(() => (again.rows[5]?.indexOf('│') ?? -1) === before - 2);
    again.send(`${prefix}q`);
    await again.waitForExit();
  });

  it('reduces the meter to one row on m, and restores the layout on the next m', async () => {
    const terminal = open(counting);
    await terminal.waitFor(/ccp pane/);
    terminal.send(`${prefix}m`);
    await terminal.waitFor(() => !terminal.text.includes('│'));
    terminal.send(`${prefix}m`);
    await terminal.waitFor(/│/);
  });
});

describe('ccp watch', () => {
  const serve = async () => {
    const child = spawn(process.execPath, [ccp, 'serve', '--json', '--port', '0'], {
      cwd: home.project,
      env: home.env,
    });
    const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
    return { child, ...(JSON.parse(line) as { url: string; token: string }) };
  };

  it('waits for a session and shows its requests', async () => {
    const terminal = open(['watch']);
    await terminal.waitFor(/No session is running/);
    const { child, url, token } = await serve();
    try {
      await terminal.waitFor(/● s-\w+ +serve +http/);
      const body = {
        model: 'demo',
        max_tokens: 100,
        stream: true,
        messages: [{ role: 'user', content: 'hello there' }],
      };
      const answer = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': token },
        body: JSON.stringify(body),
      });
      await answer.text();
      await terminal.waitFor(/› ✓ [\d:]+ turn/);
      await terminal.waitFor(/route +demo → ↪ demo\/demo, because demo was requested/);
    } finally {
      child.kill('SIGTERM');
    }
    terminal.send('q');
    expect((await terminal.waitForExit()).exitCode).toBe(0);
    expect([terminal.isAlternate, terminal.emulator.cursor.hidden]).toEqual([false, false]);
  });

  it('fails with a message for an unknown session name', async () => {
    const terminal = open(['watch', 'nobody']);
    const { exitCode } = await terminal.waitForExit();
    expect(exitCode).toBe(2);
    expect(terminal.history).toContain('No running session is called "nobody"');
  });
});
