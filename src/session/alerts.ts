/** What deserves the attention of a user who looks elsewhere. */
import type { SessionEvent } from './events.ts';
import { duration } from './format.ts';
import { isEnded } from './paid.ts';
import { hasQuestion, type SessionState } from './state.ts';

/** Shorter work is awaited. */
const longWorkMs = 60_000;
/**
 * After a longer time without a request, the work before was given up: cancelling a tool ends no request. Claude Code
 * lets a command run for 10 minutes at most.
 */
const maxGapMs = 15 * 60_000;

/**
 * Watches a session. Work begins with a turn of the main conversation and ends with the answer after which Claude Code
 * waits for the user, however many tools it uses in between.
 */
export class AlertWatch {
  #workSince: number | undefined;
  /** When no request was running any more; infinite while one runs. */
  #lastEndAt = Number.POSITIVE_INFINITY;

  /** @returns the text of an alert. */
  after(event: SessionEvent, before: SessionState, state: SessionState): string | undefined {
    return this.#workEnded(event, before, state) ?? questionAsked(before, state) ?? stalled(event);
  }

  #started({ at, requestClass }: Extract<SessionEvent, { type: 'request_started' }>): void {
    if (at - this.#lastEndAt > maxGapMs) this.#workSince = undefined;
    if (requestClass === 'turn') this.#workSince ??= at;
    this.#lastEndAt = Number.POSITIVE_INFINITY;
  }

  #workEnded(event: SessionEvent, before: SessionState, { running }: SessionState): string | undefined {
    if (event.type === 'request_started') this.#started(event);
    if (!isEnded(event)) return undefined;
    if (running.length === 0) this.#lastEndAt = event.at;
    const isTurn = before.running.some(({ id, requestClass }) => id === event.id && requestClass === 'turn');
    const ends =
      (event.type === 'completed' && event.stopReason !== 'tool_use') ||
      (event.type === 'failed' && event.resend === undefined) ||
      event.type === 'cancelled';
    if (!isTurn || !ends || this.#workSince === undefined) return undefined;
    const ms = event.at - this.#workSince;
    this.#workSince = undefined;
    // The user cancelled it, and so is there.
    if (ms < longWorkMs || event.type === 'cancelled') return undefined;
    return event.type === 'failed' ? `failed after ${duration(ms)}` : `finished after ${duration(ms)}`;
  }
}

function questionAsked(
  before: SessionState,
  { confirmation, fanOut, wall, spending }: SessionState,
): string | undefined {
  if (confirmation !== undefined && confirmation.id !== before.confirmation?.id) return `asks: ${confirmation.text}?`;
  if (fanOut !== undefined && fanOut.id !== before.fanOut?.id) return 'asks: too many requests at once';
  if (spending?.asking !== undefined && spending.asking !== before.spending?.asking)
    return 'asks: a budget is used up, a turn waits';
  if (wall !== undefined && wall.id !== before.wall?.id) return `asks: ${wall.route} is at its limit`;
  return undefined;
}

const stalled = (event: SessionEvent): string | undefined =>
  event.type === 'failed' && event.verdict === 'stalled' ? 'the upstream stalled' : undefined;

/** A sign for the title of the terminal: a question, work, a failure, nothing. */
export function titleSign(state: SessionState): string {
  if (hasQuestion(state)) return '?';
  if (state.running.length > 0) return '●';
  const last = state.recent.at(-1)?.verdict;
  return last === 'truncated' || last === 'stalled' || last === 'refused' ? '✗' : '○';
}
