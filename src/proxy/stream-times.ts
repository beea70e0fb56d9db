/** Times, silence and sizes of one request: what `StreamHealth` is made of. Times are of the clock's `elapsed`. */
import type { StreamHealth } from '../ledger/health.ts';
import type { Clock } from '../ports/clock.ts';

export class StreamTimes {
  readonly #clock: Clock;
  readonly #startedAt: number;
  /** When the current attempt was sent. */
  #sentAt: number | undefined;
  #headersMs: number | undefined;
  #firstTokenMs: number | undefined;
  #lastDataAt: number;
  #longestSilenceMs = 0;
  #heldAt: number | undefined;
  #heldMs = 0;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.elapsed();
    this.#lastDataAt = this.#startedAt;
  }

  /** Milliseconds since the request arrived, without the time in which ccp held it back. */
  get elapsedMs(): number {
    return this.#ageMs - this.#heldMs;
  }

  get silenceMs(): number {
    return this.#clock.elapsed() - this.#lastDataAt;
  }

  get #ageMs(): number {
    return this.#clock.elapsed() - this.#startedAt;
  }

  get #sinceSent(): number {
    return this.#clock.elapsed() - (this.#sentAt ?? this.#startedAt);
  }

  /** ccp holds the request back. */
  held(): void {
    this.#heldAt ??= this.#clock.elapsed();
  }

  released(): void {
    if (this.#heldAt === undefined) return;
    const now = this.#clock.elapsed();
    this.#heldMs += now - this.#heldAt;
    this.#heldAt = undefined;
    this.#lastDataAt = now;
  }

  /** An attempt is sent: the upstream's silence begins. */
  sent(): void {
    this.#sentAt = this.#clock.elapsed();
    this.#lastDataAt = this.#sentAt;
    this.#headersMs = undefined;
    this.#firstTokenMs = undefined;
  }

  /** Claude Code reads again. While it did not, nothing was read from the upstream either. */
  clientReads(): void {
    this.#lastDataAt = this.#clock.elapsed();
  }

  /** @returns milliseconds since the attempt was sent. */
  headers(): number {
    this.#headersMs = this.#sinceSent;
    this.data(0);
    return Math.round(this.#headersMs);
  }

  /** @returns milliseconds since the attempt was sent; `undefined` if it is not its first token. */
  firstToken(): number | undefined {
    if (this.#firstTokenMs !== undefined) return undefined;
    this.#firstTokenMs = this.#sinceSent;
    return Math.round(this.#firstTokenMs);
  }

  /** The upstream sent data, which ends its silence. */
  data(bytes: number): void {
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, this.silenceMs);
    this.#lastDataAt = this.#clock.elapsed();
    this.#bytes += bytes;
  }

  /** The attempt failed. Before it was sent, there was no upstream to be silent. */
  attemptFailed(): void {
    if (this.#sentAt !== undefined) this.data(0);
  }

  /** Another attempt follows. Its silence begins when it is sent. */
  retry(): void {
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, this.silenceMs);
  }

  health({ pings, retries }: Pick<StreamHealth, 'pings' | 'retries'>): StreamHealth {
    const round = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms));
    // ccp's own wait is no silence of the upstream.
    const sinceData = this.#sentAt !== undefined && this.#heldAt === undefined ? this.silenceMs : 0;
    return {
      sentMs: this.#sentAt === undefined ? undefined : Math.round(this.#sentAt - this.#startedAt),
      headersMs: round(this.#headersMs),
      firstTokenMs: round(this.#firstTokenMs),
      durationMs: Math.round(this.#ageMs),
      longestSilenceMs: Math.round(Math.max(this.#longestSilenceMs, sinceData)),
      pings,
      retries,
      bytes: this.#bytes,
    };
  }
}
