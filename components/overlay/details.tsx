import { useInput } from 'ink';
import type { SessionState } from '../../src/session/state.ts';
import { newestFirst } from '../meter/request-line.ts';
import { usePointer } from '../pointer.ts';
import { listRowsFor, listTop, openKeys, RequestList, requestKeys, viewText } from '../request/request-list.tsx';
import { firstShown, type RequestViewOptions, useRequestView } from '../request/use-request-view.ts';
import type { Theme } from '../theme.ts';
import { Frame, frameTop } from './frame.tsx';

export interface DetailsProps extends Omit<RequestViewOptions, 'page'> {
  readonly state: SessionState;
  readonly cols: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

/** Rows of the border, the title and the key hints. */
const frameRows = 4;

/** The requests, newest first, and the details of the chosen one. */
export function Details({ state, cols, rows, now, theme, onDismiss, ...options }: DetailsProps) {
  const [width, inner] = [cols - 4, rows - frameRows];
  const view = useRequestView(newestFirst(state), { page: Math.max(1, inner >> 1), ...options });
  useInput((input, key) => {
    if (view.press(input, key)) return;
    if (key.escape || input === 'q') onDismiss();
  });
  usePointer(({ y }) => {
    if (view.isOpen) return;
    const listRows = listRowsFor(view, width, inner, now);
    const at = y - frameTop - listTop;
    const clicked = view.requests[firstShown(view.requests, view.chosen, listRows) + at];
    if (at >= 0 && at < listRows && clicked !== undefined) view.choose(clicked.id);
  });
  return (
    <Frame
      title={viewText(view)}
      keys={view.isOpen ? openKeys : `${requestKeys} · Esc closes`}
      cols={cols}
      rows={rows}
      theme={theme}
    >
      <RequestList view={view} width={width} rows={inner} now={now} theme={theme} />
    </Frame>
  );
}
