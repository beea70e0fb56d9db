import { Box, Text } from 'ink';
import { columnsOf, truncate } from '../../src/session/columns.ts';
import { costText } from '../../src/session/format.ts';
import { colorProps } from '../theme.ts';
import { separator } from './line.ts';
import { limitsText } from './money.ts';
import { questionText } from './questions.ts';
import {
  answeringName,
  contextText,
  healthLines,
  keysHint,
  listedRequests,
  type MeterProps,
  newestProblem,
  nowText,
  requestLine,
  sessionTokens,
  verdictText,
} from './rows.ts';

const maxRequestLineCols = 60;
/** React keys of the first rows; request rows use their text as key. */
const rowKeys = ['route', 'tokens', 'health'];

/** Joins facts, the most important first. The first one that does not fit and those after it are omitted. */
function joinFitting(parts: readonly string[], width: number): string {
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
  const question = questionText(props, width);
  const message = notice === undefined ? (question ?? (problem && `! ${problem}`)) : `› ${notice}`;
  const health = [verdictText(state, now).text, keysHint(props), ...healthLines(state)];
  const lines = [
    joinFitting(
      [`ccp ${answeringName(state)}`, `${current.sign} ${current.words}`, current.detail, props.sessionName],
      width,
    ),
    joinFitting(
      [costText(state), limitsText(state), `context ${contextText(state).text}`, sessionTokens(state)],
      width,
    ),
    props.awaiting ? keysHint(props) : (message ?? joinFitting(health, width)),
    ...listedRequests(state, rows - 4).map((request) => requestLine(request, Math.min(width, maxRequestLineCols))),
  ];
  const tones = [
    theme.accent,
    undefined,
    message === undefined ? undefined : notice === undefined ? theme.warn : theme.accent,
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
          key={rowKeys[index] ?? line}
          wrap="truncate"
          bold={index === 0}
          inverse={props.awaiting && index === 2}
          {...colorProps(tones[index])}
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
  const question = questionText(props, cols);
  const facts = [
    ...(notice ? [truncate(`› ${notice}`, cols)] : []),
    ...(question ? [question] : []),
    `ccp ${answeringName(state)}`,
    `${current.sign} ${current.words}`,
    `context ${contextText(state).text}`,
    costText(state),
    limitsText(state),
    sessionTokens(state),
    keysHint(props),
  ];
  const text = props.awaiting ? keysHint(props) : joinFitting(facts, cols) || (notice ?? 'ccp');
  return (
    <Box width={cols} height={1} overflow="hidden">
      <Text wrap="truncate" {...colorProps(notice ? theme.warn : theme.accent)} inverse={props.awaiting}>
        {text}
      </Text>
    </Box>
  );
}
