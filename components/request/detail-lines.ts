/** The details of one request, as lines. */
import { padRight, wrapText } from '../../src/session/columns.ts';
import { compact, duration, usd } from '../../src/session/format.ts';
import type { RequestView } from '../../src/session/state.ts';
import { line, type MeterLine, type Span, widthOf } from '../meter/line.ts';
import { waterfall, waterfallLegend } from './waterfall.ts';

const nameCols = 9;

/** Local time with seconds. */
export const clockSeconds = (at: number): string => new Date(at).toLocaleTimeString('en-GB');

/** Every fact has as many rows as it needs. @param now epoch milliseconds. */
export function detailLines(request: RequestView, now: number, width: number): MeterLine[] {
  const room = Math.max(8, width - nameCols);
  const scaleMs = request.health?.durationMs ?? now - request.startedAt;
  return [
    ...textLines('request', `${request.id} · ${clockSeconds(request.startedAt)} · ${request.requestClass}`, room),
    ...textLines('route', routeText(request), room, request.isElsewhere ? { tone: 'warn' } : {}),
    { spans: [{ text: padRight('time', nameCols) }, ...waterfall(request, now, room, scaleMs)], rank: 0 },
    ...legendLines(waterfallLegend(request, now), room),
    ...textLines('stream', streamText(request), room),
    ...textLines('tokens', tokensText(request), room),
    ...textLines('cache', request.cacheMiss && `missed: ${request.cacheMiss}`, room, { tone: 'warn' }),
    ...textLines('cost', costText(request), room),
    ...textLines('problem', request.problem, room, { tone: 'bad' }),
  ];
}

function textLines(name: string, text: string | undefined, room: number, style: Omit<Span, 'text'> = {}): MeterLine[] {
  if (text === undefined || text === '') return [];
  return wrapText(text, room, Number.MAX_SAFE_INTEGER).map((row, index) =>
    line(padRight(index === 0 ? name : '', nameCols) + row, 0, style),
  );
}

/** The legend breaks between phases. */
function legendLines(legend: readonly Span[], room: number): MeterLine[] {
  const rows: Span[][] = [[]];
  for (let at = 0; at < legend.length; at += 2) {
    const pair = legend.slice(at, at + 2);
    const last = rows.at(-1) ?? [];
    if (last.length > 0 && widthOf(last) + widthOf(pair) > room)
      rows.push(pair.map(({ text, ...style }, index) => ({ ...style, text: index === 0 ? text.trimStart() : text })));
    else last.push(...pair);
  }
  return rows
    .filter((spans) => spans.length > 0)
    .map((spans) => ({ spans: [{ text: ' '.repeat(nameCols) }, ...spans], rank: 0 }));
}

/** What was asked for, where the request went, and the rule that decided it. */
function routeText({ requestedModel, route, routeReason, isElsewhere }: RequestView): string {
  if (route === undefined) return `${requestedModel} → not decided`;
  const effort = route.effort ? ` effort ${route.effort}` : '';
  return `${requestedModel} → ${isElsewhere ? '↪ ' : ''}${route.upstream}/${route.model}${effort}, because ${routeReason}`;
}

const streamText = ({ health, verdict }: RequestView): string | undefined =>
  health &&
  `${verdict ?? ''} · silent ${duration(health.longestSilenceMs)} · pings ${health.pings} · retries ${health.retries} · ${compact(health.bytes)}B`;

function tokensText({ tokens, measured }: RequestView): string | undefined {
  if (tokens === undefined) return undefined;
  const parts = [
    `uncached ${compact(tokens.inputTokens)}`,
    `cached ${compact(tokens.cacheReadTokens)}`,
    `written ${compact(tokens.cacheWriteTokens)}`,
    `out ${compact(tokens.outputTokens)} (thinking ${compact(tokens.reasoningTokens)})`,
  ];
  return `${measured ? '' : '≈ '}${parts.join(' · ')}`;
}

export function costText({ costKind, costMicroUsd, measured }: RequestView): string | undefined {
  if (costKind === undefined) return undefined;
  if (costKind === 'local') return 'local, free';
  if (costMicroUsd === undefined) return 'price unknown';
  return costKind === 'plan' ? `plan, ≈ ${usd(costMicroUsd)} by API` : `${measured ? '' : '≈ '}${usd(costMicroUsd)}`;
}
