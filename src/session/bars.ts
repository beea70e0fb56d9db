/** Bars and sparklines of block glyphs. */

export { percentOf } from '../models/percent.ts';

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/** The part of a bar that is not filled. */
export const track = '░';

/** A share from 0 to 1 in whole eighths: full only at 1, and not empty above 0. */
function eighthsOf(share: number, width: number): number {
  if (share >= 1) return width * 8;
  if (share <= 0) return 0;
  return Math.max(1, Math.min(width * 8 - 1, Math.floor(share * width * 8)));
}

/** A bar for a share from 0 to 1, in eighths of a column. */
export function bar(share: number, width: number): string {
  const filled = eighthsOf(share, width);
  const partial = eighths[filled % 8] ?? '';
  const empty = width - Math.floor(filled / 8) - (partial === '' ? 0 : 1);
  return '█'.repeat(Math.floor(filled / 8)) + partial + track.repeat(Math.max(0, empty));
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
