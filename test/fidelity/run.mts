// `npm run fidelity [part of a name]`: runs programs bare and in the pane with the same keys and compares every cell
// after each step. The runs use the same folders one after the other, so that the screens show the same text.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Witness } from '../compat/witness.ts';
import { ccp, type Home, makeHome, root } from '../support/home.ts';
import { TestTerminal } from '../support/terminal.ts';
import { firstDifference, type Picture, picture, textOf } from './picture.ts';
import { type Script, type Step, scripts } from './scripts.ts';

const initialSize = { cols: 100, rows: 40 };
const quietMs = 700;
const settleTimeoutMs = 15_000;
/** Maximum number of rows printed for a step that differs. */
const maxReportedRows = 4;
const packageOf = join('node_modules', '@anthropic-ai', `claude-code-${process.platform}-${process.arch}`, 'claude');
/** Clocks, spinners and their random words, which also differ between two bare runs. */
const volatileText = /[✻✽✶✳✢·*] \S+( for|…)|Thought for|esc to interrupt|\b\d{1,2}:\d{2} [AP]M|\d+s\b|tokens|Tip:/;
/** Columns of the meter that the layout places beside a pane of this width. */
const meterCols = (cols: number): number => (cols + 32 <= 111 ? 32 : 40);

/** Path of the newest Claude Code that `npm run test:newest` fetched. */
function newest(): string | undefined {
  const cache = join(root, 'node_modules', '.cache');
  if (!existsSync(cache)) return undefined;
  const found = readdirSync(cache).filter((name) => name.startsWith('claude-code-'));
  const path = join(cache, found.sort().at(-1) ?? '', packageOf);
  return existsSync(path) ? path : undefined;
}

const programs: Readonly<Record<string, string | undefined>> = { claude: join(root, packageOf), newest: newest() };

async function settle(terminal: TestTerminal, { until }: Step): Promise<void> {
  const end = performance.now() + settleTimeoutMs;
  let [before, since] = ['', performance.now()];
  while (performance.now() < end) {
    await wait(50);
    const { text } = terminal;
    const stableText = text
      .split('\n')
      .filter((row) => !volatileText.test(row))
      .join('\n');
    if (stableText !== before) [before, since] = [stableText, performance.now()];
    const idle = !/esc to interrupt/.test(text);
    if ((until?.test(text) ?? true) && idle && performance.now() - since > quietMs) return;
  }
}

async function play(script: Script, argv: readonly string[], wrapped: boolean, home: Home): Promise<Picture[]> {
  const extra = (cols: number) => (wrapped ? meterCols(cols) : 0);
  let { cols, rows } = initialSize;
  const terminal = new TestTerminal({
    argv: wrapped ? [process.execPath, ccp, 'pane', '--layout', 'side', '--', ...argv] : argv,
    env: {
      ...home.env,
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_AUTH_TOKEN: server.token,
      ANTHROPIC_MODEL: 'demo',
      ANTHROPIC_SMALL_FAST_MODEL: 'demo-fast',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
      ...script.env,
    },
    cwd: home.project,
    cols: cols + extra(cols),
    rows,
  });
  const witness = new Witness(terminal);
  const pictures: Picture[] = [];
  try {
    for (const step of script.steps) {
      if (step.size) {
        [cols, rows] = step.size;
        await terminal.resize(cols + extra(cols), rows);
      }
      for (const key of step.keys ?? []) {
        terminal.send(key);
        await wait(key.length > 1_000 ? 600 : 150);
      }
      await settle(terminal, step);
      const seen = picture(terminal.emulator, cols, rows);
      const { kittyFlags, title, cursorStyle, resources } = witness;
      const witnessModes = [kittyFlags, resources.get(4) ?? 0, cursorStyle, title].join(' ');
      pictures.push({ ...seen, modes: `${seen.modes} ${witnessModes}` });
    }
  } finally {
    await terminal.close();
  }
  return pictures;
}

/** Prints the differing rows. */
function compare(name: string, bare: Picture, pane: Picture): { exact: boolean; line: string } {
  let rowsPrinted = 0;
  let different = 0;
  let skipped = 0;
  for (const [row, cells] of bare.cells.entries()) {
    const paneCells = pane.cells[row] ?? [];
    const differing = cells.filter((cell, x) => cell !== paneCells[x]).length;
    if (differing === 0) continue;
    if (volatileText.test(textOf(cells)) && volatileText.test(textOf(paneCells))) skipped += 1;
    else {
      different += differing;
      if (rowsPrinted++ >= maxReportedRows) continue;
      const texts = `     bare  ${textOf(cells)}\n     pane  ${textOf(paneCells)}`;
      process.stdout.write(`${texts}\n     ${firstDifference(cells, paneCells)}\n`);
    }
  }
  const exact = different === 0 && bare.cursor === pane.cursor && bare.modes === pane.modes;
  const notes = [
    bare.cursor === pane.cursor ? '' : `cursor ${bare.cursor} / ${pane.cursor}`,
    bare.modes === pane.modes ? '' : `modes ${bare.modes} / ${pane.modes}`,
    skipped > 0 ? `${skipped} moving rows` : '',
  ].filter(Boolean);
  const cells = String(different).padStart(5);
  return { exact, line: `${exact ? 'OK  ' : 'DIFF'} ${name.padEnd(28)} ${cells} cells ${notes.join(', ')}`.trimEnd() };
}

const serving = makeHome();
const serve = spawn(process.execPath, [ccp, 'serve', '--json', '--port', '0'], {
  env: serving.env,
  cwd: serving.project,
});
const server: { url: string; token: string } = JSON.parse(
  await new Promise<string>((resolve) => createInterface({ input: serve.stdout }).once('line', resolve)),
);
const nameFilter = process.argv[2] ?? '';
const report: string[] = [];
const reportLine = (line: string) => {
  report.push(line);
  process.stdout.write(`${line}\n`);
};
let [exact, total] = [0, 0];
for (const script of scripts.filter(({ name }) => name.includes(nameFilter))) {
  const [program, ...args] = script.program;
  const path = program in programs ? programs[program] : program;
  reportLine(`${script.name}${path === undefined ? ': not fetched, see npm run test:newest' : ''}`);
  if (path === undefined) continue;
  const runs: Picture[][] = [];
  for (const wrapped of [false, true]) {
    const home = makeHome({ base: '/tmp/ccp-fidelity', onboarded: !script.fresh });
    runs.push(await play(script, [path, ...args], wrapped, home));
    home.remove();
  }
  for (const [index, { name }] of script.steps.entries()) {
    const [bare, pane] = [runs[0]?.[index], runs[1]?.[index]];
    if (!bare || !pane) continue;
    const result = compare(name, bare, pane);
    exact += result.exact ? 1 : 0;
    total += 1;
    reportLine(result.line);
  }
}
serve.kill('SIGTERM');
serving.remove();
reportLine(`${exact} of ${total} steps exact`);
if (nameFilter === '') {
  const folder = join(root, 'docs', 'measured');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'fidelity.txt'), `${report.join('\n')}\n`);
}
process.exit(exact === total ? 0 : 1);
