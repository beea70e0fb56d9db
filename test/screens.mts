// Generates docs/screens: the real Claude Code on the demo upstream, as text and as SVG.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { IBufferCell } from '@xterm/headless';
import { ccp, makeHome, root } from './support/home.ts';
import { TestTerminal } from './support/terminal.ts';

const cell = { width: 8.4, height: 18, font: 14 };
const palette = [
  '#1e1e2e',
  '#f38ba8',
  '#a6e3a1',
  '#f9e2af',
  '#89b4fa',
  '#cba6f7',
  '#94e2d5',
  '#bac2de',
  '#585b70',
  '#f38ba8',
  '#a6e3a1',
  '#f9e2af',
  '#89b4fa',
  '#cba6f7',
  '#94e2d5',
  '#ffffff',
];
const background = '#1e1e2e';
const foreground = '#cdd6f4';

const hex = (value: number): string => `#${value.toString(16).padStart(6, '0')}`;

function color256(index: number): string {
  if (index < 16) return palette[index] ?? foreground;
  if (index >= 232) return hex((8 + (index - 232) * 10) * 0x010101);
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  const n = index - 16;
  return hex((level(Math.floor(n / 36)) << 16) | (level(Math.floor(n / 6) % 6) << 8) | level(n % 6));
}

function colors(one: IBufferCell): { fg: string; bg: string } {
  const fg = one.isFgRGB() ? hex(one.getFgColor()) : one.isFgPalette() ? color256(one.getFgColor()) : foreground;
  const bg = one.isBgRGB() ? hex(one.getBgColor()) : one.isBgPalette() ? color256(one.getBgColor()) : background;
  return one.isInverse() ? { fg: bg, bg: fg } : { fg, bg };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function svg(terminal: TestTerminal): string {
  const { cols, rows } = terminal.emulator;
  const buffer = terminal.emulator.terminal.buffer.active;
  const parts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const line = buffer.getLine(buffer.baseY + row);
    for (let x = 0; x < cols; x++) {
      const one = line?.getCell(x);
      if (!one || one.getWidth() === 0) continue;
      const { fg, bg } = colors(one);
      const left = (x * cell.width).toFixed(1);
      const width = (one.getWidth() * cell.width).toFixed(1);
      if (bg !== background)
        parts.push(
          `<rect x="${left}" y="${row * cell.height}" width="${width}" height="${cell.height}" fill="${bg}"/>`,
        );
      const text = one.getChars();
      if (text === '' || text === ' ') continue;
      const style = `${one.isBold() ? ' font-weight="bold"' : ''}${one.isDim() ? ' opacity="0.6"' : ''}${one.isItalic() ? ' font-style="italic"' : ''}`;
      parts.push(`<text x="${left}" y="${row * cell.height + 13.5}" fill="${fg}"${style}>${escaped(text)}</text>`);
    }
  }
  const size = `${(cols * cell.width + 16).toFixed(0)} ${rows * cell.height + 16}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 ${size}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${cell.font}"><rect x="-8" y="-8" width="100%" height="100%" rx="8" fill="${background}"/>${parts.join('')}</svg>\n`;
}

function save(name: string, terminal: TestTerminal): void {
  writeFileSync(join(root, 'docs', 'screens', `${name}.txt`), `${terminal.text.trimEnd()}\n`);
  writeFileSync(join(root, 'docs', 'screens', `${name}.svg`), svg(terminal));
}

async function session(
  cols: number,
  rows: number,
  layout: string,
  capture: (terminal: TestTerminal) => Promise<void>,
): Promise<void> {
  const home = makeHome({ base: '/tmp/demo' });
  const terminal = new TestTerminal({
    argv: [process.execPath, ccp, 'launch', '--demo', '--layout', layout],
    env: home.env,
    cwd: home.project,
    cols,
    rows,
  });
  await terminal.waitFor(/❯/);
  await terminal.waitFor(/demo\/demo/);
  await terminal.type('what is in README.md?');
  await terminal.waitFor(/models with/);
  await terminal.waitFor(/○ idle/);
  await wait(700);
  await capture(terminal);
  terminal.send('\x1cq');
  await terminal.waitForExit();
  await terminal.close();
  home.remove();
}

await session(140, 40, 'side', async (terminal) => {
  save('side', terminal);
  terminal.send('\x1cs');
  await terminal.waitFor(/Switch main:/);
  terminal.send('demo');
  await wait(400);
  save('switch-list', terminal);
  terminal.send('-fast\r');
  await terminal.waitFor(/Switch main to/);
  await wait(300);
  save('switch-cost', terminal);
  terminal.send('\r');
  await terminal.waitFor(/Switched/);
  await terminal.type('a long answer please');
  await terminal.waitFor(/● streaming/);
  await wait(1500);
  save('streaming', terminal);
  terminal.send('\x1c?');
  await terminal.waitFor(/ccp keys/);
  await wait(300);
  save('help', terminal);
  terminal.send('x');
  await terminal.waitFor(/○ idle/);
  terminal.send('\x1cd');
  await terminal.waitFor(/↑↓ choose/);
  await wait(300);
  save('details', terminal);
  terminal.send('\x1b');
  await wait(300);
  terminal.send('\x1c[');
  await terminal.waitFor(/lines up/);
  terminal.send('\x1b[5~');
  await wait(300);
  save('history', terminal);
  terminal.send('q');
});
await session(100, 30, 'bottom', async (terminal) => save('bottom', terminal));
await session(80, 24, 'off', async (terminal) => save('off', terminal));
process.exit(0);
