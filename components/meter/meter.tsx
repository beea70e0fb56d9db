import { Box, Text } from 'ink';
import { compact, costText } from '../../src/session/receipt.ts';
import type { SessionState } from '../../src/session/state.ts';
import type { MeterLayout } from '../../src/session/ui.ts';
import { type Theme, toned } from '../theme.ts';
import {
  bar,
  contextText,
  costLines,
  foremost,
  healthLines,
  inputTotal,
  newestMain,
  nowText,
  requestLine,
  routeName,
  verdictSign,
} from './rows.ts';

export interface MeterProps {
  readonly state: SessionState;
  readonly sessionName: string;
  readonly prefixLabel: string;
  readonly layout: MeterLayout;
  readonly cols: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly notice: string | undefined;
  /** The prefix was pressed. */
  readonly awaiting: boolean;
  readonly theme: Theme;
}

export function Meter(props: MeterProps) {
  if (props.layout === 'off') return <BarMeter {...props} />;
  return props.layout === 'bottom' ? <BottomMeter {...props} /> : <SideMeter {...props} />;
}

const keysHint = ({ awaiting, prefixLabel }: MeterProps): string =>
  awaiting ? '? help · s switch · q quit' : `${prefixLabel} then ? for help`;

function lastVerdict(state: SessionState): { sign: string; words: string; bad: boolean } {
  const last = state.recent.at(-1);
  if (last === undefined) return { sign: '○', words: 'no stream yet', bad: false };
  const bad = verdictSign(last) === '✗';
  return { sign: verdictSign(last), words: last.verdict ?? '', bad };
}

function SideMeter(props: MeterProps) {
  const { state, cols, rows, theme, now, notice } = props;
  const width = cols - 3;
  const current = nowText(state, now);
  const verdict = lastVerdict(state);
  const context = contextText(state);
  const problem = notice ?? state.recent.findLast((request) => request.problem !== undefined)?.problem;
  const listed = Math.max(0, Math.min(10, rows - 27 - (problem ? 4 : 0)));
  return (
    <Box
      width={cols}
      height={rows}
      flexDirection="column"
      borderStyle="single"
      borderTop={false}
      borderBottom={false}
      borderRight={false}
      borderDimColor
      paddingLeft={1}
      overflow="hidden"
    >
      <Line width={width} left="ccp" right={props.sessionName} bold {...toned(theme.accent)} />
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
      <Text bold>context</Text>
      <Text wrap="truncate">{context.text}</Text>
      <Text wrap="truncate" {...toned(context.share > 0.85 ? theme.warn : theme.accent)}>
        {bar(context.share, width)}
      </Text>
      <Text bold>cost</Text>
      {costLines(state).map((line) => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
      <Gap />
      <Text wrap="truncate" bold {...toned(verdict.bad ? theme.bad : undefined)}>
        stream {verdict.sign} {verdict.words}
      </Text>
      {healthLines(state).map((line) => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
      {problem === undefined ? null : (
        <Box height={4} flexShrink={0} overflow="hidden">
          <Text {...toned(theme.warn)}>! {problem}</Text>
        </Box>
      )}
      <Gap />
      {listed > 0 ? <Text bold>last requests</Text> : null}
      {state.recent.slice(-listed || state.recent.length).map((request) => (
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

function TokenTable({ state, width }: { readonly state: SessionState; readonly width: number }) {
  const request = foremost(state) ?? newestMain(state);
  const tokens = (request?.tokens ? request : newestMain(state))?.tokens;
  const all = state.totals.tokens;
  const rows: [string, string, string][] = [
    ['in', tokens ? compact(inputTotal(tokens)) : '–', compact(inputTotal(all))],
    ['cached', tokens ? compact(tokens.cacheReadTokens) : '–', compact(all.cacheReadTokens)],
    ['out', tokens ? compact(tokens.outputTokens) : '–', compact(all.outputTokens)],
  ];
  const cell = Math.max(7, Math.floor((width - 7) / 2));
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text bold wrap="truncate">
        {'tokens'.padEnd(7)}
        {'request'.padStart(cell)}
        {'session'.padStart(cell)}
      </Text>
      {rows.map(([name, one, sum]) => (
        <Text key={name} wrap="truncate">
          {name.padEnd(7)}
          {one.padStart(cell)}
          {sum.padStart(cell)}
        </Text>
      ))}
    </Box>
  );
}

function Line({
  left,
  right,
  width,
  ...style
}: {
  left: string;
  right: string;
  width: number;
  bold?: boolean;
  color?: string;
}) {
  const space = Math.max(1, width - left.length - right.length);
  return (
    <Text wrap="truncate" {...style}>
      {left}
      {' '.repeat(space)}
      {right}
    </Text>
  );
}

const Gap = () => <Box height={1} flexShrink={1} />;

const separator = ' · ';

/** The facts of a strip, the most important first; what does not fit is left out whole. */
function fitted(parts: readonly string[], width: number): string {
  let text = '';
  for (const part of parts) {
    const next = text === '' ? part : text + separator + part;
    if (next.length > width) break;
    text = next;
  }
  return text;
}

function BottomMeter(props: MeterProps) {
  const { state, cols, rows, theme, now, notice } = props;
  const current = nowText(state, now);
  const verdict = lastVerdict(state);
  const width = cols - 2;
  const all = state.totals.tokens;
  const problem = notice ?? state.recent.at(-1)?.problem;
  const lines = [
    fitted([`ccp ${routeName(state, 'main')}`, `${current.sign} ${current.words}`, current.detail], width),
    fitted(
      [
        `in ${compact(inputTotal(all))} cached ${compact(all.cacheReadTokens)} out ${compact(all.outputTokens)}`,
        costText(state),
        `context ${contextText(state).text}`,
      ],
      width,
    ),
    problem
      ? `! ${problem}`
      : fitted([`stream ${verdict.sign} ${verdict.words}`, ...healthLines(state), keysHint(props)], width),
    ...state.recent.slice(-Math.max(0, rows - 4)).map((request) => requestLine(request, Math.min(width, 60))),
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
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines have places, not identities
          key={index}
          wrap="truncate"
          bold={index === 0}
          {...toned(index === 2 && problem ? theme.warn : index === 0 ? theme.accent : undefined)}
        >
          {line}
        </Text>
      ))}
    </Box>
  );
}

function BarMeter(props: MeterProps) {
  const { state, cols, now, notice, theme } = props;
  const current = nowText(state, now);
  const all = state.totals.tokens;
  const text = props.awaiting
    ? keysHint(props)
    : fitted(
        [
          ...(notice ? [`! ${notice}`] : []),
          `ccp ${routeName(state, 'main')}`,
          `${current.sign} ${current.words}`,
          `${compact(inputTotal(all))} in ${compact(all.outputTokens)} out`,
          costText(state),
          keysHint(props),
        ],
        cols,
      );
  return (
    <Box width={cols} height={1} overflow="hidden">
      <Text wrap="truncate" {...toned(notice ? theme.warn : theme.accent)} inverse={props.awaiting}>
        {text === '' ? (notice ?? 'ccp') : text}
      </Text>
    </Box>
  );
}
