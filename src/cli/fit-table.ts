/** A table that fits the terminal: less important columns are left out. */
import { columnsOf, table } from '../session/columns.ts';

export interface FitColumn<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly isNumber?: boolean;
  /** In a narrow terminal, columns with the highest rank are left out first; those of rank 0 never. */
  readonly rank: number;
}

/** @returns lines without a line feed at the end; on a pipe, with all columns. */
export function fitTable<Row>(all: readonly FitColumn<Row>[], rows: readonly Row[], indent = ''): string {
  const width = process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY;
  let columns = all;
  for (;;) {
    const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
    const shown = columns.every(({ head }) => head === '') ? cells.slice(1) : cells;
    const text = table(shown, new Set(columns.flatMap(({ isNumber }, at) => (isNumber === true ? [at] : []))))
      .split('\n')
      .map((row) => indent + row)
      .join('\n');
    const worst = Math.max(...columns.map(({ rank }) => rank));
    if (worst === 0 || text.split('\n').every((row) => columnsOf(row) <= width)) return text;
    columns = columns.filter(({ rank }) => rank !== worst);
  }
}
