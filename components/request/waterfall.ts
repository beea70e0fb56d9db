/** Where the time of a request went: one bar of its phases. */
import { duration } from '../../src/session/format.ts';
import type { RequestView } from '../../src/session/state.ts';
import { type Span, widthOf } from '../meter/line.ts';
import type { Tone } from '../theme.ts';

export interface RequestPhase {
  readonly name: 'waited' | 'headers' | 'first token' | 'text' | 'tools';
  /** Milliseconds since the request arrived. */
  readonly until: number;
}

/** Phases differ by their glyph, so that colours are optional. */
const looks: Readonly<Record<RequestPhase['name'], { readonly glyph: string; readonly tone: Tone | undefined }>> = {
  waited: { glyph: '·', tone: undefined },
  headers: { glyph: '░', tone: 'accent' },
  'first token': { glyph: '▒', tone: 'warn' },
  text: { glyph: '█', tone: 'good' },
  tools: { glyph: '▓', tone: 'newest' },
};

/** The phases that a request went through, without those that took no time. @param now epoch milliseconds. */
export function phasesOf(request: RequestView, now: number): RequestPhase[] {
  const { health, startedAt, sentAt, headersMs, firstTokenMs, toolMs } = request;
  const end = health?.durationMs ?? now - startedAt;
  const sent = health?.sentMs ?? (sentAt === undefined ? end : sentAt - startedAt);
  const since = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : sent + ms);
  const first = since(firstTokenMs ?? health?.firstTokenMs);
  const headers = since(headersMs ?? health?.headersMs) ?? first;
  const ends: [RequestPhase['name'], number | undefined][] = [
    ['waited', sent],
    ['headers', headers ?? end],
    ['first token', first ?? end],
    ['text', since(toolMs) ?? end],
    ['tools', end],
  ];
  let from = 0;
  return ends.flatMap(([name, at]) => {
    const until = Math.min(end, at ?? end);
    if (until <= from) return [];
    from = until;
    return [{ name, until }];
  });
}

/** @param scaleMs duration that fills the width. */
export function waterfall(request: RequestView, now: number, width: number, scaleMs: number): Span[] {
  const spans: Span[] = [];
  for (const { name, until } of phasesOf(request, now)) {
    const cells = Math.round((until / Math.max(1, scaleMs)) * width) - widthOf(spans);
    if (cells > 0) spans.push({ text: looks[name].glyph.repeat(cells), tone: looks[name].tone });
  }
  return spans.length === 0 ? [{ text: '▏' }] : spans;
}

/** Each phase with its glyph and its length. */
export function waterfallLegend(request: RequestView, now: number): Span[] {
  let from = 0;
  return phasesOf(request, now).flatMap(({ name, until }, index): Span[] => {
    const ms = until - from;
    from = until;
    const { glyph, tone } = looks[name];
    return [{ text: `${index === 0 ? '' : '  '}${glyph}`, tone }, { text: ` ${name} ${duration(ms)}` }];
  });
}
