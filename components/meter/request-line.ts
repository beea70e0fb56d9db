/** The texts of one request. */
import { columnsOf, padRight, truncate } from '../../src/session/columns.ts';
import { compact, duration } from '../../src/session/format.ts';
import type { RequestView, SessionState, TokenCounts } from '../../src/session/state.ts';
import type { Tone } from '../theme.ts';

export const inputTotal = (tokens: TokenCounts): number =>
  tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;

/** The request the user is waiting for: a main turn, otherwise the oldest running request. */
export const currentRequest = (state: SessionState): RequestView | undefined =>
  state.running.find((request) => request.requestClass === 'turn') ?? state.running[0];

export const newestMain = (state: SessionState): RequestView | undefined =>
  state.recent.findLast((request) => request.requestClass === 'turn') ?? state.recent.at(-1);

/** All requests that are listed, the newest first. */
export const newestFirst = ({ recent, running }: Pick<SessionState, 'recent' | 'running'>): RequestView[] =>
  [...recent, ...running].reverse();

export function verdictSign(request: RequestView): string {
  if (request.phase !== 'done') return request.held === undefined ? '●' : '◌';
  if (request.verdict === 'complete') return '✓';
  if (request.verdict === 'repaired') return '~';
  if (request.verdict === 'cancelled') return '–';
  return '✗';
}

const signTones: Readonly<Record<string, Tone>> = { '✗': 'bad', '~': 'warn', '●': 'good' };

export const verdictTone = (request: RequestView): Tone | undefined => signTones[verdictSign(request)];

export const shortClass: Readonly<Record<string, string>> = {
  subagent: 'agent',
  compaction: 'compact',
  websearch: 'search',
  webfetch: 'fetch',
  classifier: 'classify',
  auxiliary: 'aux',
  side_reply: 'side',
};

export const classLabel = (name: string): string => shortClass[name] ?? name;

const charsPerToken = 4;

export const estimatedTokens = (chars: number): number => Math.round(chars / charsPerToken);

/** Input → output tokens, or the verdict of a request without a count. */
function numbersOf({ tokens, measured, verdict, chars }: RequestView): string {
  const sign = measured ? '' : '≈';
  if (tokens) return `${sign}${compact(inputTotal(tokens))}→${sign}${compact(tokens.outputTokens)}`;
  return `${verdict ?? ''}${chars > 0 ? ` ≈${compact(estimatedTokens(chars))}` : ''}`.trim();
}

/** One line of a list of requests, `width` columns wide. `↪`: answered by another model than that of its route. */
export function requestLine(request: RequestView, width: number): string {
  const name = classLabel(request.requestClass).padEnd(8);
  const time = request.health ? duration(request.health.durationMs) : '…';
  const left = `${verdictSign(request)} ${name}${request.isElsewhere ? '↪' : ' '}${numbersOf(request)}`;
  const room = Math.max(0, width - time.length);
  return padRight(truncate(padRight(left, columnsOf(left) + 1), room), room) + time;
}
