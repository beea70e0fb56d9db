/** Bars in eighths of a column. */
import type { Tone } from '../theme.ts';
import type { Span } from './line.ts';

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const track = '░';
const mark = '┊';

/** A share from 0 to 1 in whole eighths: full only at 1, and not empty above 0. */
function eighthsOf(share: number, width: number): number {
  if (share >= 1) return width * 8;
  if (share <= 0) return 0;
  return Math.max(1, Math.min(width * 8 - 1, Math.floor(share * width * 8)));
}

/** A bar for a share from 0 to 1. */
export function bar(share: number, width: number): string {
  const filled = eighthsOf(share, width);
  const partial = eighths[filled % 8] ?? '';
  const empty = width - Math.floor(filled / 8) - (partial === '' ? 0 : 1);
  return '█'.repeat(Math.floor(filled / 8)) + partial + track.repeat(Math.max(0, empty));
}

export interface GaugePart {
  readonly share: number;
  readonly tone: Tone;
}

/** Glyphs by the position of a part, so that parts differ without colours too. */
const partGlyphs = ['▓', '▒', '█', '▚'];

/**
 * A bar of several parts, whose shares add up to 1 at most.
 * @param markAt share at which a threshold is marked; `undefined` if there is none.
 */
export function partsGauge(parts: readonly GaugePart[], width: number, markAt: number | undefined): Span[] {
  const cells: { glyph: string; tone: Tone | undefined }[] = [];
  let end = 0;
  for (const [index, { share, tone }] of parts.entries()) {
    end += share;
    const last = end >= 1 ? width : Math.min(width - 1, Math.round(end * width));
    // A part that is not nothing has a cell.
    const count = Math.max(share > 0 ? 1 : 0, last - cells.length);
    for (let n = 0; n < count && cells.length < width; n++) cells.push({ glyph: partGlyphs[index] ?? '█', tone });
  }
  while (cells.length < width) cells.push({ glyph: track, tone: undefined });
  if (markAt !== undefined && markAt < 1) {
    const at = Math.min(width - 1, Math.round(markAt * width));
    cells[at] = { glyph: mark, tone: cells[at]?.tone };
  }
  return joined(cells);
}

function joined(cells: readonly { glyph: string; tone: Tone | undefined }[]): Span[] {
  const spans: Span[] = [];
  for (const { glyph, tone } of cells) {
    const last = spans.at(-1);
    const dim = glyph === track;
    if (last?.tone === tone && last?.dim === dim) spans[spans.length - 1] = { ...last, text: last.text + glyph };
    else spans.push({ text: glyph, tone, dim });
  }
  return spans;
}

const levels = '▁▂▃▄▅▆▇█';

/** One glyph for each value; 0 is a gap. */
export function sparkline(values: readonly number[], maximum = Math.max(...values, 0)): string {
  return values
    .map((value) => {
      if (value <= 0 || maximum <= 0) return '·';
      return levels[Math.min(7, Math.max(0, Math.ceil((value / maximum) * 8) - 1))] ?? '█';
    })
    .join('');
}
