/**
 * Gemini chunks → Anthropic blocks, as a step machine. `finishReason` is how the response ended. Hosts may send it
 * before the last chunk, so it takes effect at the end of the byte stream. A byte stream that ends without it is an
 * error.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import type { ErrorCode } from '../../../errors/table.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, ownValue } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import { plausibleUsage } from '../../anthropic/plausible-usage.ts';
import { streamFailure } from '../../failures/errors.ts';
import type { Ending, MessageEnd } from '../../output.ts';
import { failureOf, normalizeFailure } from './failures.ts';
import { GeminiOutput, type OutputOptions } from './output.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {}

type Finish = 'stop' | 'length' | 'refusal' | ErrorCode;

/** Any other reason is a failed response. */
const finishes: Readonly<Record<string, Finish>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // The rest could be requested with a token. ccp keeps the limit below the size where this happens.
  CONTINUATION: 'length',
  SAFETY: 'refusal',
  RECITATION: 'refusal',
  LANGUAGE: 'refusal',
  BLOCKLIST: 'refusal',
  PROHIBITED_CONTENT: 'refusal',
  SPII: 'refusal',
  IMAGE_SAFETY: 'refusal',
  IMAGE_PROHIBITED_CONTENT: 'refusal',
  IMAGE_RECITATION: 'refusal',
  MODEL_ARMOR: 'refusal',
  ESCALATION: 'refusal',
  MALFORMED_FUNCTION_CALL: 'broken_tool_call',
  UNEXPECTED_TOOL_CALL: 'broken_tool_call',
  TOO_MANY_TOOL_CALLS: 'broken_tool_call',
  MALFORMED_RESPONSE: 'upstream_failed',
  MISSING_THOUGHT_SIGNATURE: 'reasoning_rejected',
  PUP_LIMITED_DISABLED: 'plan_required',
};

export class GeminiStream implements AnswerMachine {
  readonly #options: StreamOptions;
  readonly #output: GeminiOutput;
  /** Content followed a finish reason. */
  #hasPreliminaryFinish = false;
  #finish: { readonly outcome: Finish; readonly reason: string; readonly message: string } | undefined;
  #blockReason: string | undefined;
  #usage: unknown;
  #servedModel: string | undefined;
  #ending: Ending | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#output = new GeminiOutput(options);
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(chunk: JsonObject): void {
    if (this.#ending) return;
    if (chunk.error !== undefined && chunk.error !== null) throw this.#failure(chunk);
    this.#addUsage(chunk.usageMetadata);
    this.#checkServedModel(asString(chunk.modelVersion));
    this.#recordBlockReason(asString(asObject(chunk.promptFeedback).blockReason));
    // The request asks for one candidate.
    const candidate = objectsOf(chunk.candidates).find(({ index }) => !index);
    if (candidate === undefined) return;
    const parts = this.#partsOf(candidate);
    if (this.#finish !== undefined && parts.length > 0) this.#hasPreliminaryFinish = true;
    for (const part of parts) this.#output.take(part);
    this.#endAtStopSequence();
    this.#recordFinish(candidate);
  }

  #recordBlockReason(reason: string | undefined): void {
    if (reason === undefined || reason === '' || reason === 'BLOCK_REASON_UNSPECIFIED') return;
    this.#blockReason ??= reason;
  }

  /** @throws CcpError `garbage` for content of another shape, which could contain a call. */
  #partsOf({ content }: JsonObject): JsonObject[] {
    const parts = isObject(content) ? content.parts : undefined;
    const isValid =
      (content ?? undefined) === undefined || (isObject(content) && (parts === undefined || Array.isArray(parts)));
    if (!isValid) throw new CcpError('garbage', `${this.#upstreamLabel} sent content that is not a list of parts.`);
    return objectsOf(parts);
  }

  /** The protocol has no `[DONE]`. From a gateway it is treated as the end of the byte stream. */
  done(): void {
    this.eof();
  }

  eof(): void {
    if (this.#ending) return;
    if (this.#finish === undefined && this.#blockReason !== undefined) {
      this.#output.dropCalls();
      this.#endAtStopSequence();
      return this.#end({
        stopReason: 'refusal',
        explanation: `The prompt was blocked (${this.#blockReason.slice(0, 60)}).`,
      });
    }
    if (this.#finish === undefined)
      throw new CcpError('truncated', `${this.#upstreamLabel} ended the stream before the answer was complete.`);
    this.#finishAs(this.#finish.outcome, this.#finish.reason, this.#finish.message);
  }

  /**
   * Keeps the latest reason, because some hosts send a preliminary one with each chunk. Only the end of the byte stream
   * ends the answer of such a host.
   */
  #recordFinish(candidate: JsonObject): void {
    const reason = asString(candidate.finishReason);
    if (reason === undefined || reason === '' || reason === 'FINISH_REASON_UNSPECIFIED') return;
    const message = (asString(candidate.finishMessage) ?? '').slice(0, 200);
    // The usage comes with the last chunk.
    if (!this.#hasPreliminaryFinish && this.#usage !== undefined) this.#options.outputs.push({ type: 'settled' });
    this.#finish = { outcome: ownValue(finishes, reason) ?? 'upstream_failed', reason: reason.slice(0, 60), message };
  }

  #finishAs(outcome: Finish, reason: string, message: string): void {
    const cause = message === '' ? reason : `${reason}: ${message}`;
    if (outcome === 'stop') {
      this.#output.finishCalls();
      this.#endAtStopSequence();
      return this.#end({ stopReason: this.#output.calls.finished > 0 ? 'tool_use' : 'end_turn' });
    }
    if (outcome === 'length' || outcome === 'refusal') {
      this.#output.dropCalls();
      this.#endAtStopSequence();
      const explanation = `The upstream stopped this answer (${cause}).`;
      return this.#end(outcome === 'length' ? { stopReason: 'max_tokens' } : { stopReason: 'refusal', explanation });
    }
    throw new CcpError(outcome, `${this.#upstreamLabel} stopped the answer (${cause}).`);
  }

  #end(details: Pick<MessageEnd, 'stopReason' | 'explanation'>): void {
    this.#ending ??= {
      end: { ...details, stopSequence: null, usage: usageOf(this.#usage) },
      abort: false,
      measured: isObject(this.#usage),
    };
  }

  #endAtStopSequence(): void {
    const { stopSequence } = this.#output;
    if (stopSequence === undefined || this.#ending) return;
    const end = { stopReason: 'stop_sequence' as const, stopSequence, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  /** Each chunk contains the running total. */
  #addUsage(sent: unknown): void {
    const usage = plausibleUsage(sent);
    if (usage === undefined) return;
    this.#usage = { ...asObject(this.#usage), ...usage };
    this.#options.outputs.push({ type: 'usage', usage: usageOf(this.#usage) });
  }

  /** Warns if another model serves the request, as for a retired model. */
  #checkServedModel(served: string | undefined): void {
    const { model, upstream } = this.#options.failure;
    if (served === undefined || this.#servedModel !== undefined) return;
    this.#servedModel = served;
    if (!served.startsWith(model))
      this.#options.outputs.push({
        type: 'warning',
        message: `${upstream} serves ${served.slice(0, 80)} instead of ${model}`,
      });
  }

  #failure(chunk: JsonObject): CcpError {
    const text = JSON.stringify(chunk);
    const retryAfterSec = Number(normalizeFailure({}, text).headers['retry-after'] ?? Number.NaN);
    const failure = streamFailure(failureOf(text), this.#options.failure, retryAfterSec);
    return this.#options.refineError(failure);
  }

  get #upstreamLabel(): string {
    const { upstream, model } = this.#options.failure;
    return `${upstream} (${model})`;
  }
}
