import { wrapText } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { line, type MeterLine } from '../meter/line.ts';
import { clockSeconds } from '../request/detail-lines.ts';
import { innerCols, type OverlayProps, ScrollFrame } from './scroll-frame.tsx';

const timeCols = 9;

/** Every incident of the session that is kept, whole, the newest first. */
export function Incidents({ state, ...frame }: OverlayProps & { readonly state: SessionState }) {
  const count = state.incidents.length;
  return (
    <ScrollFrame
      {...frame}
      title={count === 1 ? '1 incident' : `${count} incidents`}
      lines={incidentLines(state, innerCols(frame.cols))}
    />
  );
}

function incidentLines({ incidents }: SessionState, width: number): MeterLine[] {
  if (incidents.length === 0) return [line('Nothing has happened.', 0)];
  return incidents.toReversed().flatMap(({ at, id, message }) => {
    const rows = wrapText(message, Math.max(8, width - timeCols), Number.MAX_SAFE_INTEGER);
    const isNamed = !id.startsWith('req_') || message.includes(id);
    return [
      ...rows.map((text, index) => line((index === 0 ? clockSeconds(at) : '').padEnd(timeCols) + text, 0)),
      ...(isNamed ? [] : [line(`${' '.repeat(timeCols)}${id}`, 0, { dim: true })]),
    ];
  });
}
