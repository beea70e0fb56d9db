/** How the streams ended: a strip of verdicts, the last bad one in words, silence, pings and retries. */
import { wrapText } from '../../src/session/columns.ts';
import { duration } from '../../src/session/format.ts';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import { clock, gap, line, type MeterLine, type Span } from './line.ts';
import { currentRequest, verdictSign, verdictTone } from './request-line.ts';

const listedVerdicts = 20;

/** What a verdict other than `complete` means. */
const verdictWords: Readonly<Record<string, string>> = {
  truncated: 'the stream ended before the answer was complete',
  stalled: 'the upstream sent nothing for too long',
  refused: 'the request was not accepted',
  repaired: 'a tool call was repaired',
};

/** Whether the request was sent: a request that ccp rejected has no stream. */
const wasSent = ({ health, verdict }: RequestView): boolean => verdict !== 'refused' || health?.headersMs !== undefined;

/** The state of the running stream, or the verdict of the last one. */
export function verdictText(state: SessionState, now: number): { readonly text: string; readonly bad: boolean } {
  const running = currentRequest(state);
  if (running?.sentAt === undefined && running !== undefined) return { text: 'stream ○ not sent yet', bad: false };
  if (running !== undefined) return { text: `stream ● open, silent ${duration(now - running.lastDataAt)}`, bad: false };
  const last = state.recent.at(-1);
  if (last === undefined) return { text: 'stream ○ no stream yet', bad: false };
  const sign = verdictSign(last);
  return { text: `stream ${sign} ${last.verdict ?? ''}`, bad: sign === '✗' };
}

/** One sign for each of the last streams, the newest last. */
export const verdictStrip = ({ recent }: SessionState, count = listedVerdicts): Span[] =>
  recent
    .filter(wasSent)
    .slice(-count)
    .map((request) => ({ text: verdictSign(request), tone: verdictTone(request) }));

const isBad = (request: RequestView): boolean => wasSent(request) && verdictSign(request) === '✗';

/** When and why the last bad stream of the strip ended so; `undefined` without one. */
export function lastBadText({ recent }: SessionState): string | undefined {
  const bad = recent.filter(wasSent).slice(-listedVerdicts).findLast(isBad);
  if (bad === undefined) return undefined;
  const ended = bad.startedAt + (bad.health?.durationMs ?? 0);
  const verdict = bad.verdict ?? 'truncated';
  return `✗ ${clock(ended)} ${verdict}: ${verdictWords[verdict] ?? verdict}`;
}

export function healthTexts({ totals }: SessionState): string[] {
  const { longestSilenceMs, pings, retries } = totals;
  return [`longest silence ${duration(longestSilenceMs)}`, `pings ${pings} · retries ${retries}`];
}

export function streamLines(state: SessionState, now: number, width: number): MeterLine[] {
  const verdict = verdictText(state, now);
  const strip = verdictStrip(state);
  const bad = lastBadText(state);
  return [
    line(verdict.text, 2, { bold: true, tone: verdict.bad ? 'bad' : undefined }),
    ...(strip.length === 0 ? [] : [{ spans: strip, rank: 6, target: { type: 'requests' } as const }]),
    ...(bad === undefined ? [] : wrapText(bad, width, 3).map((text) => line(text, 5, { tone: 'bad' }))),
    ...healthTexts(state).map((text, index) => line(text, 6 + index)),
    gap,
  ];
}
