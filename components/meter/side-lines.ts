/** The side meter as ranked lines: if the terminal has too few rows, the least important lines are omitted first. */
import { wrapText } from '../../src/session/columns.ts';
import { usd } from '../../src/session/format.ts';
import type { SessionState } from '../../src/session/state.ts';
import { whatIf } from '../../src/session/what-if.ts';
import { contextLines } from './context.ts';
import { incidentLines, newestIncidentRank } from './incidents.ts';
import { ends, gap, line, type MeterLine } from './line.ts';
import { moneyLines } from './money.ts';
import { nowLines } from './now.ts';
import type { MeterProps } from './props.ts';
import { questionLines } from './questions.ts';
import { newestFirst, requestLine } from './request-line.ts';
import { pictureFrameRows, pictureLines, pictureRows } from './session-picture.ts';
import { streamLines } from './streams.ts';
import { tokenLines } from './tokens.ts';
import { whichKeyLines } from './which-key.ts';
import { whoLines } from './who.ts';

const maxListedRequests = 10;
/** Rows of the footer when it has nothing to say. */
const footerRows = 1;
const maxNoticeRows = 12;
/** Rows that a higher picture leaves to the list of requests. */
const minListRows = 5;

/** The lines of the meter, `width` columns wide: exactly `rows` of them, the last ones at the bottom. */
export function sideLines(props: MeterProps, width: number, rows: number): MeterLine[] {
  const footer = footerLines(props, width).slice(0, Math.max(1, rows - 1));
  const lines = wholeIncident(props, width, rows - footerRows);
  const filler = Array.from({ length: Math.max(0, rows - footerRows - lines.length) }, () => gap);
  // A higher footer covers the last lines for a while, and the others stay where they are.
  return [...[...lines, ...filler].slice(0, rows - footer.length), ...footer];
}

/** If the newest incident has too few rows, it is wrapped again to those that it has. */
function wholeIncident(props: MeterProps, width: number, rows: number): MeterLine[] {
  const rowsOf = (lines: readonly MeterLine[]) =>
    lines.filter(({ rank, target }) => rank === newestIncidentRank && target?.type === 'incidents').length;
  const lines = bodyLines(props, width, rows);
  const shown = rowsOf(lines);
  const needed = rowsOf(incidentLines(props, width));
  return shown === needed || shown === 0 ? lines : bodyLines(props, width, rows, shown);
}

function bodyLines(props: MeterProps, width: number, rows: number, incidentRows?: number): MeterLine[] {
  const { state, now, sessionName } = props;
  const head: MeterLine[] = [
    ...questionLines(props, width).map((text) => line(text, 1, { bold: true, tone: 'bad' })),
    { spans: ends({ text: 'ccp', bold: true, tone: 'accent' }, { text: sessionName, dim: true }, width), rank: 5 },
    ...whoLines(state, width),
    gap,
    ...nowLines(state, now, width),
    ...contextLines(state, width),
  ];
  const tail = [
    ...tokenLines(state, width),
    ...moneyLines(state, now, width),
    ...whatIfLines(state, width),
    ...streamLines(state, width),
    ...incidentLines(props, width, incidentRows),
  ];
  const room = rows - head.length - tail.length;
  const picture = pictureIn(props, width, room);
  return omitLowRanks([...head, ...picture, ...tail, ...listLines(state, width, room - picture.length)], rows);
}

/** The picture of the session, as high as there is room for. */
function pictureIn({ state, turnsBack = 0, theme }: MeterProps, width: number, room: number): MeterLine[] {
  if (state.turns.length === 0) return [];
  const rows = Math.max(pictureRows.min, Math.min(pictureRows.max, room - pictureFrameRows - minListRows));
  return [...pictureLines(state, { width, rows, back: turnsBack, theme }), gap];
}

function listLines(state: SessionState, width: number, room: number): MeterLine[] {
  const listed = newestFirst(state).slice(0, Math.max(0, Math.min(maxListedRequests, room - 1)));
  if (listed.length === 0) return [];
  return [
    line('last requests', 8, { bold: true }, { type: 'requests' }),
    ...listed.map((request) => line(requestLine(request, width), 8, {}, { type: 'request', id: request.id })),
  ];
}

function whatIfLines(state: SessionState, width: number): MeterLine[] {
  const compared = whatIf(state);
  if (compared === undefined) return [];
  const text = `this turn on ${compared.name} would cost ≈ ${usd(compared.microUsd)}`;
  return [...wrapText(text, width, 2).map((row) => line(row, 8, { dim: true })), gap];
}

/** The keys that do something now, a notice, or how to get help. */
function footerLines({ state, awaiting, notice, prefixLabel, hint }: MeterProps, width: number): MeterLine[] {
  if (awaiting) return whichKeyLines(state, prefixLabel, width);
  if (notice !== undefined)
    return wrapText(`› ${notice}`, width, maxNoticeRows).map((row) => line(row, 0, { tone: 'accent' }));
  return [line(hint ?? `${prefixLabel} then ? for help`, 0, { dim: true })];
}

function omitLowRanks(lines: readonly MeterLine[], rows: number): MeterLine[] {
  let shown = [...lines];
  while (shown.length > rows) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    const at = shown.findLastIndex(({ rank }) => rank === worst);
    const { block } = shown[at] ?? gap;
    if (block === undefined) shown.splice(at, 1);
    else shown = shown.filter((one) => one.block !== block);
  }
  return shown;
}
