/** Draws the screen of a terminal as SVG. */
import type { IBufferCell } from '@xterm/headless';
import type { Emulator } from '../../src/terminal/emulator.ts';

const cell = { width: 8.4, height: 18, font: 14, baseline: 13.5 };

interface Colors {
  readonly background: string;
  readonly foreground: string;
  /** The 16 colours that a terminal names. */
  readonly palette: readonly string[];
}

const dark: Colors = {
  background: '#1e1e2e',
  foreground: '#cdd6f4',
  palette:
    '#45475a #f38ba8 #a6e3a1 #f9e2af #89b4fa #cba6f7 #94e2d5 #bac2de #585b70 #ff9fb8 #b8f5b3 #ffefc0 #a5c6ff #dcbcff #aef2e6 #ffffff'.split(
      ' ',
    ),
};

const light: Colors = {
  background: '#fbfaf6',
  foreground: '#2b2b33',
  palette:
    '#2b2b33 #c4193d #2a7f2e #9a6a00 #1d55c4 #8a2fb0 #0f7f7a #8c8c99 #6e6e7a #d7305a #37a03c #b98a1c #3a73e6 #a74fd0 #1f9d97 #ffffff'.split(
      ' ',
    ),
};

const hex = (value: number): string => `#${value.toString(16).padStart(6, '0')}`;

function color256(index: number, { palette, foreground }: Colors): string {
  if (index < 16) return palette[index] ?? foreground;
  if (index >= 232) return hex((8 + (index - 232) * 10) * 0x010101);
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  const n = index - 16;
  return hex((level(Math.floor(n / 36)) << 16) | (level(Math.floor(n / 6) % 6) << 8) | level(n % 6));
}

function colorsOf(one: IBufferCell, colors: Colors): { fg: string; bg: string } {
  const { foreground, background } = colors;
  const fg = one.isFgRGB()
    ? hex(one.getFgColor())
    : one.isFgPalette()
      ? color256(one.getFgColor(), colors)
      : foreground;
  const bg = one.isBgRGB()
    ? hex(one.getBgColor())
    : one.isBgPalette()
      ? color256(one.getBgColor(), colors)
      : background;
  return one.isInverse() ? { fg: bg, bg: fg } : { fg, bg };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const lowerBlocks = '▁▂▃▄▅▆▇█';
const leftBlocks = '▏▎▍▌▋▊▉';
const shades: Readonly<Record<string, number>> = { '░': 0.25, '▒': 0.5, '▓': 0.75 };

/** A block element as a rectangle: a font would leave gaps between the rows. */
function blockOf(glyph: string, x: number, y: number, fill: string): string | undefined {
  const rect = (left: number, top: number, width: number, height: number, opacity = 1) =>
    `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${fill}"${opacity < 1 ? ` opacity="${opacity}"` : ''}/>`;
  const shade = shades[glyph];
  if (shade !== undefined) return rect(x, y, cell.width, cell.height, shade);
  const lower = lowerBlocks.indexOf(glyph) + 1;
  if (glyph !== '' && lower > 0) {
    const height = (cell.height * lower) / 8;
    return rect(x, y + cell.height - height, cell.width, height);
  }
  const left = leftBlocks.indexOf(glyph) + 1;
  return glyph !== '' && left > 0 ? rect(x, y, (cell.width * left) / 8, cell.height) : undefined;
}

interface Run {
  readonly x: number;
  readonly style: string;
  text: string;
  cells: number;
}

/** The screen of an emulator. @param onLight on a light background. */
export function svgOf({ cols, rows, terminal }: Pick<Emulator, 'cols' | 'rows' | 'terminal'>, onLight = false): string {
  const colors = onLight ? light : dark;
  const buffer = terminal.buffer.active;
  const parts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const line = buffer.getLine(buffer.baseY + row);
    const top = row * cell.height;
    let run: Run | undefined;
    const flush = () => {
      if (run !== undefined && run.text.trim() !== '')
        parts.push(
          `<text x="${run.x.toFixed(1)}" y="${top + cell.baseline}" xml:space="preserve" textLength="${(run.cells * cell.width).toFixed(1)}" lengthAdjust="spacing"${run.style}>${escaped(run.text)}</text>`,
        );
      run = undefined;
    };
    for (let x = 0; x < cols; x++) {
      const one = line?.getCell(x);
      if (!one || one.getWidth() === 0) continue;
      const { fg, bg } = colorsOf(one, colors);
      const left = x * cell.width;
      const width = one.getWidth();
      if (bg !== colors.background)
        parts.push(
          `<rect x="${left.toFixed(1)}" y="${top}" width="${(width * cell.width).toFixed(1)}" height="${cell.height}" fill="${bg}"/>`,
        );
      const glyph = one.getChars();
      const opacity = one.isDim() ? ' opacity="0.6"' : '';
      const block = blockOf(glyph, left, top, fg);
      if (block !== undefined) {
        flush();
        parts.push(opacity === '' ? block : `<g${opacity}>${block}</g>`);
        continue;
      }
      const style = ` fill="${fg}"${one.isBold() ? ' font-weight="bold"' : ''}${opacity}${one.isItalic() ? ' font-style="italic"' : ''}`;
      if (run === undefined || run.style !== style) {
        flush();
        run = { x: left, style, text: '', cells: 0 };
      }
      run.text += glyph === '' ? ' ' : glyph;
      run.cells += width;
    }
    flush();
  }
  const size = `${(cols * cell.width + 16).toFixed(0)} ${rows * cell.height + 16}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 ${size}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${cell.font}"><rect x="-8" y="-8" width="100%" height="100%" rx="8" fill="${colors.background}"/>${parts.join('')}</svg>\n`;
}
