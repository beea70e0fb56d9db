/** When a failed attempt may be tried again. Never once a content block was forwarded; that is checked by the caller. */
import type { CcpError } from '../errors/ccp-error.ts';

export const maxRetries = 2;
const maxRetryAfterMs = 30_000;
const totalBudgetMs = 60_000;
const baseBackoffMs = 400;

export interface RetryState {
  readonly retries: number;
  /** Since the request arrived. */
  readonly elapsedMs: number;
  /** `message_start` is out: no HTTP status is left to give. */
  readonly committed: boolean;
  readonly pingIntervalMs: number;
  /** 0 ≤ n < 1. */
  readonly fraction: number;
}

/** Milliseconds to wait, or `undefined`: the failure goes to Claude Code now, with the upstream's own `retry-after`. */
export function retryWait(error: CcpError, state: RetryState): number | undefined {
  if (!error.retryable || state.retries >= maxRetries) return undefined;
  const backoff = baseBackoffMs * 2 ** state.retries * (0.5 + state.fraction / 2);
  const wait = error.retryAfterSec === undefined ? backoff : Math.max(error.retryAfterSec * 1000, backoff);
  if (wait > maxRetryAfterMs || state.elapsedMs + wait > totalBudgetMs) return undefined;
  if (state.committed) return wait;
  // A real status is worth more than a wait that would cost it.
  if (wait > state.pingIntervalMs / 2 || state.elapsedMs + wait >= state.pingIntervalMs) return undefined;
  return wait;
}
