/** When a failed attempt may be retried. The caller checks that no content block has been forwarded. */
import type { CcpError } from '../errors/ccp-error.ts';

export const maxRetries = 2;
const maxRetryAfterMs = 30_000;
const totalBudgetMs = 60_000;
const baseBackoffMs = 400;

export interface RetryState {
  readonly retries: number;
  /** Milliseconds since the request arrived. */
  readonly elapsedMs: number;
  /** `message_start` is sent: the HTTP status can no longer be set. */
  readonly committed: boolean;
  readonly pingIntervalMs: number;
  /** 0 ≤ n < 1. */
  readonly fraction: number;
}

/** Milliseconds to wait; `undefined` when the error is returned now, with the upstream's own `retry-after`. */
export function retryWait(error: CcpError, state: RetryState): number | undefined {
  if (!error.retryable || state.retries >= maxRetries) return undefined;
  const backoff = baseBackoffMs * 2 ** state.retries * (0.5 + state.fraction / 2);
  const wait = error.retryAfterSec === undefined ? backoff : Math.max(error.retryAfterSec * 1000, backoff);
  if (wait > maxRetryAfterMs || state.elapsedMs + wait > totalBudgetMs) return undefined;
  if (state.committed) return wait;
  // No retry when the wait would reach the ping interval: the first ping commits the status 200.
  if (wait > state.pingIntervalMs / 2 || state.elapsedMs + wait >= state.pingIntervalMs) return undefined;
  return wait;
}
