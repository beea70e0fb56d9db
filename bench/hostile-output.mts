// `npm run bench:hostile`: 100,000 random escape sequences with absurd parameters in the pane. Prints the latest frame:
// the longest time in which the real terminal received nothing while the program was printing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Emulator } from '../src/terminal/emulator.ts';
import { openPty } from '../src/terminal/pty.ts';
import { hostileOutput } from '../test/support/hostile-output.ts';

const limitMs = 250;
const seeds = [1, 2, 3];
const ccp = fileURLToPath(new URL('../bin/ccp.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ccp-hostile-'));

const lastLine = '\x18\x1b\\\x1bcALL PRINTED';

/** @returns the longest gap between two frames, their number, and the duration, in milliseconds. */
async function run(seed: number): Promise<{ gapMs: number; frames: number; totalMs: number }> {
  const file = join(folder, `output-${seed}`);
  writeFileSync(file, [...hostileOutput(100_000, seed)].join('') + lastLine);
  const pty = openPty({
    path: process.execPath,
    // The first frames belong to the start of ccp, not to the output.
    args: [ccp, 'pane', '--', 'sh', '-c', `sleep 1; date +%s%3N > '${file}.began'; cat '${file}'; sleep 1`],
    env: { PATH: process.env.PATH ?? '', HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8', CCP_KEYCHAIN: 'off' },
    cwd: folder,
    cols: 140,
    rows: 40,
  });
  // Answers the queries of ccp's start, as a terminal does.
  const emulator = new Emulator({ cols: 140, rows: 40, scrollback: 0 });
  emulator.terminal.onData((answer) => pty.write(answer));
  let text = '';
  const frames: number[] = [];
  let isStarted = false;
  pty.onData((data) => {
    if (!isStarted) emulator.feed(data);
    isStarted = true;
    text = (text + String(data)).slice(-10_000);
    frames.push(Date.now());
    if (text.includes('PRINTED')) pty.kill('SIGHUP');
  });
  await new Promise<void>((resolve) => pty.onExit(() => resolve()));
  const began = Number(readFileSync(`${file}.began`, 'utf8'));
  const during = [began, ...frames.filter((at) => at >= began)];
  const gaps = during.slice(1).map((at, index) => at - (during[index] ?? at));
  return { gapMs: Math.max(...gaps), frames: gaps.length, totalMs: (during.at(-1) ?? began) - began };
}

let isLate = false;
try {
  for (const seed of seeds) {
    const { gapMs, frames, totalMs } = await run(seed);
    isLate ||= frames === 0 || gapMs > limitMs;
    process.stdout.write(
      `seed ${seed}: ${frames} frames, the latest after ${Math.round(gapMs)} ms, all output in ${Math.round(totalMs)} ms\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = isLate ? 1 : 0;
process.exit();
