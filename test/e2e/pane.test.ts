/** `ccp pane` with arbitrary programs, which behave as on the bare terminal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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

function pane(
  command: readonly string[],
  options: { layout?: string; cols?: number; rows?: number; env?: Record<string, string> } = {},
): TestTerminal {
  const { layout = 'side', env = {}, ...size } = options;
  return terminals.open({
    argv: [process.execPath, ccp, 'pane', '--layout', layout, '--', ...command],
    env: { ...home.env, ...env },
    cwd: home.project,
    ...size,
  });
}

/** An interactive shell, for tests of job control. */
function shell(): TestTerminal {
  return terminals.open({
    argv: ['/bin/bash', '--norc', '-i'],
    env: { ...home.env, PS1: 'shell$ ' },
    cwd: home.project,
  });
}

describe('ccp pane', () => {
  it('runs a program with its environment and returns its exit code', async () => {
    const terminal = pane(['/bin/sh', '-c', 'echo "$MINE $TERM $(stty size)"; read line; exit 7'], {
      env: { MINE: 'mine' },
    });
    await terminal.waitFor(/mine xterm-256color 40 100/);
    terminal.send('\r');
    expect((await terminal.waitForExit()).exitCode).toBe(7);
  });

  it('draws the meter when CI is set', async () => {
    const terminal = pane(['/bin/sh', '-c', 'sleep 5'], { env: { CI: 'true' } });
    await terminal.waitFor(/Ctrl\+\\ then/);
  });

  it('needs no credential and starts no proxy', async () => {
    const terminal = pane(['/bin/sh', '-c', 'echo here; sleep 5'], { env: { CCP_CODEX_ACCESS_TOKEN: '' } });
    await terminal.waitFor(/here/);
    expect(terminal.survivors().some((line) => line.includes(' serve'))).toBe(false);
  });

  it('passes keys and a 512 KiB paste through byte for byte, and resizes', async () => {
    const out = join(home.project, 'typed');
    const script = join(home.project, 'sink.mjs');
    writeFileSync(
      script,
      `import { appendFileSync } from 'node:fs';
       process.stdin.setRawMode(true);
       process.stdout.write('\\x1b[?2004hREADY ' + process.stdout.columns);
       process.stdout.on('resize', () => process.stdout.write(' SIZE ' + process.stdout.columns + 'x' + process.stdout.rows));
       let size = 0;
       process.stdin.on('data', (data) => {
         appendFileSync(${JSON.stringify(out)}, data);
         size += data.length;
         process.stdout.write('\\r\\nGOT ' + size + ' ');
         if (data.includes(4)) process.exit(0);
       });`,
    );
    const terminal = pane([process.execPath, script]);
    await terminal.waitFor(/READY 100/);
    const keys = 'az\t\r\x7f\x1b[A\x1bOP\x1b[15~\x1b[1;5C\x1bb\x01\x07héllo漢字😀\x1b[13;2u';
    terminal.send(keys);
    await terminal.waitFor(new RegExp(`GOT ${Buffer.byteLength(keys)} `));
    const paste = `\x1b[200~${'0123456789\x1c\x1aabc\n'.repeat(32_768)}\x1b[201~`;
    terminal.send(paste);
    await terminal.waitFor(new RegExp(`GOT ${Buffer.byteLength(keys + paste)} `));
    await terminal.resize(120, 30);
    await terminal.waitFor(/SIZE 80x30/);
    terminal.send('\x04');
    await terminal.waitForExit();
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(out, 'utf8') === `${keys}${paste}\x04`).toBe(true);
  });

  it('shows colours, links and wide characters as the program wrote them', async () => {
    const terminal = pane([
      '/bin/sh',
      '-c',
      'printf "\\033[38;2;1;2;3mT\\033[0m\\033[4:3mU\\033[0m \\033]8;;https://example.org/a\\033\\\\\\\\link\\033]8;;\\033\\\\\\\\ 漢字😀|\\033]0;my title\\007"; sleep 5',
    ]);
    await terminal.waitFor(/漢字😀\|/);
    const line = terminal.emulator.terminal.buffer.active.getLine(0);
    expect([line?.getCell(0)?.isFgRGB(), line?.getCell(0)?.getFgColor()]).toEqual([true, 0x010203]);
    const raw = terminal.emulator.line(0);
    expect(terminal.emulator.link(raw?._extendedAttrs[3]?.urlId ?? 0)?.uri).toBe('https://example.org/a');
    expect(((raw?._extendedAttrs[1]?._ext ?? 0) & 0x1c000000) >>> 26).toBe(3);
  });

  it('keeps the program running under an overlay, and repaints the covered area', async () => {
    const terminal = pane([
      '/bin/sh',
      '-c',
      'i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "line $i ........................................................................"; sleep 0.02; done; sleep 5',
    ]);
    await terminal.waitFor(/line 30 /);
    await terminal.waitFor(/Ctrl\+\\ then/);
    terminal.send('\x1c?');
    await terminal.waitFor(/ccp keys/);
    await terminal.waitFor(/line 1[5-9]\d /);
    expect(terminal.text).toContain('ccp keys');
    terminal.send('x');
    await terminal.waitFor(/line 400 /, 20_000);
    await wait(200);
    const pane0 = terminal.rows.slice(0, 39).map((row) => row.slice(0, 80).trimEnd());
    expect(pane0.every((row, index) => row.startsWith(`line ${362 + index} ....`))).toBe(true);
  });

  it('quits on the prefix key followed by q', async () => {
    const terminal = pane(['/bin/cat']);
    await terminal.waitFor(/Ctrl\+\\ then/);
    terminal.send('\x1cq');
    await terminal.waitForExit();
    expect(terminal.survivors()).toEqual([]);
  });

  it('is suspended with its program by Ctrl+Z, and continues after fg', async () => {
    const script = `${process.execPath} ${ccp} pane -- /bin/sh -c 'i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done'`;
    const terminal = shell();
    await terminal.waitFor(/shell\$/);
    terminal.send(`${script}\r`);
    await terminal.waitFor(/tick 5/);
    terminal.send('\x1a');
    await terminal.waitFor(/Stopped/);
    expect(terminal.isAlternate).toBe(false);
    terminal.send('echo still a shell\r');
    await terminal.waitFor(/^still a shell/m);
    terminal.send('fg\r');
    await terminal.waitFor(() => terminal.isAlternate);
    await terminal.waitFor(/tick \d+/);
  });

  it('has the right size after fg when the terminal was resized meanwhile', async () => {
    const script = `${process.execPath} ${ccp} pane --layout side -- /bin/sh -c 'while true; do echo size $(stty size); sleep 0.2; done'`;
    const terminal = shell();
    await terminal.waitFor(/shell\$/);
    terminal.send(`${script}\r`);
    await terminal.waitFor(/size 40 100/);
    await terminal.waitFor(/Ctrl\+\\ then/);
    terminal.send('\x1a');
    await terminal.waitFor(/Stopped/);
    await terminal.resize(120, 30);
    terminal.send('fg\r');
    await terminal.waitFor(/size 30 80/);
    await terminal.waitFor(() => terminal.rows[0]?.slice(80).startsWith('│ ccp pane') === true);
  });

  it('resumes by itself after Ctrl+Z when no shell can continue it', async () => {
    const terminal = pane(['/bin/sh', '-c', 'i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done']);
    await terminal.waitFor(/tick 3/);
    terminal.send('\x1a');
    await wait(600);
    await terminal.waitFor(() => terminal.isAlternate);
    const newest = () => Number([...terminal.text.matchAll(/tick (\d+)/g)].at(-1)?.[1]);
    const before = newest();
    await terminal.waitFor(() => newest() > before + 5);
  });

  it('keeps an overlay open through a resize', async () => {
    const terminal = pane(['/bin/cat']);
    await terminal.waitFor(/Ctrl\+\\ then/);
    terminal.send('\x1c?');
    await terminal.waitFor(/ccp keys/);
    await terminal.resize(100, 30);
    await wait(400);
    await terminal.waitFor(/ccp keys/);
    terminal.send('x');
    await terminal.waitFor(() => !terminal.text.includes('ccp keys'));
    terminal.send('typed');
    await terminal.waitFor(/typed/);
  });
});
