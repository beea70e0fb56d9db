import { Box, Text, useInput } from 'ink';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import type { Theme } from '../theme.ts';
import { toned } from '../theme.ts';
import { detailLines, listLine } from './detail-lines.ts';
import { Frame } from './frame.tsx';
import { useDetailsState } from './use-details-state.ts';

export interface DetailsProps {
  readonly state: SessionState;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

/** Rows that frame and detail take. */
const rowsBesideList = 14;

/** The last requests, newest first, and everything known of the chosen one. */
export function Details({ state, cols, rows, theme, onDismiss }: DetailsProps) {
  const requests = [...state.running, ...[...state.recent].reverse()];
  const [chosen, press] = useDetailsState(requests);
  useInput((input, key) => {
    if (key.escape || input === 'q') onDismiss();
    else if (key.upArrow || input === 'k') press('newer');
    else if (key.downArrow || input === 'j') press('older');
  });
  const width = cols - 4;
  const listed = Math.max(1, rows - rowsBesideList);
  const at = Math.max(
    0,
    requests.findIndex(({ id }) => id === chosen),
  );
  const from = Math.max(0, Math.min(at - (listed >> 1), requests.length - listed));
  const selected = requests[at];
  return (
    <Frame title="requests" keys="↑↓ choose · Esc closes" cols={cols} rows={rows} theme={theme}>
      {requests.length === 0 ? <Text>No request yet.</Text> : null}
      {requests.slice(from, from + listed).map((request) => (
        <Text key={request.id} wrap="truncate" inverse={request.id === selected?.id}>
          {listLine(request, width)}
        </Text>
      ))}
      {selected ? <Detail request={selected} theme={theme} /> : null}
    </Frame>
  );
}

function Detail({ request, theme }: { readonly request: RequestView; readonly theme: Theme }) {
  return (
    <Box flexDirection="column" marginTop={1} flexShrink={0}>
      {detailLines(request).map(([name, text]) => (
        <Text key={name} wrap="truncate" {...toned(name === 'problem' ? theme.warn : undefined)}>
          {name.padEnd(9)}
          {text}
        </Text>
      ))}
    </Box>
  );
}
