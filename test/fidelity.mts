// `npm run fidelity`: the real Claude Code bare and in the pane, the same keys, compared cell by cell after each step.
// Runs follow each other in the same folders, so that what is on the screen is the same text.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import {
  background,
  colorMode,
  colorModeMask,
  combinedFlag,
  foreground,
  isBlank,
  isRightHalf,
} from '../src/terminal/cell.ts';
import { type Emulator, wordsPerCell } from '../src/terminal/emulator.ts';
import { ccp, type Home, makeHome, root } from './support/home.ts';
import { TestTerminal } from './support/terminal.ts';

const meterCols = 40;
const quietMs = 700;
const longestMs = 15_000;
/** Clocks, spinners and their random words: they differ from one bare run to the next as well. */
const moving = /[✻✽✶✳✢·*] \S+( for|…)|Thought for|esc to interrupt|\b\d{1,2}:\d{2} [AP]M|\d+s\b|tokens|Tip:/;

interface Step {
  readonly name: string;
  readonly keys?: readonly string[];
  readonly until?: RegExp;
  /** Columns and rows of the pane. */
  readonly size?: readonly [number, number];
}

const [up, down, left, esc, enter] = ['\x1b[A', '\x1b[B', '\x1b[D', '\x1b', '\r'];
const clear = '\x15';
const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;

const steps: readonly Step[] = [
  { name: 'the first screen', until: /❯/ },
  { name: 'a letter', keys: ['a'] },
  { name: 'erased again', keys: ['\x7f'] },
  { name: 'words', keys: ['heron ', 'in the ', 'water'] },
  { name: 'the cursor inside', keys: [left, left, left, 'X'] },
  { name: 'to the beginning', keys: ['\x01', 'Y'] },
  { name: 'to the end', keys: ['\x05', 'Z'] },
  { name: 'line cleared', keys: [clear, clear] },
  { name: 'wide letters', keys: ['漢字 ', '한글 ', 'ｆｕｌｌ'] },
  { name: 'emoji', keys: [' 😀', ' 🇩🇪', ' ⚠️'] },
  { name: 'joined emoji', keys: [' 👩‍💻', ' 👨‍👩‍👧'] },
  { name: 'combining marks', keys: [' é', ' ñ', ' क्षि'] },
  { name: 'wrapped input', keys: [clear, 'wrap '.repeat(40)] },
  { name: 'cleared', keys: [clear, clear, clear] },
  { name: 'a paste of three lines', keys: [paste('one\ntwo 二\nthree')] },
  { name: 'the paste cleared', keys: [clear, clear, clear, clear] },
  { name: 'a long paste', keys: [paste(Array.from({ length: 60 }, (_, n) => `pasted line ${n}`).join('\n'))] },
  { name: 'the long paste cleared', keys: [clear, clear, '\x03'] },
  { name: 'a paste of 512 KiB', keys: [paste('0123456789abcdef'.repeat(32_768))] },
  { name: 'that cleared', keys: [clear, clear, '\x03'] },
  { name: 'the slash menu', keys: ['/'], until: /\/\w+/ },
  { name: 'down the menu', keys: [down, down, down] },
  { name: 'up the menu', keys: [up] },
  { name: 'the menu filtered', keys: ['mod'] },
  { name: 'the menu closed', keys: [esc, clear] },
  { name: 'a question', keys: ['hello there', enter], until: /demo model/ },
  { name: 'a diff on request', keys: ['write a note', enter], until: /1\. Yes|Wrote|Created/ },
  { name: 'the dialog moved', keys: [down] },
  { name: 'the dialog answered', keys: [up, enter], until: /demo model|note/ },
  { name: 'a command with a question', keys: ['run a command', enter] },
  { name: 'allowed', keys: [enter] },
  { name: 'bash mode', keys: ['!'] },
  { name: 'colours in bash mode', keys: ['printf "\\033[31mred\\033[0m \\033[7minv\\033[0m 漢\\n"', enter] },
  { name: 'the transcript', keys: ['\x0f'] },
  { name: 'the transcript left', keys: ['\x0f'] },
  { name: 'a long answer', keys: ['a long answer please', enter], until: /6\d\. Line/ },
  { name: 'narrower', size: [84, 36] },
  { name: 'narrow and low', size: [72, 24] },
  { name: 'wide and high', size: [130, 50] },
  { name: 'as before', size: [100, 40] },
  { name: 'help', keys: ['?'] },
  { name: 'help left', keys: ['\x7f'] },
  { name: 'another mode', keys: ['\x1b[Z'] },
  { name: 'and back', keys: ['\x1b[Z', '\x1b[Z', '\x1b[Z'] },
  { name: 'the model picker', keys: ['/model', enter] },
  { name: 'down the picker', keys: [down, down] },
  { name: 'the picker left', keys: [esc] },
  { name: 'history, one back', keys: [up] },
  { name: 'history left', keys: [clear, clear] },
];

interface Picture {
  readonly cells: readonly string[][];
  readonly cursor: string;
  readonly modes: string;
}

function picture(emulator: Emulator, cols: number, rows: number): Picture {
  const { x, y, hidden } = emulator.cursor;
  const { modes } = emulator.terminal;
  return {
    cells: Array.from({ length: rows }, (_, row) => rowOf(emulator, row, cols)),
    cursor: hidden ? 'hidden' : `${x},${y}`,
    modes: `${modes.mouseTrackingMode} ${modes.bracketedPasteMode} ${modes.sendFocusMode} ${modes.applicationCursorKeysMode}`,
  };
}

/** A palette's colour is one byte; the emulator leaves what stood above it. */
const colour = (word: number): number => {
  const mode = word & colorModeMask;
  return mode === colorMode.palette16 || mode === colorMode.palette256 ? word & ~0xffff00 : word;
};

/** Each cell as a person sees it: a blank has no colour of ink. */
function rowOf(emulator: Emulator, row: number, cols: number): string[] {
  const line = emulator.line(row);
  return Array.from({ length: cols }, (_, x) => {
    const at = x * wordsPerCell;
    const [content = 0, fg = 0, bg = 0] = [line?._data[at], line?._data[at + 1], line?._data[at + 2]];
    if (isRightHalf(content) && x > 0) return '';
    const extended = bg & background.extended ? line?._extendedAttrs[x] : undefined;
    const style = extended ? (extended._ext & 0x1c000000) >>> 26 : 0;
    const link = extended?.urlId ? emulator.link(extended.urlId)?.uri : '';
    const drawn = foreground.inverse | foreground.underline | foreground.strikethrough;
    const glyph = content & combinedFlag ? line?._combined[x] : String.fromCodePoint(content & 0x1fffff || 32);
    const ink =
      isBlank(content) && !(fg & drawn)
        ? ''
        : `${colour(fg) & ~foreground.underline} ${style || (fg & foreground.underline ? 1 : 0)}`;
    return `${isBlank(content) ? ' ' : glyph} ${ink} ${colour(bg) & ~background.extended} ${link}`;
  });
}

async function settle(terminal: TestTerminal, { until }: Step): Promise<void> {
  const end = performance.now() + longestMs;
  let [before, since] = ['', performance.now()];
  while (performance.now() < end) {
    await wait(50);
    const { text } = terminal;
    const still = text
      .split('\n')
      .filter((row) => !moving.test(row))
      .join('\n');
    if (still !== before) [before, since] = [still, performance.now()];
    const idle = !/esc to interrupt/.test(text);
    if ((until?.test(text) ?? true) && idle && performance.now() - since > quietMs) return;
  }
}

async function play(wrapped: boolean, home: Home, server: { url: string; token: string }): Promise<Picture[]> {
  const claude = `${root}node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`;
  const extra = wrapped ? meterCols : 0;
  const terminal = new TestTerminal({
    argv: wrapped ? [process.execPath, ccp, 'pane', '--layout', 'side', '--', claude] : [claude],
    env: {
      ...home.env,
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_AUTH_TOKEN: server.token,
      ANTHROPIC_MODEL: 'demo',
      ANTHROPIC_SMALL_FAST_MODEL: 'demo-fast',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
    },
    cwd: home.project,
    cols: 100 + extra,
    rows: 40,
  });
  const pictures: Picture[] = [];
  let [cols, rows] = [100, 40];
  try {
    for (const step of steps) {
      if (step.size) {
        [cols, rows] = step.size;
        await terminal.resize(cols + meterOf(cols, wrapped), rows);
      }
      for (const key of step.keys ?? []) {
        terminal.send(key);
        await wait(key.length > 1_000 ? 600 : 150);
      }
      await settle(terminal, step);
      pictures.push(picture(terminal.emulator, cols, rows));
    }
  } finally {
    await terminal.close();
  }
  return pictures;
}

/** Columns beside a pane of this width, as the layout gives them. */
const meterOf = (cols: number, wrapped: boolean): number => (wrapped ? (cols + 32 <= 111 ? 32 : 40) : 0);

/** For whoever looks for the reason: glyph, ink, paper, link. */
const firstDifference = (one: readonly string[], other: readonly string[]): string => {
  const at = one.findIndex((cell, x) => cell !== other[x]);
  return `column ${at}: ${JSON.stringify(one[at])} / ${JSON.stringify(other[at])}`;
};

const textOf = (cells: readonly string[]): string => cells.map((cell) => cell.slice(0, cell.indexOf(' ', 1))).join('');

const base = '/tmp/ccp-fidelity';
const serving = makeHome();
const serve = spawn(process.execPath, [ccp, 'serve', '--json', '--port', '0'], {
  env: serving.env,
  cwd: serving.project,
});
const server = JSON.parse(
  await new Promise<string>((resolve) => createInterface({ input: serve.stdout }).once('line', resolve)),
);
const runs: Picture[][] = [];
for (const wrapped of [false, true]) {
  const home = makeHome({ base });
  runs.push(await play(wrapped, home, server));
  home.remove();
}
serve.kill('SIGTERM');
serving.remove();

const [bare = [], pane = []] = runs;
let exact = 0;
for (const [index, { name }] of steps.entries()) {
  const [one, other] = [bare[index], pane[index]];
  if (!one || !other) continue;
  let different = 0;
  let skipped = 0;
  for (const [row, cells] of one.cells.entries()) {
    const there = other.cells[row] ?? [];
    const differing = cells.filter((cell, x) => cell !== there[x]).length;
    if (differing > 0 && moving.test(textOf(cells)) && moving.test(textOf(there))) skipped += 1;
    else different += differing;
    if (differing > 0 && !(moving.test(textOf(cells)) && moving.test(textOf(there))))
      process.stdout.write(
        `     bare  ${textOf(cells)}\n     pane  ${textOf(there)}\n     ${firstDifference(cells, there)}\n`,
      );
  }
  const same = different === 0 && one.cursor === other.cursor && one.modes === other.modes;
  exact += same ? 1 : 0;
  const notes = [
    one.cursor === other.cursor ? '' : `cursor ${one.cursor} / ${other.cursor}`,
    one.modes === other.modes ? '' : `modes ${one.modes} / ${other.modes}`,
    skipped > 0 ? `${skipped} moving rows` : '',
  ].filter(Boolean);
  process.stdout.write(
    `${same ? 'OK  ' : 'DIFF'} ${name.padEnd(28)} ${String(different).padStart(5)} cells ${notes.join(', ')}\n`,
  );
}
process.stdout.write(`${exact} of ${steps.length} steps exact\n`);
process.exit(exact === steps.length ? 0 : 1);
