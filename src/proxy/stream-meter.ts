/** Measures one request and publishes its events: the meter's only source. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Verdict } from '../errors/table.ts';
import { costMicroUsd } from '../models/cost.ts';
import type { Quota } from '../models/quota.ts';
import type { CostKind, PriceRow } from '../models/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { Phase, RouteView, SessionEvent, StreamHealth, TokenCounts, Vain } from '../session/events.ts';
import type { MessageEnd, MessageWriter } from '../translate/messages/writer.ts';
import type { MessagesEvent, MessagesUsage } from '../wire/anthropic.ts';
import { asString, type JsonObject } from '../wire/json.ts';

/** A screen shows no more changes than this, and IPC should not carry more. */
const progressEveryMs = 250;

export interface Payment {
  readonly costKind: CostKind;
  readonly price: PriceRow | undefined;
  /** The tokens are the upstream's count, not our estimate. */
  readonly measured: boolean;
}

export class StreamMeter {
  readonly id: string;
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  readonly #start: number;
  #headersMs: number | undefined;
  #firstTokenMs: number | undefined;
  #lastData: number;
  #longestSilence = 0;
  #pings = 0;
  #retries = 0;
  #bytes = 0;
  #chars = 0;
  #tool: string | undefined;
  #route: RouteView | undefined;
  #repaired = false;
  /** The upstream took the request and began to answer. */
  #accepted = false;
  #usage: MessagesUsage | undefined;
  #payment: (Payment & { readonly estimate: () => MessagesUsage }) | undefined;
  #lastProgress = 0;
  #lastPhase: Phase = 'waiting';

  constructor(id: string, clock: Clock, publish: (event: SessionEvent) => void) {
    this.id = id;
    this.#clock = clock;
    this.#publish = publish;
    this.#start = clock.elapsed();
    this.#lastData = this.#start;
  }

  get elapsedMs(): number {
    return this.#clock.elapsed() - this.#start;
  }

  get retries(): number {
    return this.#retries;
  }

  get charsSent(): number {
    return this.#chars;
  }

  started(requestClass: RequestClass, askedModel: string): void {
    this.#publish({ ...this.#base(), type: 'request_started', requestClass, askedModel });
  }

  routed(route: RouteView, reason: string): void {
    this.#route = route;
    this.#publish({ ...this.#base(), type: 'routed', route, reason });
  }

  headers(status: number): void {
    this.#accepted = status === 200;
    this.#headersMs = this.elapsedMs;
    this.data(0);
    this.#publish({ ...this.#base(), type: 'upstream_headers', status, ms: Math.round(this.#headersMs) });
  }

  /** Who pays, for an answer that does not end well. @param estimate of an answer that nobody counted. */
  paidBy(payment: Payment & { readonly estimate: () => MessagesUsage }): void {
    this.#payment = payment;
  }

  /** By the upstream, of an answer that broke off. */
  counted(usage: MessagesUsage | undefined): void {
    this.#usage = usage;
  }

  /** Upstream sent something that counts. */
  data(bytes: number): void {
    const now = this.#clock.elapsed();
    this.#longestSilence = Math.max(this.#longestSilence, now - this.#lastData);
    this.#lastData = now;
    this.#bytes += bytes;
  }

  /** Taps every event on its way to Claude Code. */
  sent(event: MessagesEvent): void {
    if (event.type === 'content_block_start') {
      const { type } = event.content_block;
      if (type === 'tool_use' || type === 'server_tool_use') this.#firstToken();
    } else if (event.type === 'content_block_delta') {
      const delta: JsonObject = event.delta;
      const text = asString(delta.text) ?? asString(delta.thinking) ?? asString(delta.partial_json) ?? '';
      this.#chars += text.length;
      if (text !== '') this.#firstToken();
    }
  }

  #firstToken(): void {
    if (this.#firstTokenMs !== undefined) return;
    this.#firstTokenMs = this.elapsedMs;
    this.#publish({ ...this.#base(), type: 'first_token', ms: Math.round(this.#firstTokenMs) });
  }

  /** At most four a second, and at once when the phase changes. */
  progress(writer: MessageWriter): void {
    if (writer.open === 'text' || writer.open === 'thinking') this.#tool = undefined;
    const phase = this.#phaseOf(writer);
    const now = this.#clock.elapsed();
    if (phase === this.#lastPhase && now - this.#lastProgress < progressEveryMs) return;
    this.#lastPhase = phase;
    this.#lastProgress = now;
    const silenceMs = Math.round(now - this.#lastData);
    this.#publish({ ...this.#base(), type: 'progress', phase, tool: this.#tool, chars: this.#chars, silenceMs });
  }

  ping(): void {
    this.#pings += 1;
    this.#publish({ ...this.#base(), type: 'ping' });
  }

  retry(reason: string, waitMs: number): void {
    this.#retries += 1;
    this.#publish({ ...this.#base(), type: 'retry', attempt: this.#retries, reason, waitMs });
  }

  toolCall(tool: string): void {
    this.#tool = tool;
    this.#publish({ ...this.#base(), type: 'tool_call', tool });
  }

  repair(tool: string, dropped: readonly string[]): void {
    this.#repaired = true;
    this.#publish({ ...this.#base(), type: 'repaired', tool, dropped });
  }

  quota(upstream: string, quota: Quota): void {
    this.#publish({ ...this.#base(), type: 'quota', upstream, quota });
  }

  cacheMissed(reason: string): void {
    this.#publish({ ...this.#base(), type: 'cache_missed', reason });
  }

  warning(message: string): void {
    this.#publish({ ...this.#base(), type: 'warning', message });
  }

  completed(end: MessageEnd, { costKind, price, measured }: Payment): void {
    const verdict: Verdict = end.stopReason === 'refusal' ? 'refused' : this.#repaired ? 'repaired' : 'complete';
    this.#publish({
      ...this.#base(),
      type: 'completed',
      route: this.#route,
      verdict,
      stopReason: end.stopReason,
      tokens: tokensOf(end.usage),
      measured,
      ...costOf(end.usage, costKind, price),
      health: this.#health(),
    });
  }

  failed(error: CcpError): void {
    if (error.code === 'cancelled') {
      this.#publish({ ...this.#base(), type: 'cancelled', ...this.#inVain() });
      return;
    }
    this.#publish({
      ...this.#base(),
      type: 'failed',
      verdict: error.row.verdict,
      code: error.code,
      message: error.text(this.id),
      status: error.row.status,
      ...this.#inVain(),
    });
  }

  #inVain(): { health: StreamHealth; route: RouteView | undefined; vain: Vain | undefined } {
    const common = { health: this.#health(), route: this.#route };
    // Who refused has generated nothing.
    if (this.#payment === undefined || !(this.#accepted || this.#usage)) return { ...common, vain: undefined };
    const { costKind, price, estimate } = this.#payment;
    const usage = this.#usage ?? estimate();
    const vain = { tokens: tokensOf(usage), measured: this.#usage !== undefined, ...costOf(usage, costKind, price) };
    return { ...common, vain };
  }

  #base(): { at: number; id: string } {
    return { at: this.#clock.now(), id: this.id };
  }

  #phaseOf(writer: MessageWriter): Phase {
    if (this.#tool !== undefined || writer.open === 'tool_use') return 'tool';
    if (writer.open === 'text') return 'streaming';
    return writer.open === 'thinking' ? 'thinking' : 'waiting';
  }

  #health(): StreamHealth {
    const round = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms));
    const sinceData = this.#clock.elapsed() - this.#lastData;
    return {
      headersMs: round(this.#headersMs),
      firstTokenMs: round(this.#firstTokenMs),
      durationMs: Math.round(this.elapsedMs),
      longestSilenceMs: Math.round(Math.max(this.#longestSilence, sinceData)),
      pings: this.#pings,
      retries: this.#retries,
      bytes: this.#bytes,
    };
  }
}

const costOf = (
  usage: MessagesUsage,
  costKind: CostKind,
  price: PriceRow | undefined,
): { costMicroUsd: number | undefined; costKind: CostKind } => ({
  costMicroUsd: costKind === 'local' ? 0 : price && costMicroUsd(usage, price),
  costKind: price === undefined && costKind === 'metered' ? 'unknown' : costKind,
});

const tokensOf = (usage: MessagesUsage): TokenCounts => ({
  inputTokens: usage.input_tokens,
  cacheReadTokens: usage.cache_read_input_tokens,
  cacheWriteTokens: usage.cache_creation_input_tokens,
  outputTokens: usage.output_tokens,
  reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
});
