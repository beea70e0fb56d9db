import { Box, Text } from 'ink';
import { quotaLine } from '../../src/session/quota-line.ts';
import type { SessionState } from '../../src/session/state.ts';
import { toned } from '../theme.ts';
import {
  bar,
  contextText,
  costLines,
  healthLines,
  keysHint,
  listedRequests,
  type MeterProps,
  newestProblem,
  nowText,
  requestLine,
  routeName,
  shortened,
  tokenRows,
  verdictText,
} from './rows.ts';

/** Rows that everything above the request list takes. */
const rowsAbove = 27;
const problemRows = 4;
const longestList = 10;
/** A context this full is about to be compacted. */
const fullContext = 0.85;

/** The meter beside the pane. */
export function SideMeter(props: MeterProps) {
  return props.state.routes.length === 0 ? <PaneOnly {...props} /> : <Everything {...props} />;
}

const edge = {
  borderStyle: 'single',
  borderTop: false,
  borderBottom: false,
  borderRight: false,
  borderDimColor: true,
} as const;

/** `ccp pane`: there is nothing to measure. */
function PaneOnly(props: MeterProps) {
  const { cols, rows, theme, notice } = props;
  return (
    <Box width={cols} height={rows} flexDirection="column" {...edge} paddingLeft={1} overflow="hidden">
      <Text bold {...toned(theme.accent)}>
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

function Everything(props: MeterProps) {
  const { state, cols, rows, theme, now, notice } = props;
  const width = cols - 3;
  const current = nowText(state, now);
  const problem = newestProblem(state);
  const said = notice === undefined ? problem && `! ${problem}` : `› ${notice}`;
  const listed = Math.max(0, Math.min(longestList, rows - rowsAbove - (said ? problemRows : 0)));
  return (
    <Box width={cols} height={rows} flexDirection="column" {...edge} paddingLeft={1} overflow="hidden">
      <Text wrap="truncate" bold {...toned(theme.accent)}>
        {'ccp'.padEnd(Math.max(4, width - props.sessionName.length))}
        {props.sessionName}
      </Text>
      <Text wrap="truncate">main {routeName(state, 'main')}</Text>
      <Text wrap="truncate" dimColor>
        fast {routeName(state, 'fast')}
      </Text>
      <Gap />
      <Text wrap="truncate" bold {...toned(state.running.length > 0 ? theme.good : undefined)}>
        {current.sign} {current.words}
      </Text>
      <Text wrap="truncate">{current.detail}</Text>
      <Gap />
      <TokenTable state={state} width={width} />
      <Gap />
      <ContextAndCost {...props} width={width} />
      <Gap />
      <Health {...props} />
      {said === undefined ? null : (
        <Box flexShrink={0}>
          <Text {...toned(notice === undefined ? theme.warn : theme.accent)}>
            {shortened(said, width * problemRows)}
          </Text>
        </Box>
      )}
      <Gap />
      {listed > 0 ? <Text bold>last requests</Text> : null}
      {listedRequests(state, listed).map((request) => (
        <Text key={request.id} wrap="truncate">
          {requestLine(request, width)}
        </Text>
      ))}
      <Box flexGrow={1} />
      <Text wrap="truncate" {...(props.awaiting ? { inverse: true } : { dimColor: true })}>
        {keysHint(props)}
      </Text>
    </Box>
  );
}

const Gap = () => <Box height={1} flexShrink={1} />;

function TokenTable({ state, width }: { readonly state: SessionState; readonly width: number }) {
  const cell = Math.max(7, Math.floor((width - 7) / 2));
  const rows = [['tokens', 'request', 'session'], ...tokenRows(state)];
  return (
    <Box flexDirection="column" flexShrink={0}>
      {rows.map(([name = '', one = '', sum = ''], index) => (
        <Text key={name} bold={index === 0} wrap="truncate">
          {name.padEnd(7)}
          {one.padStart(cell)}
          {sum.padStart(cell)}
        </Text>
      ))}
    </Box>
  );
}

function ContextAndCost({ state, theme, width }: MeterProps & { readonly width: number }) {
  const context = contextText(state);
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text bold>context</Text>
      <Text wrap="truncate">{context.text}</Text>
      <Text wrap="truncate" {...toned(context.share > fullContext ? theme.warn : theme.accent)}>
        {bar(context.share, width)}
      </Text>
      <Text bold>cost</Text>
      {[...costLines(state), quotaLine(state)]
        .flatMap((line) => line ?? [])
        .map((line) => (
          <Text key={line} wrap="truncate">
            {line}
          </Text>
        ))}
    </Box>
  );
}

function Health({ state, theme, now }: MeterProps) {
  const verdict = verdictText(state, now);
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text wrap="truncate" bold {...toned(verdict.bad ? theme.bad : undefined)}>
        {verdict.text}
      </Text>
      {healthLines(state).map((line) => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
