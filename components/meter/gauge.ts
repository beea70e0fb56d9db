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
