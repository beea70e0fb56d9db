/** Measures one request and publishes its events: the meter's only source. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { RemedyWords } from '../errors/remedies.ts';
import type { Verdict } from '../errors/table.ts';
import type { StreamHealth } from '../ledger/health.ts';
import { costMicroUsd } from '../models/cost.ts';
import type { Quota } from '../models/quota.ts';
import type { TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { IncompleteUsage, Phase, RouteView, SessionEvent } from '../session/events.ts';
import type { MessageEnd, OpenBlock, Output } from '../translate/output.ts';
import type { MessagesUsage } from '../wire/anthropic.ts';
import { routeView } from './session/route-state.ts';

/** A screen shows no more changes than this, and IPC should not carry more. */
const progressEveryMs = 250;

export class StreamMeter {
  readonly id: string;
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  readonly #remedies: RemedyWords;
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
  #open: OpenBlock | undefined;
  #route: RouteView | undefined;
  #candidate: Candidate | undefined;
  /** Usage of an answer that nobody counted. */
  #estimate: (() => MessagesUsage) | undefined;
  #repaired = false;
  /** The upstream took the request and began to answer. */
  #accepted = false;
  #usage: MessagesUsage | undefined;
  #lastProgress = 0;
  #lastPhase: Phase = 'waiting';

  constructor(id: string, clock: Clock, publish: (event: SessionEvent) => void, remedies: RemedyWords) {
    this.id = id;
    this.#remedies = remedies;
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

  started(requestClass: RequestClass, requestedModel: string): void {
    this.#publish({ ...this.#base(), type: 'request_started', requestClass, requestedModel });
  }

  /** A candidate is asked: from here on it says who pays. @param estimate usage of an answer that nobody counted. */
  routed(candidate: Candidate, estimate: () => MessagesUsage): void {
    const { routeClass, costKind, reason } = candidate;
    this.#candidate = candidate;
    this.#estimate = estimate;
    this.#usage = undefined;
    this.#accepted = false;
    this.#route = routeView(routeClass, candidate, costKind);
    this.#publish({ ...this.#base(), type: 'routed', route: this.#route, reason });
  }

  headers(status: number): void {
    this.#accepted = status === 200;
    this.#headersMs = this.elapsedMs;
    this.data(0);
    this.#publish({ ...this.#base(), type: 'upstream_headers', status, ms: Math.round(this.#headersMs) });
  }

  /** Upstream sent something that counts. */
  data(bytes: number): void {
    const now = this.#clock.elapsed();
    this.#longestSilence = Math.max(this.#longestSilence, now - this.#lastData);
    this.#lastData = now;
    this.#bytes += bytes;
  }

  /** Every output of the answer, on its way to Claude Code. */
  output(output: Output): void {
    switch (output.type) {
      case 'text':
      case 'thinking':
        this.#open = output.type;
        this.#tool = undefined;
        return this.#content(output.text);
      case 'tool_start':
        this.#open = 'tool_use';
        return this.#firstToken();
      case 'server_tool':
        return this.#firstToken();
      case 'tool_input':
        return this.#content(output.json);
      case 'block_end':
        this.#open = undefined;
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
    this.#firstTokenMs = this.elapsedMs;
    this.#publish({ ...this.#base(), type: 'first_token', ms: Math.round(this.#firstTokenMs) });
  }

  /** At most four a second, and at once when the phase changes. */
  progress(): void {
    const phase = this.#phase;
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

  #toolCall(tool: string): void {
    this.#tool = tool;
    this.#publish({ ...this.#base(), type: 'tool_call', tool });
  }

  #repair(tool: string, dropped: readonly string[]): void {
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

  /** @param measured the usage is the upstream's own count. */
  completed(end: MessageEnd, measured: boolean): void {
    const verdict: Verdict = end.stopReason === 'refusal' ? 'refused' : this.#repaired ? 'repaired' : 'complete';
    this.#publish({
      ...this.#base(),
      type: 'completed',
      route: this.#route,
      verdict,
      stopReason: end.stopReason,
      tokens: tokensOf(end.usage),
      measured,
      ...costOf(end.usage, this.#candidate),
      health: this.#health(),
    });
  }

  failed(error: CcpError): void {
    if (error.code === 'cancelled') {
      this.#publish({ ...this.#base(), type: 'cancelled', ...this.#incomplete() });
      return;
    }
    this.#publish({
      ...this.#base(),
      type: 'failed',
      verdict: error.row.verdict,
      code: error.code,
      message: error.text(this.id, this.#remedies),
      status: error.row.status,
      ...this.#incomplete(),
    });
  }

  #incomplete(): {
    health: StreamHealth;
    route: RouteView | undefined;
    incompleteUsage: IncompleteUsage | undefined;
  } {
    const common = { health: this.#health(), route: this.#route };
    // An upstream that refused has generated nothing.
    const usage = this.#usage ?? (this.#accepted ? this.#estimate?.() : undefined);
    if (usage === undefined) return { ...common, incompleteUsage: undefined };
    const measured = this.#usage !== undefined;
    return {
      ...common,
      incompleteUsage: { tokens: tokensOf(usage), measured, ...costOf(usage, this.#candidate) },
    };
  }

  #base(): { at: number; id: string } {
    return { at: this.#clock.now(), id: this.id };
  }

  get #phase(): Phase {
    if (this.#tool !== undefined || this.#open === 'tool_use') return 'tool';
    if (this.#open === 'text') return 'streaming';
    return this.#open === 'thinking' ? 'thinking' : 'waiting';
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
