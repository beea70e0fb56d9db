/** What just happened: the newest incidents, with their time and remedy. */
import { columnsOf, wrapText } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { clock, gap, line, type MeterLine } from './line.ts';
import type { MeterProps } from './props.ts';

const shownIncidents = 2;
export const newestIncidentRank = 2;
/** Rows of an older incident. The newest one is shown whole. */
const olderRows = 3;
const maxRows = 40;

const target = { type: 'incidents' } as const;

export function incidentLines(
  { state, prefixLabel }: Pick<MeterProps, 'state' | 'prefixLabel'>,
  width: number,
  newestRows = maxRows,
): MeterLine[] {
  const lines = state.incidents.slice(-shownIncidents).flatMap(({ at, message }, index, shown) => {
    const isNewest = index === shown.length - 1;
    const text = `! ${clock(at)} ${message}`;
    return (isNewest ? wrappedIncident(text, prefixLabel, width, newestRows) : wrapText(text, width, olderRows)).map(
      (row) =>
        line(row, isNewest ? newestIncidentRank : 7, { tone: isNewest ? 'warn' : undefined, dim: !isNewest }, target),
    );
  });
  return lines.length === 0 ? [] : [...lines, gap];
}

/** An incident that does not fit ends with the key that shows it whole. */
export function wrappedIncident(text: string, prefixLabel: string, width: number, rows: number): string[] {
  const whole = wrapText(text, width, Number.MAX_SAFE_INTEGER);
  if (whole.length <= rows) return whole;
  const more = prefixLabel === '' ? '' : ` ${prefixLabel} i`;
  return wrapText(text, width - columnsOf(more), rows).map((row, index) => (index === rows - 1 ? row + more : row));
}

/** The newest incident in one line, for a strip; `undefined` if it is older than the requests that are running. */
export function newestIncident({ incidents, running, recent }: SessionState): string | undefined {
  const newest = incidents.at(-1);
  // An incident of an earlier request has been seen.
  const current = running.length > 0 ? running : recent.slice(-1);
  if (
    newest === undefined ||
    (current.length > 0 && newest.at < Math.min(...current.map(({ startedAt }) => startedAt)))
  )
    return undefined;
  return `! ${clock(newest.at)} ${newest.message}`;
}
