/**
 * Gemini chunks → Anthropic blocks, as a step machine. `finishReason` says how the answer ended; hosts may send it
 * before the last chunk, so it counts once the bytes have ended. Bytes that end without it are an error.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import type { ErrorCode } from '../../../errors/table.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, own } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import { type FailureContext, streamFailure } from '../../failures/errors.ts';
import type { Ending, MessageEnd } from '../../output.ts';
import { failureOf } from './failures.ts';
import { GeminiOutput, type OutputOptions } from './output.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {
  readonly failure: FailureContext;
  /** Sharpens a failure by what was asked. */
  readonly refineError: (error: CcpError) => CcpError;
}

type Finish = 'stop' | 'length' | 'refusal' | ErrorCode;

/** Anything else is an answer that broke off. */
const finishes: Readonly<Record<string, Finish>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // The rest could be asked for with a token; ccp keeps the limit below where this happens.
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
  #finish: { readonly how: Finish; readonly reason: string; readonly words: string } | undefined;
  #blocked: string | undefined;
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
    if (chunk.error !== undefined) throw this.#failed(chunk);
    this.#count(chunk.usageMetadata);
    this.#noteModel(asString(chunk.modelVersion));
    this.#blocked ??= asString(asObject(chunk.promptFeedback).blockReason);
    // One answer was asked for.
    const candidate = objectsOf(chunk.candidates).find(({ index }) => !index);
    if (candidate === undefined) return;
    for (const part of objectsOf(asObject(candidate.content).parts)) this.#output.take(part);
    this.#endAtStopSequence();
    this.#noteFinish(candidate);
  }

  /** This protocol has no such mark; a gateway's is the end of the bytes. */
  done(): void {
    this.eof();
  }

  eof(): void {
    if (this.#ending) return;
    if (this.#finish === undefined && this.#blocked !== undefined)
      return this.#end({
        stopReason: 'refusal',
        explanation: `The prompt was blocked (${this.#blocked.slice(0, 60)}).`,
      });
    if (this.#finish === undefined)
      throw new CcpError('truncated', `${this.#who} ended the stream before the answer was complete.`);
    this.#finishAs(this.#finish.how, this.#finish.reason, this.#finish.words);
  }

  /** The newest reason counts: some hosts send an early one. */
  #noteFinish(candidate: JsonObject): void {
    const reason = asString(candidate.finishReason);
    if (reason === undefined || reason === '' || reason === 'FINISH_REASON_UNSPECIFIED') return;
    const words = (asString(candidate.finishMessage) ?? '').slice(0, 200);
    if (this.#finish === undefined) this.#options.outputs.push({ type: 'settled' });
    this.#finish = { how: own(finishes, reason) ?? 'upstream_failed', reason: reason.slice(0, 60), words };
  }

  #finishAs(how: Finish, reason: string, words: string): void {
    const cause = words === '' ? reason : `${reason}: ${words}`;
    if (how === 'stop') {
      this.#output.finishCalls();
      this.#endAtStopSequence();
      return this.#end({ stopReason: this.#output.calls.finished > 0 ? 'tool_use' : 'end_turn' });
    }
    if (how === 'length' || how === 'refusal') {
      this.#output.dropCalls();
      this.#endAtStopSequence();
      const explanation = `The upstream stopped this answer (${cause}).`;
      return this.#end(how === 'length' ? { stopReason: 'max_tokens' } : { stopReason: 'refusal', explanation });
    }
    throw new CcpError(how, `${this.#who} stopped the answer (${cause}).`);
  }

  #end(how: Pick<MessageEnd, 'stopReason' | 'explanation'>): void {
    this.#ending ??= {
      end: { ...how, stopSequence: null, usage: usageOf(this.#usage) },
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

  /** Each chunk has the running total. */
  #count(usage: unknown): void {
    if (!isObject(usage)) return;
    this.#usage = { ...asObject(this.#usage), ...usage };
    this.#options.outputs.push({ type: 'usage', usage: usageOf(this.#usage) });
  }

  /** A retired model is served by another. */
  #noteModel(served: string | undefined): void {
    const { model, upstream } = this.#options.failure;
    if (served === undefined || this.#servedModel !== undefined) return;
    this.#servedModel = served;
    if (!served.startsWith(model))
      this.#options.outputs.push({
        type: 'warning',
        message: `${upstream} answers with ${served.slice(0, 80)} instead of ${model}`,
      });
  }

  #failed(chunk: JsonObject): CcpError {
    return this.#options.refineError(streamFailure(failureOf(JSON.stringify(chunk)), this.#options.failure));
  }

  get #who(): string {
    const { upstream, model } = this.#options.failure;
    return `${upstream} (${model})`;
  }
}
