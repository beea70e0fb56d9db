import { Box, Text } from 'ink';
import { columnsOf } from '../../src/session/columns.ts';
import { costText } from '../../src/session/format.ts';
import { toned } from '../theme.ts';
import { separator } from './line.ts';
import { budgetQuestion, limitsText } from './money.ts';
import {
  contextText,
  healthLines,
  keysHint,
  listedRequests,
  type MeterProps,
  newestProblem,
  nowText,
  requestLine,
  routeName,
  sessionTokens,
  verdictText,
} from './rows.ts';

const widestRequestLine = 60;
/** The first rows have places, the requests below are their own names. */
const places = ['route', 'tokens', 'health'];

/** The facts of a strip, the most important first; what does not fit is left out whole. */
function fitted(parts: readonly string[], width: number): string {
  let text = '';
  for (const part of parts) {
    if (part === '') continue;
    const next = text === '' ? part : text + separator + part;
    if (columnsOf(next) > width) break;
    text = next;
  }
  return text;
}

/** The meter as three to six rows under the pane. */
export function BottomMeter(props: MeterProps) {
  const { state, cols, rows, theme, now, notice } = props;
  const current = nowText(state, now);
  const width = cols - 2;
  const problem = newestProblem(state);
  const question = budgetQuestion(state, props.prefixLabel);
  const said = question ?? (notice === undefined ? problem && `! ${problem}` : `› ${notice}`);
  const health = [verdictText(state, now).text, keysHint(props), ...healthLines(state)];
  const lines = [
    fitted(
      [`ccp ${routeName(state, 'main')}`, `${current.sign} ${current.words}`, current.detail, props.sessionName],
      width,
    ),
    fitted([costText(state), limitsText(state), `context ${contextText(state).text}`, sessionTokens(state)], width),
    props.awaiting ? keysHint(props) : (said ?? fitted(health, width)),
    ...listedRequests(state, rows - 4).map((request) => requestLine(request, Math.min(width, widestRequestLine))),
  ];
  const tones = [
    theme.accent,
    undefined,
    said === undefined ? undefined : notice === undefined ? theme.warn : theme.accent,
  ];
  return (
    <Box
      width={cols}
      height={rows}
      flexDirection="column"
      borderStyle="single"
      borderBottom={false}
      borderLeft={false}
      borderRight={false}
      borderDimColor
      paddingX={1}
      overflow="hidden"
    >
      {lines.slice(0, rows - 1).map((line, index) => (
        <Text
          key={places[index] ?? line}
          wrap="truncate"
          bold={index === 0}
          inverse={props.awaiting && index === 2}
          {...toned(tones[index])}
        >
          {line}
        </Text>
      ))}
    </Box>
  );
}

/** The meter as one row. */
export function BarMeter(props: MeterProps) {
  const { state, cols, now, notice, theme } = props;
  const current = nowText(state, now);
  const question = budgetQuestion(state, props.prefixLabel);
  const facts = [
    ...(question ? [question] : []),
    ...(notice ? [`› ${notice}`] : []),
    `ccp ${routeName(state, 'main')}`,
    `${current.sign} ${current.words}`,
    sessionTokens(state),
    costText(state),
    limitsText(state),
    keysHint(props),
  ];
  const text = props.awaiting ? keysHint(props) : fitted(facts, cols) || (notice ?? 'ccp');
  return (
    <Box width={cols} height={1} overflow="hidden">
      <Text wrap="truncate" {...toned(notice ? theme.warn : theme.accent)} inverse={props.awaiting}>
        {text}
      </Text>
    </Box>
  );
}
