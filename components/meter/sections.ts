/** The side meter as ranked lines: if the terminal has too few rows, the least important lines are omitted first. */

import { answeringRoute } from '../../src/session/answering-route.ts';
import { columnsOf, padLeft, padRight, wrapText } from '../../src/session/columns.ts';
import { usd } from '../../src/session/format.ts';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import { whatIf } from '../../src/session/what-if.ts';
import { bar, type MeterLine, separator } from './line.ts';
import { budgetLines, costLines, quotaLines } from './money.ts';
import { questionLines } from './questions.ts';
import {
  contextText,
  healthLines,
  inputTotal,
  listedRequests,
  type MeterProps,
  nowText,
  requestLine,
  shortClass,
  tokenRows,
  verdictSign,
  verdictText,
} from './rows.ts';

export interface PlacedLine extends MeterLine {
  readonly row: number;
}

const gap: MeterLine = { text: '', rank: 9 };
const maxListedRequests = 10;
const listedVerdicts = 20;
const shownIncidents = 2;
const incidentRows = 3;
/** The context bar is a warning above this share of the compaction threshold. */
const fullContext = 0.85;

/** The lines of the meter, `width` columns wide, at most `rows` of them. */
export function meterLines(props: MeterProps, width: number, rows: number): PlacedLine[] {
  const above = [
    ...questionLines(props, width).map((text): MeterLine => ({ text, bold: true, tone: 'bad', rank: 1 })),
    ...routeLines(props, width),
    gap,
    ...nowLines(props, width),
    gap,
    ...contextLines(props, width),
    gap,
    ...tokenLines(props, width),
    gap,
    ...moneyLines(props, width),
    gap,
    ...streamLines(props),
    ...noticeLines(props, width),
  ];
  const room = rows - above.length - 2;
  const listed = Math.max(0, Math.min(maxListedRequests, room));
  const list = listedRequests(props.state, listed).map(
    (request): MeterLine => ({ text: requestLine(request, width), rank: 8 }),
  );
  const lines = list.length > 0 ? [...above, gap, { text: 'last requests', bold: true, rank: 8 }, ...list] : above;
  return omitLowRanks(lines, rows).map((line, row) => ({ ...line, row }));
}

function omitLowRanks(lines: readonly MeterLine[], rows: number): MeterLine[] {
  const shown = [...lines];
  while (shown.length > rows) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    shown.splice(
      shown.findLastIndex(({ rank }) => rank === worst),
      1,
    );
  }
  return shown;
}

function routeLines({ state, sessionName }: MeterProps, width: number): MeterLine[] {
  const lines: MeterLine[] = [
    {
      text: padRight('ccp', Math.max(4, width - columnsOf(sessionName))) + sessionName,
      bold: true,
      tone: 'accent',
      rank: 5,
    },
  ];
  for (const { routeClass, upstream, model, effort } of state.routes) {
    const name = shortClass[routeClass] ?? routeClass;
    const main = routeClass === 'main';
    lines.push({
      text: `${name} ${upstream}/${model}${effort === undefined ? '' : ` · ${effort}`}${sinceText(state, routeClass)}`,
      dim: !main,
      rank: main ? 1 : routeClass === 'fast' ? 6 : 7,
    });
    const substitute = Object.entries(state.substitutes).find(([name]) => name === `${upstream}/${model}`)?.[1];
    if (substitute !== undefined)
      lines.push(
        ...wrapText(`at its limit: ${substitute} answers for it`, width, 2).map(
          (text): MeterLine => ({ text, tone: 'warn', rank: 2 }),
        ),
      );
    else if (main) lines.push(...reasonLines(state));
  }
  if (state.compactionRoute !== undefined)
    lines.push({ text: `compacts on ${state.compactionRoute} first`, tone: 'warn', rank: 3 });
  return lines;
}

/** When a route was last switched. */
function sinceText({ switches }: SessionState, routeClass: string): string {
  const last = switches.findLast((one) => one.routeClass === routeClass);
  return last === undefined ? '' : ` · since ${new Date(last.at).toLocaleTimeString('en-GB').slice(0, 5)}`;
}

/** Why the newest turn did not go to the main route. */
function reasonLines(state: SessionState): MeterLine[] {
  const route = answeringRoute(state);
  if (route === undefined || state.routes.includes(route)) return [];
  const turn = [...state.recent, ...state.running].findLast((request) => request.route === route);
  return [{ text: `turn ${route.upstream}/${route.model}: ${turn?.routeReason ?? ''}`, tone: 'warn', rank: 3 }];
}

function nowLines({ state, now }: MeterProps, width: number): MeterLine[] {
  const current = nowText(state, now);
  return [
    {
      text: `${current.sign} ${current.words}`,
      bold: true,
      tone: state.running.length > 0 ? 'good' : undefined,
      rank: 1,
    },
    ...splitAtSeparator(current.detail, width).map((text, index): MeterLine => ({ text, rank: 4 + 3 * index })),
  ];
}

/** One line, or two if it is too wide: the last fact then moves to the second line. */
function splitAtSeparator(text: string, width: number): string[] {
  const at = text.lastIndexOf(separator);
  return columnsOf(text) <= width || at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function contextLines({ state }: MeterProps, width: number): MeterLine[] {
  const { text, share } = contextText(state);
  const window = answeringRoute(state)?.contextWindow ?? 0;
  const mark = state.compactAt === undefined || window === 0 ? undefined : state.compactAt / state.usageScale / window;
  return [
    { text: `context ${text}`, bold: true, rank: 2 },
    {
      text: markThreshold(bar(share, width), mark),
      tone: share > (mark ?? fullContext) * fullContext ? 'warn' : 'accent',
      rank: 5,
    },
    ...(state.usageScale === 1
      ? []
      : [{ text: `Claude Code is told ×${state.usageScale.toFixed(1)}, to compact in time`, dim: true, rank: 6 }]),
  ];
}

/** Marks the point in the bar at which Claude Code compacts automatically. */
function markThreshold(line: string, share: number | undefined): string {
  if (share === undefined || share >= 1) return line;
  const at = Math.round(share * line.length);
  return `${line.slice(0, at)}┊${line.slice(at + 1)}`;
}

function tokenLines({ state }: MeterProps, width: number): MeterLine[] {
  const cell = Math.max(7, Math.floor((width - 9) / 2));
  const row = ([name, one, sum]: readonly [string, string, string], rank: number, bold = false): MeterLine => ({
    text: padRight(name, 9) + padLeft(one, cell) + padLeft(sum, cell),
    bold,
    rank,
  });
  const ranks: Readonly<Record<string, number>> = { uncached: 3, cached: 3, written: 6, out: 2, thinking: 6 };
  return [
    row(['tokens', 'request', 'session'], 4, true),
    ...tokenRows(state).map((line) => row(line, ranks[line[0]] ?? 6)),
    ...hitRateLines(state, width),
  ];
}

const ticks = '▁▂▃▄▅▆▇█';
const shownTurns = 16;

/** The cached share of the session, and of each of the last turns. */
function hitRateLines(state: SessionState, width: number): MeterLine[] {
  const turns = state.recent.flatMap(({ requestClass, tokens }) => (requestClass === 'turn' && tokens ? [tokens] : []));
  const total = inputTotal(state.totals.tokens);
  if (total === 0) return [];
  const share = Math.round((state.totals.tokens.cacheReadTokens / total) * 100);
  const head = `hit rate ${share} % `;
  const line = turns
    .slice(-Math.min(shownTurns, Math.max(0, width - head.length)))
    .map((tokens) => ticks[Math.round((tokens.cacheReadTokens / Math.max(1, inputTotal(tokens))) * 7)])
    .join('');
  return [{ text: head + line, rank: 5 }];
}

function moneyLines(props: MeterProps, width: number): MeterLine[] {
  const { state, now } = props;
  const compared = whatIf(state);
  return [
    ...costLines(state).map((line, index): MeterLine => ({ ...line, rank: index === 0 ? 2 : 4 })),
    ...quotaLines(state, now, width).map((line): MeterLine => ({ ...line, rank: 3 })),
    ...budgetLines(state, now, width).map((line): MeterLine => ({ ...line, rank: 3 })),
    ...(compared === undefined
      ? []
      : wrapText(`this turn on ${compared.name} would cost ≈ ${usd(compared.microUsd)}`, width, 2).map(
          (text): MeterLine => ({ text, dim: true, rank: 7 }),
        )),
  ];
}

/** Whether the request was sent: a request that ccp rejected has no stream. */
const wasSent = ({ health, verdict }: RequestView): boolean => verdict !== 'refused' || health?.headersMs !== undefined;

function streamLines({ state, now }: MeterProps): MeterLine[] {
  const verdict = verdictText(state, now);
  const signs = state.recent.filter(wasSent).slice(-listedVerdicts).map(verdictSign).join('');
  return [
    { text: verdict.text, bold: true, tone: verdict.bad ? 'bad' : undefined, rank: 2 },
    ...(signs === '' ? [] : [{ text: signs, tone: signs.includes('✗') ? ('warn' as const) : undefined, rank: 6 }]),
    ...healthLines(state).map((text, index): MeterLine => ({ text, rank: 5 + index })),
  ];
}

/** The notice, or the newest incidents, wrapped to as many rows as they need. */
function noticeLines({ state, notice }: MeterProps, width: number): MeterLine[] {
  if (notice !== undefined)
    return wrapText(`› ${notice}`, width, 4).map((text): MeterLine => ({ text, tone: 'accent', rank: 1 }));
  return state.incidents.slice(-shownIncidents).flatMap(({ at, message }, index, shown) => {
    const newest = index === shown.length - 1;
    return wrapText(`! ${clock(at)} ${message}`, width, newest ? incidentRows + 1 : incidentRows).map(
      (text): MeterLine => ({ text, tone: newest ? 'warn' : undefined, dim: !newest, rank: newest ? 2 : 7 }),
    );
  });
}

const clock = (at: number): string => {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
};
