/** Text laid out in terminal columns: a wide character takes two, a combining one none. */
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Columns that a text takes. */
export const columnsOf = (text: string): number => stringWidth(text);

/** Filled with spaces on the right up to `columns`; longer text is returned unchanged. */
export const padRight = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - stringWidth(text)));

/** Filled with spaces on the left up to `columns`; longer text is returned unchanged. */
export const padLeft = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - stringWidth(text))) + text;

/** At most `columns` wide; text that is cut ends in an ellipsis. */
export const shortened = (text: string, columns: number): string => cliTruncate(text, Math.max(1, columns));

/** Rows of a text, broken between words; the last of `rows` ends in an ellipsis when more would follow. */
export function wrapped(text: string, columns: number, rows: number): string[] {
  const lines = wrapAnsi(text, Math.max(1, columns), { hard: true }).split('\n');
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), shortened(lines.slice(rows - 1).join(' '), columns)];
}

/** Rows of cells under each other, two spaces between columns; `alignRight` names the columns of numbers by index. */
export function table(rows: readonly (readonly string[])[], alignRight: ReadonlySet<number> = new Set()): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(0, ...rows.map((row) => stringWidth(row[at] ?? ''))),
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => (alignRight.has(at) ? padLeft : padRight)(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
