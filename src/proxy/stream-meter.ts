/** Measures one request and publishes its events. The meter shows no other source. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { RemedyWords } from '../errors/remedies.ts';
import type { Verdict } from '../errors/table.ts';
import type { StreamHealth } from '../ledger/health.ts';
import type { Quota } from '../models/quota.ts';
import type { PromptParts } from '../models/tokens.ts';
import type { Clock } from '../ports/clock.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { HoldReason, IncompleteUsage, Phase, Resend, RouteView, SessionEvent } from '../session/events.ts';
import type { MessageEnd, OpenBlock, Output } from '../translate/output.ts';
import type { MessagesUsage } from '../wire/anthropic.ts';
import { routeView } from './session/route-state.ts';
import { StreamTimes } from './stream-times.ts';
import { costOf, tokensOf } from './usage-cost.ts';

/** Minimum interval between `progress` events: more would not be visible, and would load the IPC channel. */
const progressEveryMs = 250;

export class StreamMeter {
  readonly id: string;
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  readonly #remedies: RemedyWords;
  readonly #times: StreamTimes;
  #pings = 0;
  #retries = 0;
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
    this.#times = new StreamTimes(clock);
  }

  /** Milliseconds since the request arrived, without the time in which ccp held it back. */
  get elapsedMs(): number {
    return this.#times.elapsedMs;
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
    this.#times.held();
    this.#publish({ ...this.#eventBase(), type: 'held', reason });
  }

  /** The hold has ended. */
  released(): void {
    this.#times.released();
  }

  /** The attempt is sent: the upstream's silence begins. */
  sent(): void {
    this.#times.sent();
    // What an attempt before it received was not forwarded.
    this.#chars = 0;
    this.#tool = undefined;
    this.#openBlock = undefined;
    this.#lastPhase = 'waiting';
    this.#publish({ ...this.#eventBase(), type: 'sent' });
  }

  /** Claude Code reads again. While it did not, nothing was read from the upstream either. */
  clientReads(): void {
    this.#times.clientReads();
  }

  /** @param isAccepted the upstream accepted the request, and a model may answer. */
  headers(status: number, isAccepted = status === 200): void {
    this.#isAccepted = isAccepted;
    this.#publish({ ...this.#eventBase(), type: 'upstream_headers', status, ms: this.#times.headers() });
  }

  /** The upstream sent data, which resets its silence. */
  data(bytes: number): void {
    this.#times.data(bytes);
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
        this.#tool = output.tool;
        return this.#publish({ ...this.#eventBase(), type: 'tool_call', tool: output.tool });
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
    const ms = this.#times.firstToken();
    if (ms !== undefined) this.#publish({ ...this.#eventBase(), type: 'first_token', ms });
  }

  /** Publishes `progress` at most four times a second, and immediately when the phase changes. */
  progress(): void {
    const phase = this.#phase;
    const now = this.#clock.elapsed();
    if (phase === this.#lastPhase && now - this.#lastProgressAt < progressEveryMs) return;
    this.#lastPhase = phase;
    this.#lastProgressAt = now;
    const silenceMs = Math.round(this.#times.silenceMs);
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
    this.#times.attemptFailed();
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
    this.#times.retry();
    this.#retries += 1;
    this.#publish({ ...this.#eventBase(), type: 'retry', attempt: this.#retries, reason, waitMs });
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
    return this.#times.health({ pings: this.#pings, retries: this.#retries });
  }
}
