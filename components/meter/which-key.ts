/** The keys that do something now, shown after the prefix. */
import { columnsOf, padRight, wrapText } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { type KeyBinding, keysNow } from '../keys.ts';
import { line, type MeterLine } from './line.ts';

const entryOf = ({ key, short }: KeyBinding): string => `${key} ${short}`;

/** In columns of equal width, in as few rows as they need. */
export function whichKeyLines(state: SessionState, prefixLabel: string, width: number): MeterLine[] {
  const entries = [...keysNow(state).map(entryOf), `${prefixLabel} itself`];
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

/**
 * In as few rows as the keys need, at most `rows`. The help is the last key and is kept; those before it are omitted if
 * they do not fit.
 */
export function whichKeyRows(state: SessionState, width: number, rows: number): string[] {
  const isHelp = ({ key }: KeyBinding) => key === '?';
  const now = keysNow(state);
  const [help, others] = [now.filter(isHelp), now.filter((binding) => !isHelp(binding))];
  const wrapped = (count: number) =>
    wrapText(separated([...others.slice(0, count), ...help].map(entryOf)), width, Number.MAX_SAFE_INTEGER);
  let count = others.length;
  while (count > 0 && wrapped(count).length > rows) count--;
  return wrapped(count)
    .slice(0, rows)
    .map((row) => row.replaceAll('\u00a0', ' ').trim());
}
