/** A bar of several parts. */
import { track } from '../../src/session/bars.ts';
import type { Tone } from '../theme.ts';
import type { Span } from './line.ts';

const mark = '┊';

export interface GaugePart {
  readonly share: number;
  readonly tone: Tone;
}

/** Glyphs by the position of a part, so that parts differ without colours too. */
const partGlyphs = ['▓', '▒', '█', '▚'];

/** Cells of each part: at least one for a part that is not nothing, and not all while something is left. */
function cellCounts(parts: readonly GaugePart[], width: number): number[] {
  const sum = parts.reduce((total, { share }) => total + share, 0);
  const maxCells = sum >= 1 ? width : width - 1;
  const counts = parts.map(({ share }) => (share > 0 ? Math.max(1, Math.round(share * width)) : 0));
  for (let excess = counts.reduce((total, count) => total + count, 0) - maxCells; excess > 0; excess--) {
    const largest = counts.indexOf(Math.max(...counts));
    counts[largest] = (counts[largest] ?? 0) - 1;
  }
  return counts;
}

/**
 * A bar of several parts, whose shares add up to 1 at most.
 * @param markAt share at which a threshold is marked; `undefined` if there is none.
 */
export function partsGauge(parts: readonly GaugePart[], width: number, markAt: number | undefined): Span[] {
  const cells: { glyph: string; tone: Tone | undefined }[] = [];
  for (const [index, count] of cellCounts(parts, width).entries())
    for (let n = 0; n < count; n++) cells.push({ glyph: partGlyphs[index] ?? '█', tone: parts[index]?.tone });
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
