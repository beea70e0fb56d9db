/** Measurements of one request. Times are milliseconds since it arrived; `undefined` when the event did not occur. */
export interface StreamHealth {
  readonly headersMs: number | undefined;
  readonly firstTokenMs: number | undefined;
  readonly durationMs: number;
  /** Longest time without upstream data. */
  readonly longestSilenceMs: number;
  readonly pings: number;
  readonly retries: number;
  readonly bytes: number;
}
