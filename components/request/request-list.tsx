import { Box, Text } from 'ink';
import type { RequestView } from '../../src/session/state.ts';
import type { Theme } from '../theme.ts';
import { colorProps } from '../theme.ts';
import { detailLines, listLine } from './detail-lines.ts';

export interface RequestListProps {
  /** Newest first. */
  readonly requests: readonly RequestView[];
  readonly chosen: string | undefined;
  readonly width: number;
  readonly rows: number;
  readonly theme: Theme;
}

/** Rows of the details of the chosen request. */
const detailRows = 9;

/** A list of requests, and the details of the chosen one. */
export function RequestList({ requests, chosen, width, rows, theme }: RequestListProps) {
  const listRows = Math.max(1, rows - detailRows - 1);
  const at = Math.max(
    0,
    requests.findIndex(({ id }) => id === chosen),
  );
  const from = Math.max(0, Math.min(at - (listRows >> 1), requests.length - listRows));
  const selected = requests[at];
  return (
    <Box flexDirection="column" flexShrink={0}>
      {requests.length === 0 ? <Text>No request yet.</Text> : null}
      {requests.slice(from, from + listRows).map((request) => (
        <Text key={request.id} wrap="truncate" inverse={request.id === selected?.id}>
          {request.id === selected?.id ? '› ' : '  '}
          {listLine(request, width - 2)}
        </Text>
      ))}
      {selected ? (
        <Box flexDirection="column" marginTop={1} flexShrink={0}>
          {detailLines(selected).map(([name, text]) => (
            <Text key={name} wrap="truncate" {...colorProps(name === 'problem' ? theme.warn : undefined)}>
              {name.padEnd(9)}
              {text}
            </Text>
          ))}
        </Box>
      ) : null}
    </Box>
  );
}
