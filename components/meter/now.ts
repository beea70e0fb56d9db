/** What happens now: the state of the request that the user waits for, its speed as a picture, its times. */
import { sparkline } from '../../src/session/bars.ts';
import { columnsOf } from '../../src/session/columns.ts';
import { duration } from '../../src/session/format.ts';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import { ratesUpTo } from '../../src/session/stream-rates.ts';
import { ends, gap, line, type MeterLine, separator } from './line.ts';
import { currentRequest, estimatedTokens, newestMain } from './request-line.ts';

export interface NowText {
  readonly sign: string;
  readonly words: string;
  /** How long the state lasts; empty when nothing runs. */
  readonly elapsed: string;
  readonly detail: string;
  /** ccp holds the request back. */
  readonly isHeld: boolean;
}

/** Not sent yet: ccp holds the request back. */
const heldSign = '■';
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
    return (
      resendText(state, now) ?? {
        sign: '○',
        words: 'idle',
        elapsed: '',
        detail: lastTiming(newestMain(state)),
        isHeld: false,
      }
    );
  const elapsed = duration(now - request.startedAt);
  const held = heldText(request, state);
  const tool = request.phase === 'tool' && request.tool !== undefined ? ` ${request.tool}` : '';
  const more = state.running.length > 1 ? ` (+${state.running.length - 1})` : '';
  return {
    sign: held === undefined ? signs[request.phase] : heldSign,
    words: `${held === undefined ? words[request.phase] : held.words}${tool}${more}`,
    elapsed,
    detail: held?.detail ?? liveDetail(request, now),
    isHeld: held !== undefined,
  };
}

/** Claude Code's own waits: they double from half a second to half a minute, and up to a quarter is added. */
const resendWaitMs = { first: 500, longest: 32_000, factor: 1.25 } as const;
/** A request that has not arrived this much later will not come: the user cancelled it. */
const resendGraceMs = 3_000;

/** When Claude Code has sent the last request again, if it does; epoch milliseconds. */
function resendEnd(last: RequestView, failures: number): number {
  const { first, longest, factor } = resendWaitMs;
  const own = Math.min(longest, first * 2 ** (failures - 1)) * factor;
  return endOf(last) + Math.max(own, last.resend?.retryAfterMs ?? 0) + resendGraceMs;
}

/** While Claude Code waits before it sends the failed request again by itself. */
function resendText({ recent }: SessionState, now: number): NowText | undefined {
  const last = recent.at(-1);
  const failures = recent.length - 1 - recent.findLastIndex(({ resend }) => resend === undefined);
  if (last?.resend === undefined || now > resendEnd(last, failures)) return undefined;
  const { attempts, maximum } = last.resend;
  const count = attempts === 0 ? '' : ` (${attempts} of ${maximum})`;
  return {
    sign: '↻',
    words: `retrying${count}`,
    elapsed: '',
    detail: 'Claude Code sends it again by itself',
    isHeld: false,
  };
}

/** Whether the meter changes with the time, although no request is running. */
export const isResending = (state: SessionState, now: number): boolean =>
  state.running.length === 0 && resendText(state, now) !== undefined;

const endOf = ({ startedAt, health }: RequestView): number => startedAt + (health?.durationMs ?? 0);

/** Why a request is not sent: that is not the upstream's slowness. */
function heldText(
  { sentAt, held, retries }: RequestView,
  { spending }: SessionState,
): { readonly words: string; readonly detail: string } | undefined {
  if (sentAt !== undefined) return undefined;
  if (held === 'limit') return { words: 'held', detail: 'held at the limit, not sent' };
  if (held === 'fan-out') return { words: 'queued', detail: 'held, too many requests at once' };
  if (spending?.asking !== undefined) return { words: 'held', detail: 'held by the budget, not sent' };
  return retries > 0 ? { words: 'retrying', detail: 'waits before it is sent again' } : undefined;
}

/** A token rate is shown only if the stream takes longer than this. */
const minRateSec = 0.5;

function liveDetail({ sentAt, lastDataAt, firstTokenMs }: RequestView, now: number): string {
  if (sentAt === undefined) return 'not sent yet';
  const silent = `silent ${duration(now - lastDataAt)}`;
  return firstTokenMs === undefined ? `no token yet · ${silent}` : `first token ${duration(firstTokenMs)} · ${silent}`;
}

/** Tokens are an estimate until the upstream returns its count. */
export function rateText(state: SessionState, now: number): string {
  const request = currentRequest(state);
  if (request !== undefined) {
    const { sentAt, firstTokenMs, chars } = request;
    if (sentAt === undefined || firstTokenMs === undefined) return '';
    const seconds = (now - sentAt - firstTokenMs) / 1000;
    return seconds > minRateSec ? `≈${Math.round(estimatedTokens(chars) / seconds)} tok/s` : '';
  }
  const last = newestMain(state);
  if (last?.health === undefined || last.firstTokenMs === undefined || last.tokens === undefined) return '';
  const seconds = (last.health.durationMs - (last.health.sentMs ?? 0) - last.firstTokenMs) / 1000;
  return seconds > minRateSec
    ? `${last.measured ? '' : '≈'}${Math.round(last.tokens.outputTokens / seconds)} tok/s`
    : '';
}

const lastTiming = (request: RequestView | undefined): string => {
  if (request?.health === undefined) return 'no request yet';
  const { firstTokenMs, health } = request;
  if (firstTokenMs === undefined) return `last ${duration(health.durationMs)}`;
  return `first token ${duration(firstTokenMs)} · total ${duration(health.durationMs)}`;
};

/** The stream's speed in each of the last seconds, one glyph a second: `·` is silence. Empty without a stream. */
export function streamPicture(state: SessionState, now: number, width: number): string {
  const request = currentRequest(state) ?? newestMain(state);
  if (request === undefined || width < 1) return '';
  const { rates, sentAt, firstTokenMs, health } = request;
  if (sentAt === undefined || rates.chars.length === 0 || firstTokenMs === undefined) return '';
  // The second that has just begun says nothing yet.
  const end = health === undefined ? Math.floor((now - sentAt) / 1000) - 1 : rates.from + rates.chars.length - 1;
  const from = Math.floor(firstTokenMs / 1000);
  return sparkline(ratesUpTo(rates, end, Math.min(width, end - from + 1)));
}

export function nowLines(state: SessionState, now: number, width: number): MeterLine[] {
  const { sign, words: text, elapsed, detail, isHeld } = nowText(state, now);
  const isRunning = state.running.length > 0;
  const rate = rateText(state, now);
  const picture = streamPicture(state, now, width - columnsOf(rate) - 1);
  return [
    {
      spans: ends(
        { text: `${sign} ${text}`, bold: true, tone: isRunning ? (isHeld ? 'warn' : 'good') : undefined },
        { text: elapsed },
        width,
      ),
      rank: 1,
    },
    ...(picture === '' && rate === ''
      ? []
      : [
          {
            spans: ends({ text: picture, tone: 'output', dim: !isRunning }, { text: rate }, width),
            rank: 4,
          },
        ]),
    ...splitAtSeparator(detail, width).map((row, index) => line(row, 4 + 3 * index)),
    gap,
  ];
}

/** One line, or two if it is too wide: the last fact then moves to the second line. */
function splitAtSeparator(text: string, width: number): string[] {
  const at = text.lastIndexOf(separator);
  return columnsOf(text) <= width || at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
