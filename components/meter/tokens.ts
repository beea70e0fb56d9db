/** The tokens of the newest request and of the session, and how much of the prompts was read from the cache. */
import { padLeft, padRight } from '../../src/session/columns.ts';
import { compact, estimateSign } from '../../src/session/format.ts';
import type { SessionState, TokenCounts } from '../../src/session/state.ts';
import type { Tone } from '../theme.ts';
import { gap, line, type MeterLine } from './line.ts';
import { currentRequest, estimatedTokens, inputTotal, newestMain } from './request-line.ts';

const nameCols = 9;

interface TokenRow {
  readonly name: string;
  readonly pick: (of: TokenCounts) => number;
  readonly rank: number;
  /** Colour of the part in the picture of the session. */
  readonly tone?: Tone;
}

const tokenRows: readonly TokenRow[] = [
  { name: 'cached', pick: (of) => of.cacheReadTokens, rank: 3, tone: 'cached' },
  { name: 'uncached', pick: (of) => of.inputTokens, rank: 3, tone: 'uncached' },
  { name: 'written', pick: (of) => of.cacheWriteTokens, rank: 6, tone: 'uncached' },
  { name: 'out', pick: (of) => of.outputTokens, rank: 2, tone: 'output' },
  { name: 'thinking', pick: (of) => of.reasoningTokens, rank: 6 },
];

export function tokenLines(state: SessionState, width: number): MeterLine[] {
  const cell = Math.max(7, Math.floor((width - nameCols) / 2));
  const request = currentRequest(state) ?? newestMain(state);
  const counts = request?.tokens;
  const sign = request?.measured === false ? '≈' : '';
  // The upstream returns its count at the end; until then the input is unknown and the output an estimate.
  const unknown = request === undefined ? '–' : request.phase === 'done' ? '?' : '…';
  const requestCell = ({ name, pick }: TokenRow): string => {
    if (counts) return `${sign}${compact(pick(counts))}`;
    return name === 'out' && request !== undefined && request.chars > 0
      ? `≈${compact(estimatedTokens(request.chars))}`
      : unknown;
  };
  const sessionSign = state.totals.estimated > 0 ? '≈' : '';
  return [
    line(padRight('tokens', nameCols) + padLeft('request', cell) + padLeft('session', cell), 4, { bold: true }),
    ...tokenRows
      .filter(({ pick, rank }) => rank < 6 || pick(state.totals.tokens) > 0)
      .map(
        (row): MeterLine => ({
          spans: [
            { text: padRight(row.name, nameCols), tone: row.tone },
            { text: padLeft(requestCell(row), cell) },
            { text: padLeft(`${sessionSign}${compact(row.pick(state.totals.tokens))}`, cell) },
          ],
          rank: row.rank,
        }),
      ),
    gap,
  ];
}

/** The cached share of what the session sent: `86 %`. */
export const hitRate = ({ totals }: Pick<SessionState, 'totals'>): string =>
  `${totals.estimated > 0 ? '≈' : ''}${Math.round((totals.tokens.cacheReadTokens / Math.max(1, inputTotal(totals.tokens))) * 100)} %`;

export const sessionTokens = (state: SessionState): string => {
  const { tokens } = state.totals;
  const sign = estimateSign(state).trim();
  const of = (count: number) => `${sign}${compact(count)}`;
  return `in ${of(inputTotal(tokens))} cached ${of(tokens.cacheReadTokens)} out ${of(tokens.outputTokens)}`;
};
