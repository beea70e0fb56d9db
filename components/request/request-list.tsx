import { Box, Text } from 'ink';
import { line, type MeterLine } from '../meter/line.ts';
import { LineView } from '../meter/line-view.tsx';
import type { Theme } from '../theme.ts';
import { scrollText, useScroll } from '../use-scroll.ts';
import { detailLines } from './detail-lines.ts';
import { listHead, listRow } from './list-row.ts';
import { firstShown, type RequestListView } from './use-request-view.ts';

export interface RequestListProps {
  readonly view: RequestListView;
  readonly width: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly theme: Theme;
}

/** Rows of the head of the list and of the empty row below it. */
const frameRows = 2;
const minListRows = 3;
/** Rows of the details that are not given up for a longer list. */
const minDetailRows = 8;

/** Rows of the list itself: the details of the chosen request take what they need, but not all. */
export function listRowsFor({ requests, chosen }: RequestListView, width: number, rows: number, now: number): number {
  const details = chosen === undefined ? 0 : detailLines(chosen, now, width).length;
  const room = rows - frameRows - Math.min(Math.max(details, minDetailRows), rows - frameRows - minListRows);
  return Math.max(1, Math.min(room, Math.max(requests.length, minListRows)));
}

/** Rows above the first request. */
export const listTop = 1;

/** A list of requests, and the details of the chosen one; or the details alone. */
export function RequestList(props: RequestListProps) {
  const { view, width, rows, now, theme } = props;
  const { requests, chosen, filter } = view;
  if (view.isOpen && chosen !== undefined)
    return <OpenRequest lines={detailLines(chosen, now, width)} rows={rows} theme={theme} />;
  const listRows = listRowsFor(view, width, rows, now);
  const from = firstShown(requests, chosen, listRows);
  const shown = requests.slice(from, from + listRows);
  const scaleMs = Math.max(1, ...shown.map(({ health, startedAt }) => health?.durationMs ?? now - startedAt));
  const details = chosen === undefined ? [] : detailLines(chosen, now, width);
  const detailRows = Math.max(0, rows - frameRows - shown.length);
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text wrap="truncate" bold>
        {`  ${listHead(width - 2)}`}
      </Text>
      {requests.length === 0 ? (
        <Text>{filter === '' ? 'No request yet.' : `No request matches "${filter}".`}</Text>
      ) : null}
      {shown.map((request) => (
        <LineView
          key={request.id}
          theme={theme}
          spans={[
            { text: request.id === chosen?.id ? '› ' : '  ', tone: 'accent', bold: true },
            ...listRow(request, now, width - 2, scaleMs).map((span) => ({ ...span, bold: request.id === chosen?.id })),
          ]}
        />
      ))}
      <Text> </Text>
      <Lines lines={cutLines(details, detailRows)} theme={theme} />
    </Box>
  );
}

/** Lines that do not fit end with the key that shows them. */
const cutLines = (lines: readonly MeterLine[], rows: number): readonly MeterLine[] =>
  lines.length <= rows
    ? lines
    : [...lines.slice(0, Math.max(0, rows - 1)), line('… Enter shows all', 0, { dim: true })].slice(0, rows);

function OpenRequest({
  lines,
  rows,
  theme,
}: {
  readonly lines: readonly MeterLine[];
  readonly rows: number;
  readonly theme: Theme;
}) {
  const inner = Math.max(1, rows - 1);
  const from = useScroll(lines.length, inner, () => {});
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Lines lines={lines.slice(from, from + inner)} theme={theme} />
      <Text dimColor wrap="truncate">
        {scrollText(from, inner, lines.length).replace(/^ · /, '')}
      </Text>
    </Box>
  );
}

const Lines = ({ lines, theme }: { readonly lines: readonly MeterLine[]; readonly theme: Theme }) =>
  lines
    .map((one, row) => ({ ...one, row }))
    .map(({ row, spans }) => <LineView key={row} spans={spans} theme={theme} />);

/** The list's order and filter, for a title. */
export function viewText({ order, filter, isTyping, requests }: RequestListView): string {
  const search = isTyping ? ` · filter: ${filter}▏` : filter === '' ? '' : ` · filter: ${filter} (Esc clears)`;
  const count = requests.length === 1 ? '1 request' : `${requests.length} requests`;
  return `${count} · ${order} first${search}`;
}

export const requestKeys = '↑↓ Enter details · o order · / filter · c copy id';
/** While the details are shown alone. */
export const openKeys = '↑↓ scroll · c copy id · Enter or Esc back to the list';
