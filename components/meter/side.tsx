import { Box, Text } from 'ink';
import { colorProps } from '../theme.ts';
import { keysHint, type MeterProps } from './rows.ts';
import { meterLines } from './sections.ts';

/** The meter beside the pane. */
export function SideMeter(props: MeterProps) {
  return props.state.routes.length === 0 ? <PaneOnly {...props} /> : <FullMeter {...props} />;
}

const edge = {
  borderStyle: 'single',
  borderTop: false,
  borderBottom: false,
  borderRight: false,
  borderDimColor: true,
} as const;

/** `ccp pane` has no proxy and therefore no measurements. */
function PaneOnly(props: MeterProps) {
  const { cols, rows, theme, notice } = props;
  return (
    <Box width={cols} height={rows} flexDirection="column" {...edge} paddingLeft={1} overflow="hidden">
      <Text bold {...colorProps(theme.accent)}>
        ccp pane
      </Text>
      <Text>A command in the pane, without a proxy.</Text>
      {notice === undefined ? null : <Text>› {notice}</Text>}
      <Box flexGrow={1} />
      <Text wrap="truncate" {...(props.awaiting ? { inverse: true } : { dimColor: true })}>
        {keysHint(props)}
      </Text>
    </Box>
  );
}

function FullMeter(props: MeterProps) {
  const { cols, rows, theme } = props;
  return (
    <Box width={cols} height={rows} flexDirection="column" {...edge} paddingLeft={1} overflow="hidden">
      {meterLines(props, Math.max(8, cols - 3), rows - 1).map((line) => (
        <Text
          key={line.row}
          wrap="truncate"
          bold={line.bold === true}
          dimColor={line.dim === true}
          {...colorProps(line.tone && theme[line.tone])}
        >
          {line.text || ' '}
        </Text>
      ))}
      <Box flexGrow={1} />
      <Text wrap="truncate" {...(props.awaiting ? { inverse: true } : { dimColor: true })}>
        {keysHint(props)}
      </Text>
    </Box>
  );
}
