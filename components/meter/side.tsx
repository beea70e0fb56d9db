import { Box } from 'ink';
import { gap, line, type MeterLine } from './line.ts';
import { LineView } from './line-view.tsx';
import type { MeterProps } from './props.ts';
import { sideLines } from './side-lines.ts';
import { whichKeyLines } from './which-key.ts';

/** Columns of the border and the space beside it. */
const frameCols = 3;

/** Columns of a line. */
export const sideCols = (cols: number): number => Math.max(8, cols - frameCols);

/** The lines of the meter beside the pane, one for each of its rows. */
export function sideMeterLines(props: MeterProps): MeterLine[] {
  const width = sideCols(props.cols);
  return props.state.routes.length === 0 ? paneLines(props, width) : sideLines(props, width, props.rows);
}

/** The meter beside the pane. */
export function SideMeter(props: MeterProps) {
  const { cols, rows, theme } = props;
  return (
    <Box
      width={cols}
      height={rows}
      flexDirection="column"
      borderStyle="single"
      borderTop={false}
      borderBottom={false}
      borderRight={false}
      borderDimColor={theme.dims}
      paddingLeft={1}
      overflow="hidden"
    >
      {placed(sideMeterLines(props)).map(({ row, spans }) => (
        <LineView key={row} spans={spans} theme={theme} />
      ))}
    </Box>
  );
}

const placed = (lines: readonly MeterLine[]) => lines.map((one, row) => ({ ...one, row }));

/** `ccp pane` has no proxy and therefore no measurements. */
function paneLines({ state, rows, notice, awaiting, prefixLabel }: MeterProps, width: number): MeterLine[] {
  const head = [
    line('ccp pane', 0, { bold: true, tone: 'accent' }),
    line('A command, without a proxy.', 0),
    ...(notice === undefined ? [] : [line(`› ${notice}`, 0)]),
  ];
  const footer = awaiting
    ? whichKeyLines(state, prefixLabel, width)
    : [line(`${prefixLabel} then ? for help`, 0, { dim: true })];
  const filler = Array.from({ length: Math.max(0, rows - head.length - footer.length) }, () => gap);
  return [...head, ...filler, ...footer].slice(-rows);
}
