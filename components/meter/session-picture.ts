/** The session as a picture: one column a turn, its tokens stacked, with a row of marks below. */
import { compact } from '../../src/session/format.ts';
import type { SessionState, TurnView } from '../../src/session/state.ts';
import type { Theme, Tone } from '../theme.ts';
import { fact, fitFacts } from './facts.ts';
import type { MeterLine, Span } from './line.ts';
import { inputTotal } from './request-line.ts';
import { hitRate } from './tokens.ts';

/** Rows of the columns. */
export const pictureRows = { min: 3, max: 6 } as const;
/** Rows of the heading and the marks. */
export const pictureFrameRows = 2;

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** Without colours, the parts differ by their glyph. */
const plainGlyphs: Readonly<Record<string, string>> = { cached: '█', uncached: '▒', bad: '▒', output: '░' };

interface Part {
  readonly tone: Tone;
  /** Height above the base of the column, in eighths of a row. */
  readonly top: number;
}

const sizeOf = ({ tokens }: TurnView): number => inputTotal(tokens) + tokens.outputTokens;

/** The parts of a turn from the base up: read from the cache, sent uncached, written by the model. */
function partsOf({ tokens, missed }: TurnView, scale: number): Part[] {
  const values: [Tone, number][] = [
    ['cached', tokens.cacheReadTokens],
    [missed ? 'bad' : 'uncached', tokens.inputTokens + tokens.cacheWriteTokens],
    ['output', tokens.outputTokens],
  ];
  let top = 0;
  return values.flatMap(([tone, value]) => {
    if (value === 0) return [];
    // A part that is not nothing can be seen.
    top += Math.max(1, Math.round(value * scale));
    return [{ tone, top }];
  });
}

/** One cell: the part in its lower half, and the one above it as background. */
function cellOf(parts: readonly Part[], base: number, isPlain: boolean): Span {
  const lower = parts.find(({ top }) => top > base);
  if (lower === undefined) return { text: ' ' };
  if (isPlain) return { text: plainGlyphs[lower.tone] ?? '█' };
  if (lower.top >= base + 8) return { text: '█', tone: lower.tone };
  const upper = parts.find(({ top }) => top > lower.top);
  return { text: blocks[lower.top - base] ?? '█', tone: lower.tone, back: upper?.tone };
}

const markOf = ({ missed, compacted, switched }: TurnView): Span => {
  if (missed) return { text: '!', tone: 'bad' };
  if (compacted) return { text: 'c', tone: 'accent' };
  return switched ? { text: 's', tone: 'accent' } : { text: ' ' };
};

/** The turns that a picture of this width shows. @param back newer turns that were paged over. */
export function shownTurns(turns: readonly TurnView[], width: number, back: number): readonly TurnView[] {
  const end = Math.max(Math.min(width, turns.length), turns.length - back);
  return turns.slice(Math.max(0, end - width), end);
}

/** Columns that a turn takes: with space between them, as long as all turns fit. */
const stepFor = (turns: readonly TurnView[], width: number): 1 | 2 => (turns.length * 2 <= width ? 2 : 1);

const spread = (cells: readonly Span[], step: 1 | 2): Span[] =>
  step === 1 ? [...cells] : cells.flatMap((cell) => [cell, { text: ' ' }]);

/** @param rows rows of the columns. */
export function pictureLines(
  state: Pick<SessionState, 'turns' | 'totals'>,
  { width, rows, back, theme }: { width: number; rows: number; back: number; theme: Theme },
): MeterLine[] {
  const { turns } = state;
  const shown = shownTurns(turns, width, back);
  const maximum = Math.max(1, ...shown.map(sizeOf));
  const isPlain = theme.cached === undefined;
  // Three parts are rounded up to an eighth each.
  const scale = (rows * 8 - 3) / maximum;
  const columns = shown.map((turn) => partsOf(turn, scale));
  const step = stepFor(turns, width);
  const [target, block] = [{ type: 'turns' } as const, 'picture'];
  const picture = Array.from({ length: rows }, (_, row): MeterLine => {
    const base = (rows - 1 - row) * 8;
    return {
      spans: spread(
        columns.map((parts) => cellOf(parts, base, isPlain)),
        step,
      ),
      rank: 5,
      target,
      block,
    };
  });
  const legend = legendOf(shown);
  return [
    {
      spans: fitFacts(
        [
          fact(countText(turns, shown, back), 1, { bold: true }),
          fact(`hit rate ${hitRate(state)}`, 2, { bold: true }, `hit ${hitRate(state)}`),
          fact(`max ${shown.every(({ measured }) => measured) ? '' : '≈'}${compact(maximum)}`, 3, { dim: true }),
        ],
        width,
      ),
      rank: 5,
      target,
      block,
    },
    ...picture,
    ...(legend === ''
      ? []
      : [
          {
            spans: [
              ...spread(shown.map(markOf), step),
              { text: shown.length * step + legend.length + 2 <= width ? `  ${legend}` : '', dim: true },
            ],
            rank: 5,
            target,
            block,
          },
        ]),
  ];
}

function countText(turns: readonly TurnView[], shown: readonly TurnView[], back: number): string {
  const total = `${turns.length} turn${turns.length === 1 ? '' : 's'}`;
  if (shown.length === turns.length) return total;
  const last = Math.max(shown.length, turns.length - back);
  return `turns ${last - shown.length + 1}–${last} of ${turns.length}`;
}

const legendOf = (shown: readonly TurnView[]): string =>
  [
    shown.some(({ missed }) => missed) ? '! miss' : '',
    shown.some(({ switched }) => switched) ? 's switch' : '',
    shown.some(({ compacted }) => compacted) ? 'c compact' : '',
  ]
    .filter(Boolean)
    .join('  ');

/** The turns in one row: the height is the size of the turn, a miss is coloured. */
export function turnsRow({ turns }: Pick<SessionState, 'turns'>, width: number): Span[] {
  const shown = shownTurns(turns, width, 0);
  const maximum = Math.max(1, ...shown.map(sizeOf));
  return shown.map((turn) => ({
    text: blocks[Math.max(1, Math.round((sizeOf(turn) / maximum) * 8))] ?? '█',
    tone: turn.missed ? 'bad' : 'cached',
  }));
}
