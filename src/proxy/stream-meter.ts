/** Measures one request and publishes its events. The meter shows no other source. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { RemedyWords } from '../errors/remedies.ts';
import type { Verdict } from '../errors/table.ts';
import type { StreamHealth } from '../ledger/health.ts';
import { costMicroUsd } from '../models/cost.ts';
import type { Quota } from '../models/quota.ts';
import type { PromptParts, TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { HoldReason, IncompleteUsage, Phase, Resend, RouteView, SessionEvent } from '../session/events.ts';
import type { MessageEnd, OpenBlock, Output } from '../translate/output.ts';
import type { MessagesUsage } from '../wire/anthropic.ts';
import { routeView } from './session/route-state.ts';

/** Minimum interval between `progress` events: more would not be visible, and would load the IPC channel. */
const progressEveryMs = 250;

export class StreamMeter {
  readonly id: string;
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  readonly #remedies: RemedyWords;
  readonly #startedAt: number;
  /** When the current attempt was sent. */
  #sentAt: number | undefined;
  #headersMs: number | undefined;
  #firstTokenMs: number | undefined;
  #lastDataAt: number;
  #longestSilenceMs = 0;
  #pings = 0;
  #retries = 0;
  #heldAt: number | undefined;
  #heldMs = 0;
  #bytes = 0;
  #chars = 0;
  #tool: string | undefined;
  #openBlock: OpenBlock | undefined;
  #route: RouteView | undefined;
  #candidate: Candidate | undefined;
  /** Estimates the usage of a response that the upstream did not count. */
  #estimate: (() => MessagesUsage) | undefined;
  #isRepaired = false;
  /** The upstream accepted the request and started its response. */
  #isAccepted = false;
  #usage: MessagesUsage | undefined;
  /** The error of an attempt that was not charged yet. */
  #lastError: CcpError | undefined;
  #promptParts: PromptParts | undefined;
  #lastProgressAt = 0;
  #lastPhase: Phase = 'waiting';

  constructor(id: string, clock: Clock, publish: (event: SessionEvent) => void, remedies: RemedyWords) {
    this.id = id;
    this.#remedies = remedies;
    this.#clock = clock;
    this.#publish = publish;
    this.#startedAt = clock.elapsed();
    this.#lastDataAt = this.#startedAt;
  }

  /** Milliseconds since the request arrived, without the time in which ccp held it back. */
  get elapsedMs(): number {
    return this.#ageMs - this.#heldMs;
  }

  get #ageMs(): number {
    return this.#clock.elapsed() - this.#startedAt;
  }

  get retries(): number {
    return this.#retries;
  }

  get charsSent(): number {
    return this.#chars;
  }

  started(requestClass: RequestClass, requestedModel: string): void {
    this.#publish({ ...this.#eventBase(), type: 'request_started', requestClass, requestedModel });
  }

  /**
   * The request is sent to a candidate; its cost kind and price apply from now on.
   * @param estimate usage of a response that the upstream did not count.
   */
  routed(candidate: Candidate, estimate: () => MessagesUsage): void {
    if (this.#lastError) this.#chargeAttempt(this.#lastError);
    const { routeClass, costKind, reason } = candidate;
    this.#candidate = candidate;
    this.#estimate = estimate;
    this.#usage = undefined;
    this.#isAccepted = false;
    this.#route = routeView(routeClass, candidate, costKind);
    this.#publish({ ...this.#eventBase(), type: 'routed', route: this.#route, reason });
  }

  /** ccp holds the request back. */
  held(reason: HoldReason): void {
    this.#heldAt ??= this.#clock.elapsed();
    this.#publish({ ...this.#eventBase(), type: 'held', reason });
  }

  /** The hold has ended. */
  released(): void {
    if (this.#heldAt === undefined) return;
    const now = this.#clock.elapsed();
    this.#heldMs += now - this.#heldAt;
    this.#heldAt = undefined;
    this.#lastDataAt = now;
  }

  /** The attempt is sent: the upstream's silence begins. */
  sent(): void {
    this.#sentAt = this.#clock.elapsed();
    this.#lastDataAt = this.#sentAt;
    this.#headersMs = undefined;
    this.#firstTokenMs = undefined;
    this.#publish({ ...this.#eventBase(), type: 'sent' });
  }

  /** Claude Code reads again. While it did not, nothing was read from the upstream either. */
  clientReads(): void {
    this.#lastDataAt = this.#clock.elapsed();
  }

  get #sinceSent(): number {
    return this.#clock.elapsed() - (this.#sentAt ?? this.#startedAt);
  }

  headers(status: number): void {
    this.#isAccepted = status === 200;
    this.#headersMs = this.#sinceSent;
    this.data(0);
    this.#publish({ ...this.#eventBase(), type: 'upstream_headers', status, ms: Math.round(this.#headersMs) });
  }

  /** The upstream sent data, which resets its silence. */
  data(bytes: number): void {
    const now = this.#clock.elapsed();
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, now - this.#lastDataAt);
    this.#lastDataAt = now;
    this.#bytes += bytes;
  }

  /** Records an output of the response before it is sent to Claude Code. */
  output(output: Output): void {
    switch (output.type) {
      case 'text':
      case 'thinking':
        this.#openBlock = output.type;
        this.#tool = undefined;
        return this.#content(output.text);
      case 'tool_start':
        this.#openBlock = 'tool_use';
        return this.#firstToken();
      case 'server_tool':
        return this.#firstToken();
      case 'tool_input':
        return this.#content(output.json);
      case 'block_end':
        this.#openBlock = undefined;
        return;
      case 'tool_call':
        return this.#toolCall(output.tool);
      case 'repaired':
        return this.#repair(output.tool, output.dropped);
      case 'warning':
        return this.warning(output.message);
      case 'usage':
        this.#usage = output.usage;
    }
  }

  #content(text: string): void {
    this.#chars += text.length;
    if (text !== '') this.#firstToken();
  }

  #firstToken(): void {
    if (this.#firstTokenMs !== undefined) return;
    this.#firstTokenMs = this.#sinceSent;
    this.#publish({ ...this.#eventBase(), type: 'first_token', ms: Math.round(this.#firstTokenMs) });
  }

  /** Publishes `progress` at most four times a second, and immediately when the phase changes. */
  progress(): void {
    const phase = this.#phase;
    const now = this.#clock.elapsed();
    if (phase === this.#lastPhase && now - this.#lastProgressAt < progressEveryMs) return;
    this.#lastPhase = phase;
    this.#lastProgressAt = now;
    const silenceMs = Math.round(now - this.#lastDataAt);
    this.#publish({ ...this.#eventBase(), type: 'progress', phase, tool: this.#tool, chars: this.#chars, silenceMs });
  }

  ping(): void {
    this.#pings += 1;
    this.#publish({ ...this.#eventBase(), type: 'ping' });
  }

  /** Whether the upstream accepted the current attempt, and so charges for it. */
  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** The current attempt failed. What it cost is published when the request is repeated. */
  attemptFailed(error: CcpError): void {
    if (this.#sentAt !== undefined) this.data(0);
    this.#lastError = error;
  }

  #chargeAttempt({ code, row }: CcpError): void {
    const { incompleteUsage, ...common } = this.#incompleteFields();
    if (incompleteUsage !== undefined)
      this.#publish({
        ...this.#eventBase(),
        type: 'attempt_failed',
        verdict: row.verdict,
        code,
        ...common,
        incompleteUsage,
      });
    this.#lastError = undefined;
    this.#usage = undefined;
    this.#isAccepted = false;
  }

  retry(reason: string, waitMs: number): void {
    if (this.#lastError) this.#chargeAttempt(this.#lastError);
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, this.#clock.elapsed() - this.#lastDataAt);
    this.#retries += 1;
    this.#publish({ ...this.#eventBase(), type: 'retry', attempt: this.#retries, reason, waitMs });
  }

  #toolCall(tool: string): void {
    this.#tool = tool;
    this.#publish({ ...this.#eventBase(), type: 'tool_call', tool });
  }

  #repair(tool: string, dropped: readonly string[]): void {
    this.#isRepaired = true;
    this.#publish({ ...this.#eventBase(), type: 'repaired', tool, dropped });
  }

  quota(upstream: string, quota: Quota): void {
    this.#publish({ ...this.#eventBase(), type: 'quota', upstream, quota });
  }

  cacheMissed(reason: string): void {
    this.#publish({ ...this.#eventBase(), type: 'cache_missed', reason });
  }

  /** What the prompt consists of; published with the end of the request. */
  promptOf(parts: PromptParts): void {
    this.#promptParts = parts;
  }

  warning(message: string): void {
    this.#publish({ ...this.#eventBase(), type: 'warning', message });
  }

  /**
   * @param measured the usage is the upstream's own count.
   * @param usageScale factor of the usage that Claude Code is told.
   */
  completed(end: MessageEnd, measured: boolean, usageScale = 1): void {
    const verdict: Verdict = end.stopReason === 'refusal' ? 'refused' : this.#isRepaired ? 'repaired' : 'complete';
    this.#publish({
      ...this.#eventBase(),
      type: 'completed',
      route: this.#route,
      verdict,
      stopReason: end.stopReason,
      tokens: tokensOf(end.usage),
      measured,
      ...(usageScale === 1 ? {} : { usageScale }),
      ...(this.#promptParts === undefined ? {} : { promptParts: this.#promptParts }),
      ...costOf(end.usage, this.#candidate),
      health: this.#health(),
    });
  }

  /** @param resend Claude Code sends the request again by itself. */
  failed(error: CcpError, resend?: Resend): void {
    if (error.code === 'cancelled') {
      this.#publish({ ...this.#eventBase(), type: 'cancelled', ...this.#incompleteFields() });
      return;
    }
    this.#publish({
      ...this.#eventBase(),
      type: 'failed',
      verdict: error.row.verdict,
      code: error.code,
      message: error.text(this.id, this.#remedies),
      status: error.row.status,
      resend,
      ...this.#incompleteFields(),
    });
  }

  #incompleteFields(): {
    health: StreamHealth;
    route: RouteView | undefined;
    incompleteUsage: IncompleteUsage | undefined;
  } {
    const common = { health: this.#health(), route: this.#route };
    // An upstream that rejected the request has generated nothing.
    const usage = this.#usage ?? (this.#isAccepted ? this.#estimate?.() : undefined);
    if (usage === undefined) return { ...common, incompleteUsage: undefined };
    const measured = this.#usage !== undefined;
    return {
      ...common,
      incompleteUsage: { tokens: tokensOf(usage), measured, ...costOf(usage, this.#candidate) },
    };
  }

  #eventBase(): { at: number; id: string } {
    return { at: this.#clock.now(), id: this.id };
  }

  get #phase(): Phase {
    if (this.#tool !== undefined || this.#openBlock === 'tool_use') return 'tool';
    if (this.#openBlock === 'text') return 'streaming';
    return this.#openBlock === 'thinking' ? 'thinking' : 'waiting';
  }

  #health(): StreamHealth {
    const round = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms));
    const isSent = this.#sentAt !== undefined;
    // ccp's own wait is no silence of the upstream.
    const sinceData = isSent && this.#heldAt === undefined ? this.#clock.elapsed() - this.#lastDataAt : 0;
    return {
      sentMs: isSent ? round((this.#sentAt ?? 0) - this.#startedAt) : undefined,
      headersMs: round(this.#headersMs),
      firstTokenMs: round(this.#firstTokenMs),
      durationMs: Math.round(this.#ageMs),
      longestSilenceMs: Math.round(Math.max(this.#longestSilenceMs, sinceData)),
      pings: this.#pings,
      retries: this.#retries,
      bytes: this.#bytes,
    };
  }
}

function costOf(
  usage: MessagesUsage,
  candidate: Candidate | undefined,
): { costMicroUsd: number | undefined; costKind: CostKind } {
  const { costKind = 'unknown', price } = candidate ?? {};
  return {
    costMicroUsd: costKind === 'local' ? 0 : price && costMicroUsd(usage, price),
    costKind: price === undefined && costKind === 'metered' ? 'unknown' : costKind,
  };
}

const tokensOf = (usage: MessagesUsage): TokenCounts => ({
  inputTokens: usage.input_tokens,
  cacheReadTokens: usage.cache_read_input_tokens,
  cacheWriteTokens: usage.cache_creation_input_tokens,
  outputTokens: usage.output_tokens,
  reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
});
