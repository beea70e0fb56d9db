/** What just happened: notices of ccp, and the newest incidents with their time and remedy. */
import { wrapText } from '../../src/session/columns.ts';
import type { SessionState } from '../../src/session/state.ts';
import { clock, gap, line, type MeterLine } from './line.ts';

const shownIncidents = 2;
/** Rows of an older incident. The newest one is shown whole. */
const olderRows = 3;
const maxRows = 40;

const target = { type: 'incidents' } as const;

export function incidentLines(
  { state, notice }: { readonly state: SessionState; readonly notice: string | undefined },
  width: number,
): MeterLine[] {
  if (notice !== undefined)
    return [...wrapText(`› ${notice}`, width, maxRows).map((text) => line(text, 1, { tone: 'accent' })), gap];
  const lines = state.incidents.slice(-shownIncidents).flatMap(({ at, message }, index, shown) => {
    const isNewest = index === shown.length - 1;
    return wrapText(`! ${clock(at)} ${message}`, width, isNewest ? maxRows : olderRows).map((text) =>
      line(text, isNewest ? 2 : 7, { tone: isNewest ? 'warn' : undefined, dim: !isNewest }, target),
    );
  });
  return lines.length === 0 ? [] : [...lines, gap];
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
