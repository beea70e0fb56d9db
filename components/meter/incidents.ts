/** What just happened: notices of ccp, and the newest incidents with their time and remedy. */
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
  { state, notice, prefixLabel }: Pick<MeterProps, 'state' | 'notice' | 'prefixLabel'>,
  width: number,
  newestRows = maxRows,
): MeterLine[] {
  if (notice !== undefined)
    return [...wrapText(`› ${notice}`, width, maxRows).map((text) => line(text, 1, { tone: 'accent' })), gap];
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

/** The newest incident in one line, for a strip; `undefined` while a request is running. */
export function newestIncident({ incidents, running, recent }: SessionState): string | undefined {
  const newest = incidents.at(-1);
  const last = recent.at(-1);
  if (newest === undefined || running.length > 0) return undefined;
  // An incident of an earlier request has been seen.
  if (last !== undefined && newest.at < last.startedAt) return undefined;
  return `! ${clock(newest.at)} ${newest.message}`;
}
