/** The details of one request, as text. */
import { compact, duration, usd } from '../../src/session/format.ts';
import type { RequestView } from '../../src/session/state.ts';
import { requestLine } from '../meter/rows.ts';

const clock = (at: number): string => new Date(at).toLocaleTimeString('en-GB');

/** One row of the list: start time, class, tokens and duration. */
export const listLine = (request: RequestView, width: number): string => {
  const time = `${clock(request.startedAt)} `;
  return time + requestLine(request, Math.max(0, width - time.length));
};

export function detailLines(request: RequestView): [string, string][] {
  const { route, health, tokens } = request;
  const lines: [string, string | undefined][] = [
    ['id', request.id],
    ['request', `${request.requestedModel} as ${request.requestClass}`],
    [
      'route',
      route &&
        `${route.upstream}/${route.model}${route.effort ? ` effort ${route.effort}` : ''} (${request.routeReason})`,
    ],
    ['times', timesOf(request)],
    [
      'stream',
      health &&
        `${request.verdict ?? ''} · silent ${duration(health.longestSilenceMs)} · pings ${health.pings} · retries ${health.retries} · ${compact(health.bytes)}B`,
    ],
    [
      'tokens',
      tokens &&
        `${request.measured ? '' : '≈ '}in ${compact(tokens.inputTokens)} · cache read ${compact(tokens.cacheReadTokens)} · cache write ${compact(tokens.cacheWriteTokens)} · out ${compact(tokens.outputTokens)} (reasoning ${compact(tokens.reasoningTokens)})`,
    ],
    ['cost', costOf(request)],
    ['problem', request.problem],
  ];
  return lines.flatMap(([name, text]): [string, string][] => (text === undefined ? [] : [[name, text]]));
}

function timesOf({ health, firstTokenMs, startedAt }: RequestView): string {
  const milestones: [string, number | undefined][] = [
    ['sent', health?.sentMs],
    ['headers', plus(health?.sentMs, health?.headersMs)],
    ['first token', plus(health?.sentMs, firstTokenMs ?? health?.firstTokenMs)],
    ['end', health?.durationMs],
  ];
  const parts = milestones.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} +${duration(ms)}`]));
  return [clock(startedAt), ...parts].join(' → ');
}

/** Times since the request was sent, as times since it arrived. */
const plus = (sentMs: number | undefined, ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : (sentMs ?? 0) + ms;

function costOf({ costKind, costMicroUsd, measured }: RequestView): string | undefined {
  if (costKind === undefined) return undefined;
  if (costKind === 'local') return 'local, free';
  if (costMicroUsd === undefined) return 'unknown';
  return costKind === 'plan' ? `plan, ≈ ${usd(costMicroUsd)} by API` : `${measured ? '' : '≈ '}${usd(costMicroUsd)}`;
}
