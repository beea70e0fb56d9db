/** The texts of the meter, as pure functions of the session's state. */

import { answeringRoute } from '../../src/session/answering-route.ts';
import { columnsOf, padRight, truncate } from '../../src/session/columns.ts';
import { compact, contextSize, duration, estimateSign } from '../../src/session/format.ts';
import type { RequestView, SessionState, TokenCounts } from '../../src/session/state.ts';
import type { MeterLayout, ModelChoice } from '../../src/session/ui.ts';
import type { Theme } from '../theme.ts';

export interface MeterProps {
  readonly state: SessionState;
  readonly sessionName: string;
  /** The models that can be switched to. */
  readonly choices: readonly ModelChoice[];
  readonly prefixLabel: string;
  readonly layout: MeterLayout;
  readonly cols: number;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly notice: string | undefined;
  /** The prefix key was pressed and the next key is expected. */
  readonly awaiting: boolean;
  /** Shown instead of the prefix key if there is none. */
  readonly hint?: string;
  readonly theme: Theme;
}

export const inputTotal = (tokens: {
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}): number => tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;

/** The request the user is waiting for: a main turn, otherwise the oldest running request. */
export const currentRequest = (state: SessionState): RequestView | undefined =>
  state.running.find((request) => request.requestClass === 'turn') ?? state.running[0];

export const newestMain = (state: SessionState): RequestView | undefined =>
  state.recent.findLast((request) => request.requestClass === 'turn') ?? state.recent.at(-1);

export interface NowText {
  readonly sign: string;
  readonly words: string;
  readonly detail: string;
}

const signs = { waiting: '◌', thinking: '◔', streaming: '●', tool: '◆', done: '○' } as const;
const words = {
  waiting: 'waiting',
  thinking: 'thinking',
  streaming: 'streaming',
  tool: 'tool call',
  done: 'done',
} as const;

export function nowText(state: SessionState, now: number): NowText {
  const request = currentRequest(state);
  if (request === undefined)
    return resendText(state, now) ?? { sign: '○', words: 'idle', detail: lastTiming(newestMain(state)) };
  const elapsed = duration(now - request.startedAt);
  const tool = request.phase === 'tool' && request.tool !== undefined ? ` ${request.tool}` : '';
  const more = state.running.length > 1 ? ` (+${state.running.length - 1})` : '';
  return {
    sign: signs[request.phase],
    words: `${words[request.phase]}${tool} ${elapsed}${more}`,
    detail: liveDetail(request, state, now),
  };
}

/** The client's own wait before it sends a failed request again grows to half a minute. */
const resendWithinMs = 60_000;

/** While Claude Code waits before it sends the failed request again by itself. */
function resendText({ recent }: SessionState, now: number): NowText | undefined {
  const last = recent.at(-1);
  if (last?.resend === undefined || now - endOf(last) > resendWithinMs) return undefined;
  const { attempts, maximum } = last.resend;
  const count = attempts === 0 ? '' : ` (${attempts} of ${maximum})`;
  return { sign: '↻', words: `retrying${count}`, detail: last.problem ?? '' };
}

const endOf = ({ startedAt, health }: RequestView): number => startedAt + (health?.durationMs ?? 0);

/** Tokens are an estimate until the upstream returns its count. */
function liveDetail(request: RequestView, state: SessionState, now: number): string {
  if (request.sentAt === undefined) return waitingIn(request, state);
  const silent = `silent ${duration(now - request.lastDataAt)}`;
  if (request.firstTokenMs === undefined) return `no token yet · ${silent}`;
  const seconds = (now - request.sentAt - request.firstTokenMs) / 1000;
  const rate = seconds > minRateSec ? ` · ≈${Math.round(request.chars / charsPerToken / seconds)} tok/s` : '';
  return `first token ${duration(request.firstTokenMs)}${rate}`;
}

/** Why a request is not sent: that is not the upstream's silence. */
function waitingIn({ retries, held }: RequestView, { spending }: SessionState): string {
  if (held === 'limit') return 'held at the limit, not sent';
  if (held === 'fan-out') return 'held, too many requests at once';
  if (spending?.asking !== undefined) return 'held by the budget, not sent';
  return retries > 0 ? 'waits before it is sent again' : 'not sent yet';
}

const lastTiming = (request: RequestView | undefined): string => {
  if (request?.health === undefined) return 'no request yet';
  const { firstTokenMs, health, tokens, measured } = request;
  if (firstTokenMs === undefined) return `last ${duration(health.durationMs)}`;
  const seconds = (health.durationMs - (health.sentMs ?? 0) - firstTokenMs) / 1000;
  const rate =
    tokens && seconds > minRateSec ? ` · ${measured ? '' : '≈'}${Math.round(tokens.outputTokens / seconds)} tok/s` : '';
  return `first token ${duration(firstTokenMs)} · total ${duration(health.durationMs)}${rate}`;
};

export const verdictSign = (request: RequestView): string => {
  if (request.phase !== 'done') return request.held === undefined ? '●' : '◌';
  if (request.verdict === 'complete') return '✓';
  if (request.verdict === 'repaired') return '~';
  if (request.verdict === 'cancelled') return '–';
  return '✗';
};

export const shortClass: Readonly<Record<string, string>> = {
  subagent: 'agent',
  compaction: 'compact',
  websearch: 'search',
  webfetch: 'fetch',
  classifier: 'classify',
  auxiliary: 'aux',
  side_reply: 'side',
};

/** The newest ended requests, then the running ones. */
export const listedRequests = (state: SessionState, count: number): RequestView[] =>
  count > 0 ? [...state.recent, ...state.running].slice(-count) : [];

/** One line of the request list, `width` columns wide. */
export function requestLine(request: RequestView, width: number): string {
  const name = (shortClass[request.requestClass] ?? request.requestClass).padEnd(8);
  const tokens = request.tokens;
  const numbers = tokens
    ? `${request.measured ? '' : '≈'}${compact(inputTotal(tokens))}→${compact(tokens.outputTokens)}`
    : `${request.verdict ?? ''}${request.chars > 0 ? ` ${estimatedOutput(request)}` : ''}`;
  const time = request.health ? duration(request.health.durationMs) : '…';
  const left = `${verdictSign(request)} ${name} ${numbers}`;
  const room = Math.max(0, width - time.length);
  return padRight(truncate(padRight(left, columnsOf(left) + 1), room), room) + time;
}

export function contextText(state: SessionState): { readonly text: string; readonly share: number } {
  const window = answeringRoute(state)?.contextWindow ?? 0;
  const share = window === 0 ? 0 : Math.min(1, state.contextTokens / window);
  const turn = state.recent.findLast(({ requestClass, tokens }) => requestClass === 'turn' && tokens !== undefined);
  const sign = turn?.measured === false ? '≈' : '';
  if (!state.isContextKnown) return { text: `${contextSize(state)}, of ${compact(window)}`, share: 0 };
  return { text: `${sign}${compact(state.contextTokens)} of ${compact(window)} (${Math.round(share * 100)} %)`, share };
}

/** The model that answers the conversation. */
export const answeringName = (state: SessionState): string => {
  const route = answeringRoute(state);
  return route ? `${route.upstream}/${route.model}` : '–';
};

export function healthLines(state: SessionState): string[] {
  const { longestSilenceMs, pings, retries } = state.totals;
  return [`longest silence ${duration(longestSilenceMs)}`, `pings ${pings} · retries ${retries}`];
}

export const keysHint = ({
  awaiting,
  prefixLabel,
  hint,
}: Pick<MeterProps, 'awaiting' | 'prefixLabel' | 'hint'>): string =>
  awaiting ? '? help · s switch · q quit' : (hint ?? `${prefixLabel} then ? for help`);

const charsPerToken = 4;
/** A token rate is shown only if the stream takes longer than this. */
const minRateSec = 0.5;

const estimatedOutput = (request: RequestView | undefined): string =>
  request === undefined ? '–' : `≈${compact(Math.round(request.chars / charsPerToken))}`;

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

export const sessionTokens = (state: SessionState): string => {
  const { tokens } = state.totals;
  return `in ${estimateSign(state)}${compact(inputTotal(tokens))} cached ${compact(tokens.cacheReadTokens)} out ${compact(tokens.outputTokens)}`;
};

/** Rows of the token table: name, value of the request, value of the session. */
export function tokenRows(state: SessionState): [string, string, string][] {
  const request = currentRequest(state) ?? newestMain(state);
  const { tokens } = state.totals;
  const counts = request?.tokens;
  // The upstream returns its count at the end; until then the input is unknown and the output an estimate.
  const unknown = request === undefined ? '–' : request.phase === 'done' ? '?' : '…';
  // Without a count from the upstream, the value is an estimate.
  const requestCell = (pick: (of: TokenCounts) => number) =>
    counts ? `${request?.measured === false ? '≈' : ''}${compact(pick(counts))}` : unknown;
  const sessionCell = (count: number) => `${state.totals.estimated > 0 ? '≈' : ''}${compact(count)}`;
  const row = (name: string, pick: (of: TokenCounts) => number): [string, string, string] => [
    name,
    requestCell(pick),
    sessionCell(pick(tokens)),
  ];
  return [
    row('uncached', (of) => of.inputTokens),
    row('cached', (of) => of.cacheReadTokens),
    row('written', (of) => of.cacheWriteTokens),
    ['out', counts ? requestCell((of) => of.outputTokens) : estimatedOutput(request), sessionCell(tokens.outputTokens)],
    row('thinking', (of) => of.reasoningTokens),
  ];
}

/** The problem of the last request; `undefined` while a request is running. */
export const newestProblem = (state: SessionState): string | undefined =>
  state.running.length > 0 ? undefined : state.recent.at(-1)?.problem;
