/** What a launch shows and keeps before Claude Code is ready, and terminals that it cannot draw on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { Terminals, type TestTerminal } from '../support/terminal.ts';

let home: Home;
const terminals = new Terminals();
const prefix = '\x1c';

beforeEach(() => {
  home = makeHome();
});

afterEach(async () => {
  await terminals.closeAll();
  home.remove();
});

const open = (args: readonly string[], env: Record<string, string> = {}): TestTerminal =>
  terminals.open({
    argv: [process.execPath, ccp, ...args],
    env: { ...home.env, ...env },
    cwd: home.project,
    cols: 120,
    rows: 40,
  });

describe('the first second of a launch', () => {
  it('says at once what is started, survives the prefix key, and keeps what is typed for Claude Code', async () => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(/ccp · demo · starting/);
    expect(terminal.isAlternate).toBe(false);
    // A signal while the terminal is not in raw mode yet. It also discards what was typed before.
    terminal.send(prefix);
    terminal.signal('SIGQUIT');
    terminal.send('typed ahead');
    await terminal.waitFor(/❯\s+typed ahead/);
    expect(terminal.text.match(/typed ahead/g)).toHaveLength(1);
    expect(terminal.isAlternate).toBe(true);
    terminal.send(`${prefix}q`);
    await terminal.waitForExit();
    // The line does not stay behind.
    expect(terminal.history).not.toContain('starting');
  });

  it('keeps a whole line, and goes on reading after the key for the end of input', async () => {
    for (const [early, expected] of [
      ['whole line\r', /whole line/],
      ['\x04', /❯/],
    ] as const) {
      const terminal = open(['launch', '--demo']);
      await terminal.waitFor(/ccp · demo · starting/);
      terminal.send(early);
      await terminal.waitFor(() => terminal.isAlternate && expected.test(terminal.text));
      await terminal.waitFor(/main demo\/demo/);
      terminal.send(`${prefix}?`);
      await terminal.waitFor(/ccp keys/);
      terminal.send('x');
      await terminal.waitFor(() => !terminal.text.includes('ccp keys'));
      terminal.send(`${prefix}q`);
      await terminal.waitFor(() => terminal.exit !== undefined || /Quit\?/.test(terminal.text));
      if (terminal.exit === undefined) terminal.send('y');
      await terminal.waitForExit();
    }
  });

  it('erases the line before an error', async () => {
    const terminal = open(['launch', '--model', 'no-such-model']);
    const { exitCode } = await terminal.waitForExit();
    expect(exitCode).not.toBe(0);
    expect(terminal.text).toContain('no-such-model');
    expect(terminal.text).not.toContain('starting');
  });

  it('ends on Ctrl+\\ in a command without a screen', async () => {
    const terminal = open(['serve', '--port', '0']);
    await terminal.waitFor(/listening|127\.0\.0\.1/);
    terminal.send(prefix);
    expect(await terminal.waitForExit()).toMatchObject({ signal: 3 });
  });
});

describe('TERM=dumb', () => {
  it('gets Claude Code without a screen', async () => {
    const terminal = open(['launch', '--demo', '--', '--version'], { TERM: 'dumb' });
    await terminal.waitForExit();
    const plain = open(['launch', '--demo'], { TERM: 'dumb' });
    await plain.waitFor(/TERM=dumb cannot show the meter[\s\S]*(?:Claude Code v|❯)/);
    expect(plain.text).not.toMatch(/│ ccp|Ctrl\+\\ then \?/);
  });

  it('is an error for what is a screen alone', async () => {
    for (const args of [['pane', '--', 'true'], ['watch']]) {
      const terminal = open(args, { TERM: 'dumb' });
      expect((await terminal.waitForExit()).exitCode).not.toBe(0);
      expect(terminal.text.replaceAll('\n', ' ')).toMatch(/cannot draw its screen with TERM=dumb/);
    }
  });
});

describe('the mouse', () => {
  const report = (button: number, column: number, row: number, final = 'M') =>
    `\x1b[<${button};${column};${row}${final}`;

  it('drags the border, opens what is clicked, and pages the turns', async () => {
    const terminal = open(['launch', '--demo']);
    await terminal.waitFor(/❯/);
    await terminal.waitFor(/main demo\/demo/);
    const borderAt = () => terminal.rows[0]?.indexOf('│') ?? -1;
    const before = borderAt();
    terminal.send(report(0, before + 1, 10) + report(32, before - 3, 10) + report(0, before - 3, 10, 'm'));
    await terminal.waitFor(() => borderAt() === before - 4);
    const rowOf = (text: string) => terminal.rows.findIndex((row) => row.includes(text)) + 1;
    terminal.send(report(0, before + 4, rowOf('fast demo/demo-fast')));
    await terminal.waitFor(/Switch fast:/);
    // A click outside closes it.
    terminal.send(report(0, 1, 1));
    await terminal.waitFor(() => !terminal.text.includes('Switch fast:'));
    await terminal.type('what is in README.md?');
    await terminal.waitFor(/Here is what I found/);
    await terminal.waitFor(/✓ complete/);
    terminal.send(report(0, before + 4, rowOf('✓ complete')));
    await terminal.waitFor(/› ✓ [\d:]+ turn/);
    const second = terminal.rows.findIndex((row) => /› ✓/.test(row)) + 2;
    terminal.send(report(0, 20, second));
    await terminal.waitFor(() => /› ✓/.test(terminal.rows[second - 1] ?? ''));
    terminal.send('q');
    await terminal.waitFor(() => !terminal.text.includes('› ✓'));
    terminal.send(`${prefix}q`);
    await terminal.waitForExit();
  });
});
