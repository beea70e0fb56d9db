/** The keys that do something now, shown after the prefix. */
import { columnsOf, padRight, wrapText } from '../../src/session/columns.ts';
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

/** Two spaces between the keys: a row breaks there, and not within a key and its word. */
const separated = (entries: readonly string[]): string =>
  entries.map((entry) => entry.replaceAll(' ', '\u00a0')).join('  ');

/** In as few rows as the keys need, at most `rows`. */
export const whichKeyRows = (state: SessionState, width: number, rows: number): string[] =>
  wrapText(separated(keysNow(state).map(({ key, short }) => `${key} ${short}`)), width, rows).map((row) =>
    row.replaceAll('\u00a0', ' ').trim(),
  );

/** In one row: the help is kept, the last keys are omitted if they do not fit. */
export function whichKeyRow(state: SessionState, width: number): string {
  const help = '? help';
  const entries = keysNow(state)
    .map(({ key, short }) => `${key} ${short}`)
    .filter((entry) => entry !== help);
  const text = entries.reduce((shown, entry) => {
    const next = shown === '' ? entry : `${shown}  ${entry}`;
    return columnsOf(`${next}  ${help}`) <= width ? next : shown;
  }, '');
  return text === '' ? help : `${text}  ${help}`;
}
