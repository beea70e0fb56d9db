/** The keys that do something now, shown after the prefix. */
import { columnsOf, padRight } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { keysNow } from '../keys.ts';
import { line, type MeterLine } from './line.ts';

/** In columns of equal width, in as few rows as they need. */
export function whichKeyLines(state: SessionState, prefixLabel: string, width: number): MeterLine[] {
  const entries = [...keysNow(state).map(({ key, short }) => `${key} ${short}`), `${prefixLabel} itself`];
  const cell = Math.max(...entries.map(columnsOf)) + 2;
  const perRow = Math.max(1, Math.floor((width + 2) / cell));
  const rows = Math.ceil(entries.length / perRow);
  return Array.from({ length: rows }, (_, row) =>
    line(
      entries
        .slice(row * perRow, (row + 1) * perRow)
        .map((entry) => padRight(entry, cell))
        .join('')
        .trimEnd(),
      0,
      { tone: 'accent', bold: true },
    ),
  );
}

/** In one row: the first keys are those of an open question. */
export const whichKeyRow = (state: SessionState, width: number): string =>
  keysNow(state)
    .map(({ key, short }) => `${key} ${short}`)
    .reduce((text, entry) => {
      const next = text === '' ? entry : `${text}  ${entry}`;
      return columnsOf(next) <= width ? next : text;
    }, '');
