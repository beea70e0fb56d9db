/** A matrix of scenarios (rows) and upstreams (columns). Each cell is a test, and the table is printed. */
import { afterAll, describe, expect, it } from 'vitest';

/** The environment of a cell: one upstream behind the real proxy. */
export interface MatrixBench {
  readonly upstream: { readonly complaints: readonly string[] };
  stop(): Promise<void>;
}

export interface Row<Column extends string, Bench> {
  readonly name: string;
  /** @returns the word for the table. Everything else is asserted inside. */
  run(bench: Bench): Promise<string>;
  /** The expected word, for all columns or per column. */
  readonly wanted: string | Partial<Record<Column, string>>;
  /** Maximum number of requests that the strict upstream may reject; 0 by default. */
  readonly complaints?: number;
  /** The upstream stays silent: the proxy gives up after 700 ms, so that the test does not wait for long. */
  readonly isSilent?: boolean;
}

/** Timeouts of the proxy in a cell. Only a silent upstream may reach them, even on a busy machine. */
export const timeoutsFor = (isSilent = false) => ({
  pingIntervalMs: 20_000,
  headersTimeoutMs: isSilent ? 2_000 : 60_000,
  idleTimeoutMs: isSilent ? 700 : 60_000,
});

const cellWidth = 26;

export function matrixOf<Column extends string, Bench extends MatrixBench>(
  columns: readonly Column[],
  start: (column: Column, isSilent?: boolean) => Promise<Bench>,
): (title: string, rows: readonly Row<Column, Bench>[]) => void {
  return (title, rows) => {
    const cells = new Map<string, string>();
    describe(title, () => {
      describe.concurrent.each(rows)('$name', ({ name, run, wanted, complaints = 0, isSilent }) => {
        // Every cell has its own upstream and proxy.
        it.each(columns)('%s', async (column) => {
          const bench = await start(column, isSilent);
          try {
            const outcome = await run(bench);
            cells.set(`${name} ${column}`, outcome);
            expect(outcome).toBe(typeof wanted === 'string' ? wanted : wanted[column]);
            if (complaints === 0) expect(bench.upstream.complaints).toEqual([]);
            else expect(bench.upstream.complaints.length).toBeLessThanOrEqual(complaints);
          } finally {
            await bench.stop();
          }
        });
      });
      afterAll(() => {
        const width = Math.max(...rows.map(({ name }) => name.length), title.length) + 2;
        const line = (name: string, of: (column: Column) => string) =>
          name.padEnd(width) + columns.map((column) => of(column).padEnd(cellWidth)).join('');
        const body = rows.map(({ name }) => line(name, (column) => cells.get(`${name} ${column}`) ?? 'FAILED'));
        process.stdout.write(`\n${[line(title, (column) => column), ...body].join('\n')}\n`);
      });
    });
  };
}
