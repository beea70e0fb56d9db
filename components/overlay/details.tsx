import { useInput } from 'ink';
import type { SessionState } from '../../src/session/state.ts';
import { RequestList } from '../request/request-list.tsx';
import { useChosenRequest } from '../request/use-chosen-request.ts';
import type { Theme } from '../theme.ts';
import { Frame } from './frame.tsx';

export interface DetailsProps {
  readonly state: SessionState;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

/** Rows of the border, the title and the key hints. */
const frameRows = 4;

/** The last requests, newest first, and the details of the chosen one. */
export function Details({ state, cols, rows, theme, onDismiss }: DetailsProps) {
  const requests = [...state.running, ...[...state.recent].reverse()];
  const [chosen, moveChoice] = useChosenRequest(requests);
  useInput((input, key) => {
    if (key.escape || input === 'q') onDismiss();
    else if (key.upArrow || input === 'k') moveChoice('newer');
    else if (key.downArrow || input === 'j') moveChoice('older');
  });
  return (
    <Frame title="requests" keys="↑↓ choose · Esc closes" cols={cols} rows={rows} theme={theme}>
      <RequestList requests={requests} chosen={chosen} width={cols - 4} rows={rows - frameRows} theme={theme} />
    </Frame>
  );
}
