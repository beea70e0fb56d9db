import { Box, Text, useInput } from 'ink';
import { padRight, truncate } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { newestFirst } from '../meter/request-line.ts';
import { SideMeter } from '../meter/side.tsx';
import { openKeys, RequestList, requestKeys, viewText } from '../request/request-list.tsx';
import { type RequestListView, useRequestView } from '../request/use-request-view.ts';
import type { Theme } from '../theme.ts';
import { colorProps } from '../theme.ts';

export interface WatchedSession {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
}

export interface WatchProps {
  readonly sessions: readonly WatchedSession[];
  /** Name of the session that is shown. */
  readonly chosen: string | undefined;
  /** `undefined` until the first connection. */
  readonly state: SessionState | undefined;
  readonly connected: boolean;
  readonly cols: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly theme: Theme;
  readonly onChoose: (session: string) => void;
  readonly onQuit: () => void;
  readonly onCopy: (text: string) => void;
}

const meterCols = 44;
/** In a narrower terminal only the meter is shown. */
const minListCols = 100;
const listedSessions = 4;

/** The meter of a running session, on a separate terminal. */
export function Watch(props: WatchProps) {
  const { sessions, chosen, state, cols, rows, onChoose, onQuit, onCopy } = props;
  const isWide = cols >= minListCols;
  const view = useRequestView(state ? newestFirst(state) : [], { page: Math.max(1, rows >> 1), onCopy });
  useInput((input, key) => {
    if (key.ctrl && input === 'c') onQuit();
    else if (isWide && view.press(input, key)) return;
    else if (input === 'q' || key.escape) onQuit();
    else if (key.tab || key.rightArrow || key.leftArrow) {
      const at = sessions.findIndex(({ name }) => name === chosen);
      const next = sessions[(at + (key.leftArrow ? -1 : 1) + sessions.length) % Math.max(1, sessions.length)];
      if (next) onChoose(next.name);
    }
  });
  const isListed = sessions.some(({ name }) => name === chosen);
  return (
    <Box width={cols} height={props.rows} overflow="hidden">
      {isWide ? <Requests {...props} view={view} /> : null}
      {state ? (
        <SideMeter
          state={state}
          sessionName={chosen ?? ''}
          choices={[]}
          prefixLabel=""
          hint={isWide ? '' : 'Tab next session · q quit'}
          layout="side"
          cols={isWide ? meterCols : cols}
          rows={props.rows}
          now={props.now}
          notice={props.connected ? undefined : isListed ? 'reconnecting…' : 'this session has ended'}
          awaiting={false}
          theme={props.theme}
        />
      ) : isWide ? null : (
        <Text>{waitingText(props)}</Text>
      )}
    </Box>
  );
}

const waitingText = ({ sessions }: WatchProps): string =>
  sessions.length === 0 ? 'No session is running. Start one with `ccp launch`; it appears here.' : 'connecting…';

/** The sessions that are listed, and the row that counts the others. */
const sessionRows = (sessions: readonly WatchedSession[]): number =>
  Math.min(sessions.length, listedSessions) + (sessions.length > listedSessions ? 1 : 0);

function Requests(props: WatchProps & { readonly view: RequestListView }) {
  const { sessions, chosen, state, cols, rows, now, theme, connected, view } = props;
  const width = cols - meterCols - 2;
  return (
    <Box width={width + 2} height={rows} flexDirection="column" paddingLeft={1} overflow="hidden">
      <Text bold {...colorProps(theme.accent)}>
        ccp watch
      </Text>
      {sessions.slice(0, listedSessions).map((session) => (
        <Text key={session.name} wrap="truncate" bold={session.name === chosen}>
          {session.name === chosen ? (connected ? '● ' : '◌ ') : '  '}
          {padRight(truncate(session.name, 16), 16)} {session.kind.padEnd(7)} {session.url}
        </Text>
      ))}
      {sessions.length > listedSessions ? <Text>{`  and ${sessions.length - listedSessions} more`}</Text> : null}
      <Box height={1} />
      {state ? <Text bold>{viewText(view)}</Text> : null}
      {state ? (
        <RequestList view={view} width={width} rows={rows - sessionRows(sessions) - 4} now={now} theme={theme} />
      ) : (
        <Text>{waitingText(props)}</Text>
      )}
      <Box flexGrow={1} />
      <Text dimColor wrap="truncate">
        {view.isOpen ? openKeys : `${requestKeys} · Tab session · q quit`}
      </Text>
    </Box>
  );
}
