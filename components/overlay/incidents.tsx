import { wrapText } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { line, type MeterLine } from '../meter/line.ts';
import { LineView } from '../meter/line-view.tsx';
import { clockSeconds } from '../request/detail-lines.ts';
import type { Theme } from '../theme.ts';
import { Frame } from './frame.tsx';
import { scrollText, useScroll } from './use-scroll.ts';

export interface IncidentsProps {
  readonly state: SessionState;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

/** Rows of the border, the title and the key hints. */
const frameRows = 4;
const timeCols = 9;

/** Every incident of the session that is kept, whole, the newest first. */
export function Incidents({ state, cols, rows, theme, onDismiss }: IncidentsProps) {
  const [width, inner] = [cols - 4, Math.max(1, rows - frameRows)];
  const lines = incidentLines(state, width);
  const from = useScroll(lines.length, inner, onDismiss);
  return (
    <Frame
      title={state.incidents.length === 1 ? '1 incident' : `${state.incidents.length} incidents`}
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

function incidentLines({ incidents }: SessionState, width: number): MeterLine[] {
  if (incidents.length === 0) return [line('Nothing has happened.', 0)];
  return incidents.toReversed().flatMap(({ at, id, message }) => {
    const rows = wrapText(message, Math.max(8, width - timeCols), Number.MAX_SAFE_INTEGER);
    const name =
      id.startsWith('req_') && !message.includes(id) ? [line(`${' '.repeat(timeCols)}${id}`, 0, { dim: true })] : [];
    return [
      ...rows.map((text, index) => line((index === 0 ? clockSeconds(at) : '').padEnd(timeCols) + text, 0)),
      ...name,
    ];
  });
}
