/** How the streams ended: a strip of verdicts, the last bad one in words, silence, pings and retries. */
import { wrapText } from '../../src/session/columns.ts';
import { duration } from '../../src/session/format.ts';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import { clock, gap, line, type MeterLine, type Span } from './line.ts';
import { verdictSign, verdictTone } from './request-line.ts';

const listedVerdicts = 20;
/** The error of a refused request has an id at its end. */
const maxBadRows = 6;
/** Columns of the longest verdict, and the space before it. */
const verdictCols = 10;
export const streamsLabel = 'streams ';

/** What a verdict means. A request that was refused has an error, unless the model refused to answer. */
const verdictWords: Readonly<Record<string, string>> = {
  truncated: 'the stream ended before the answer was complete',
  stalled: 'the upstream sent nothing for too long',
  repaired: 'a tool call was repaired',
};

/** Whether the request was sent: a request that ccp rejected has no stream. */
const wasSent = ({ health, verdict }: RequestView): boolean => verdict !== 'refused' || health?.headersMs !== undefined;

/** One sign for each of the last streams, the newest last, and its verdict as a word. */
export function verdictStrip({ recent }: SessionState, count: number): Span[] {
  const sent = recent.filter(wasSent).slice(-count);
  const last = sent.at(-1);
  if (last === undefined) return [{ text: 'none yet' }];
  return [
    ...sent.map((request) => ({ text: verdictSign(request), tone: verdictTone(request) })),
    { text: ` ${last.verdict ?? ''}`, tone: verdictTone(last) },
  ];
}

const isBad = (request: RequestView): boolean => wasSent(request) && verdictSign(request) === '✗';

/** When and why the last bad stream of the strip ended so; `undefined` without one. */
export function lastBadText({ recent }: SessionState): string | undefined {
  const bad = recent.filter(wasSent).slice(-listedVerdicts).findLast(isBad);
  if (bad === undefined) return undefined;
  const ended = bad.startedAt + (bad.health?.durationMs ?? 0);
  const verdict = bad.verdict ?? 'truncated';
  return `✗ ${clock(ended)} ${verdict}: ${verdictWords[verdict] ?? bad.problem ?? 'the model refused to answer'}`;
}

export function healthTexts({ totals }: SessionState): string[] {
  const { longestSilenceMs, pings, retries } = totals;
  return [`longest silence ${duration(longestSilenceMs)}`, `pings ${pings} · retries ${retries}`];
}

export function streamLines(state: SessionState, width: number): MeterLine[] {
  const strip = verdictStrip(state, Math.min(listedVerdicts, width - streamsLabel.length - verdictCols));
  const bad = lastBadText(state);
  return [
    {
      spans: [{ text: streamsLabel, bold: true }, ...strip],
      rank: 2,
      target: { type: 'requests' },
    },
    ...(bad === undefined ? [] : wrapText(bad, width, maxBadRows).map((text) => line(text, 5, { tone: 'bad' }))),
    ...healthTexts(state).map((text, index) => line(text, 6 + index)),
    gap,
  ];
}
