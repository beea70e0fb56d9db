import type { MeterLine } from '../meter/line.ts';
import { LineView } from '../meter/line-view.tsx';
import type { Theme } from '../theme.ts';
import { scrollText, useScroll } from '../use-scroll.ts';
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
