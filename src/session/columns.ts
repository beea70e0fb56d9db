/** Text layout in terminal columns: a wide character occupies two columns, a combining one none. */
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Width of a text in terminal columns. */
export const columnsOf = (text: string): number => stringWidth(text);

/** Filled with spaces on the right up to `columns`; longer text is returned unchanged. */
export const padRight = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - stringWidth(text)));

/** Filled with spaces on the left up to `columns`; longer text is returned unchanged. */
export const padLeft = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - stringWidth(text))) + text;

/** At most `columns` wide; truncated text ends in an ellipsis. */
export function truncate(text: string, columns: number): string {
  const limit = Math.max(1, columns);
  const cut = cliTruncate(text, limit);
  // A wide character at the cut is kept whole and exceeds the limit.
  return stringWidth(cut) <= limit ? cut : cliTruncate(text, limit - 1);
}

/** Wraps a text between words into at most `rows` rows. The last row ends in an ellipsis if text was omitted. */
export function wrapText(text: string, columns: number, rows: number): string[] {
  const lines = wrapAnsi(text, Math.max(1, columns), { hard: true }).split('\n');
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), truncate(lines.slice(rows - 1).join(' '), columns)];
}

/**
 * Formats rows of cells as a table, with two spaces between columns. `alignRight` contains the indexes of right-aligned
 * columns.
 */
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
