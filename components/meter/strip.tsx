import { Box } from 'ink';
import { LineView } from './line-view.tsx';
import type { MeterProps } from './props.ts';
import { bottomLines, rowLine } from './strip-lines.ts';

/** The meter as three to six rows under the pane. */
export function BottomMeter(props: MeterProps) {
  const { cols, rows, theme } = props;
  return (
    <Box
      width={cols}
      height={rows}
      flexDirection="column"
      borderStyle="single"
      borderBottom={false}
      borderLeft={false}
      borderRight={false}
      borderDimColor={theme.dims}
      paddingX={1}
      overflow="hidden"
    >
      {bottomLines(props)
        .map((one, row) => ({ ...one, row }))
        .map(({ row, spans }) => (
          <LineView key={row} spans={spans} theme={theme} />
        ))}
    </Box>
  );
}

/** The meter as one row. */
export function RowMeter(props: MeterProps) {
  return (
    <Box width={props.cols} height={1} overflow="hidden">
      <LineView spans={rowLine(props).spans} theme={props.theme} />
    </Box>
  );
}
