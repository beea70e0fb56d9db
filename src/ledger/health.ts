/** Measurements of one request. Times are milliseconds since it arrived; `undefined` when the event did not occur. */
export interface StreamHealth {
  /** Until the last attempt was sent: a wait for a budget, for a slot or before a repetition. */
  readonly sentMs?: number | undefined;
  /** Since the last attempt was sent. */
  readonly headersMs: number | undefined;
  /** Since the last attempt was sent. */
  readonly firstTokenMs: number | undefined;
  readonly durationMs: number;
  /** Longest time without upstream data while a request was sent and the client read. */
  readonly longestSilenceMs: number;
  readonly pings: number;
  readonly retries: number;
  readonly bytes: number;
}
