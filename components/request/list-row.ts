/** One row of the list of requests, in columns; the last ones are omitted if the list is narrow. */
import { padLeft, padRight, truncate } from '../../src/session/columns.ts';
import { compact, duration, usd } from '../../src/session/format.ts';
import type { RequestView } from '../../src/session/state.ts';
import type { Span } from '../meter/line.ts';
import { classLabel, inputTotal, verdictSign, verdictTone } from '../meter/request-line.ts';
import { clockSeconds } from './detail-lines.ts';
import { cachedShare } from './order.ts';
import { waterfall } from './waterfall.ts';

interface Column {
  readonly title: string;
  readonly cols: number;
  readonly right?: boolean;
  readonly text: (request: RequestView) => string;
  /** Columns with the highest rank are omitted first. */
  readonly rank: number;
}

function costCell({ costKind, costMicroUsd, measured }: RequestView): string {
  if (costKind === undefined) return '';
  if (costKind === 'local') return 'free';
  if (costMicroUsd === undefined) return '?';
  return `${measured && costKind !== 'plan' ? '' : '≈'}${usd(costMicroUsd)}`;
}

const columns: readonly Column[] = [
  { title: 'time', cols: 8, text: ({ startedAt }) => clockSeconds(startedAt), rank: 3 },
  { title: 'class', cols: 8, text: ({ requestClass }) => classLabel(requestClass), rank: 0 },
  {
    title: 'model',
    cols: 20,
    text: ({ route, requestedModel, isElsewhere }) =>
      `${isElsewhere ? '↪ ' : ''}${route === undefined ? requestedModel : `${route.upstream}/${route.model}`}`,
    rank: 2,
  },
  {
    title: 'in',
    cols: 6,
    right: true,
    text: ({ tokens, measured }) => (tokens ? `${measured ? '' : '≈'}${compact(inputTotal(tokens))}` : ''),
    rank: 1,
  },
  {
    title: 'cached',
    cols: 6,
    right: true,
    text: (request) => {
      const share = cachedShare(request);
      const marks = `${request.cacheMiss === undefined ? '' : '!'}${request.measured ? '' : '≈'}`;
      return share === undefined ? '' : `${marks}${Math.round(share * 100)} %`;
    },
    rank: 4,
  },
  {
    title: 'out',
    cols: 6,
    right: true,
    text: ({ tokens, measured }) => (tokens ? `${measured ? '' : '≈'}${compact(tokens.outputTokens)}` : ''),
    rank: 1,
  },
  { title: 'cost', cols: 9, right: true, text: costCell, rank: 5 },
  {
    title: 'took',
    cols: 10,
    right: true,
    text: ({ health }) => (health ? duration(health.durationMs) : '…'),
    rank: 1,
  },
];

const signCols = 2;
const minBarCols = 12;

function shownColumns(width: number): readonly Column[] {
  const widthOf = (list: readonly Column[]) => list.reduce((sum, { cols }) => sum + cols + 1, signCols);
  let shown = columns;
  while (shown.length > 1 && widthOf(shown) + minBarCols > width) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== worst);
  }
  return shown;
}

const cell = ({ cols, right }: Column, text: string): string =>
  `${(right ? padLeft : padRight)(truncate(text === '' ? ' ' : text, cols), cols)} `;

const barColsOf = (shown: readonly Column[], width: number): number =>
  Math.max(0, width - shown.reduce((sum, { cols }) => sum + cols + 1, signCols));

export function listHead(width: number): string {
  const shown = shownColumns(width);
  return `${' '.repeat(signCols)}${shown.map((column) => cell(column, column.title)).join('')}`;
}

/** @param scaleMs duration that fills the bar. */
export function listRow(request: RequestView, now: number, width: number, scaleMs: number): Span[] {
  const shown = shownColumns(width);
  return [
    { text: `${verdictSign(request)} `, tone: verdictTone(request) },
    { text: shown.map((column) => cell(column, column.text(request))).join('') },
    ...waterfall(request, now, barColsOf(shown, width), scaleMs),
  ];
}
