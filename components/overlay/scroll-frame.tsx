import { useInput } from 'ink';
import type { MeterLine } from '../meter/line.ts';
import { LineView } from '../meter/line-view.tsx';
import type { Theme } from '../theme.ts';
import { useLiveState } from '../use-live-state.ts';
import { Frame } from './frame.tsx';

export interface OverlayProps {
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

/** Columns of a line within the frame. */
export const innerCols = (cols: number): number => cols - 4;

/** Rows of the border, the title and the key hints. */
const frameRows = 4;

/** A frame around a text that may have more rows than are shown. Keys that do not scroll close it. */
export function ScrollFrame({
  title,
  lines,
  cols,
  rows,
  theme,
  onDismiss,
}: OverlayProps & { readonly title: string; readonly lines: readonly MeterLine[] }) {
  const inner = Math.max(1, rows - frameRows);
  const from = useScroll(lines.length, inner, onDismiss);
  return (
    <Frame
      title={title}
      keys={`any other key closes${scrollText(from, inner, lines.length)}`}
      cols={cols}
      rows={rows}
      theme={theme}
    >
      {lines
        .slice(from, from + inner)
        .map((one, row) => ({ ...one, row }))
        .map(({ row, spans }) => (
          <LineView key={row} spans={spans} theme={theme} />
        ))}
    </Frame>
  );
}

/** Scrolls by arrows, j and k, pages and both ends. @returns the first row that is shown. */
function useScroll(total: number, rows: number, onOtherKey: () => void): number {
  const [now, change] = useLiveState({ from: 0 });
  const last = Math.max(0, total - rows);
  const move = (to: number) => change({ from: Math.max(0, Math.min(last, to)) });
  useInput((input, key) => {
    const from = Math.min(now().from, last);
    if (key.upArrow || input === 'k') move(from - 1);
    else if (key.downArrow || input === 'j') move(from + 1);
    else if (key.pageUp) move(from - Math.max(1, rows - 1));
    else if (key.pageDown || input === ' ') move(from + Math.max(1, rows - 1));
    else if (key.home || input === 'g') move(0);
    else if (key.end || input === 'G') move(last);
    else onOtherKey();
  });
  return Math.min(now().from, last);
}

/** `rows 1–12 of 20 ↑↓`, or nothing if all are shown. */
const scrollText = (from: number, rows: number, total: number): string =>
  total <= rows ? '' : ` · rows ${from + 1}–${Math.min(total, from + rows)} of ${total} ↑↓`;
