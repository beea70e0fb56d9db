/**
 * Responses events → Anthropic blocks, as a step machine. It writes to `Outputs` and reports how the response ended.
 * The caller turns a failure into a retry, an HTTP status or an error event.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, ownValue } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import { plausibleUsage } from '../../anthropic/plausible-usage.ts';
import { type FailureContext, streamFailure } from '../../failures/errors.ts';
import { readFailure } from '../../failures/read.ts';
import type { Ending, MessageEnd } from '../../output.ts';
import { OutputItems, type OutputOptions } from './output.ts';
import { quotaOfEvent } from './quota.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {
  /** `max_tokens` is below the upstream's minimum: the response ends when the upstream accepts the request. */
  readonly isBelowMinTokens: boolean;
}

export class ResponsesStream implements AnswerMachine {
  readonly #failure: FailureContext;
  readonly #items: OutputItems;
  readonly #isBelowMinTokens: boolean;
  readonly #outputs: StreamOptions['outputs'];
  readonly #refineError: (error: CcpError) => CcpError;
  #ending: Ending | undefined;

  constructor(options: StreamOptions) {
    this.#failure = options.failure;
    this.#items = new OutputItems(options);
    this.#isBelowMinTokens = options.isBelowMinTokens;
    this.#outputs = options.outputs;
    this.#refineError = options.refineError;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(event: JsonObject): void {
    if (this.#ending) return;
    const type = asString(event.type) ?? '(none)';
    const handler = ownValue(handlers, type);
    if (handler) handler(this.#items, event, this);
    else this.#outputs.push({ type: 'unknown', event: type });
    this.#endAtStopSequence();
  }

  /** `[DONE]` is ignored: the terminal event ends the response. */
  done(): void {}

  eof(): void {
    if (this.#ending) return;
    throw new CcpError('truncated', `${this.#upstreamLabel} ended the stream before the answer was complete.`);
  }

  /** The upstream accepted the request. */
  onAccepted(): void {
    if (!this.#isBelowMinTokens) return;
    const end = { stopReason: 'max_tokens' as const, stopSequence: null, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  /** Reports quota from an event in the stream. */
  reportQuota(event: JsonObject): void {
    const quota = quotaOfEvent(event, this.#failure.now());
    if (quota) this.#outputs.push({ type: 'quota', quota });
  }

  /** A terminal event. `response.status` takes precedence over the event type. */
  onEnded(event: JsonObject): void {
    const response = asObject(event.response);
    const status = asString(response.status) ?? '';
    if (status === 'failed') return this.onFailed(event);
    if (status === 'incomplete' || event.type === 'response.incomplete') return this.#incomplete(response);
    if (status === 'cancelled') throw new CcpError('truncated', `${this.#upstreamLabel} cancelled the answer.`);
    this.#completed(response);
  }

  onFailed(event: JsonObject): void {
    const usage = plausibleUsage(asObject(event.response).usage);
    if (usage !== undefined) this.#outputs.push({ type: 'usage', usage: usageOf(usage) });
    const nestedError = asObject(asObject(event.response).error);
    const outerError = isObject(event.error) ? event.error : event;
    const hasNestedError = asString(nestedError.code) !== undefined || asString(nestedError.message) !== undefined;
    const error = hasNestedError ? nestedError : outerError;
    throw this.#refineError(streamFailure(readFailure(JSON.stringify({ error })), this.#failure));
  }

  #completed(response: JsonObject): void {
    objectsOf(response.output).forEach((item, index) => {
      this.#items.backfill(item, index);
    });
    for (const [key, item] of this.#items.calls.open) {
      if (item.finalArguments === undefined) throw this.#incompleteCallError(item.call.name);
      this.#items.calls.finish(key, item);
    }
    this.#end(() => (this.#items.calls.finished > 0 ? 'tool_use' : 'end_turn'), response.usage);
  }

  #incomplete(response: JsonObject): void {
    const reason = asString(asObject(response.incomplete_details).reason) ?? '';
    // Calls are dropped before text is completed, which would let buffered calls write.
    const started = this.#items.calls.dropOpen();
    if (started !== undefined) throw this.#incompleteCallError(started);
    // Listed calls may be incomplete; incomplete text is still usable.
    objectsOf(response.output).forEach((item, index) => {
      if (item.type !== 'function_call') this.#items.backfill(item, index);
    });
    if (reason === 'content_filter' && this.#items.refusal === '')
      this.#items.appendRefusal('The upstream filtered this answer.', true);
    this.#end(() => (reason === 'max_output_tokens' || reason === '' ? 'max_tokens' : 'end_turn'), response.usage);
  }

  /** @param stopReason called after all buffered output is written. */
  #end(stopReason: () => MessageEnd['stopReason'], sentUsage: unknown): void {
    const usage = plausibleUsage(sentUsage);
    this.#items.finishRest();
    this.#endAtStopSequence();
    if (this.#ending) return;
    const { refusal } = this.#items;
    const outcome =
      refusal === '' ? { stopReason: stopReason() } : { stopReason: 'refusal' as const, explanation: refusal };
    this.#ending = {
      end: { ...outcome, stopSequence: null, usage: usageOf(usage, this.#items.searches) },
      abort: false,
      measured: usage !== undefined,
    };
  }

  #endAtStopSequence(): void {
    const { stopSequence } = this.#items;
    if (stopSequence === undefined || this.#ending) return;
    const end = { stopReason: 'stop_sequence' as const, stopSequence, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  #incompleteCallError(tool: string): CcpError {
    return new CcpError(
      'incomplete_tool_call',
      `${this.#upstreamLabel} stopped before the tool call was complete: ${tool}.`,
    );
  }

  get #upstreamLabel(): string {
    return `${this.#failure.upstream} (${this.#failure.model})`;
  }
}

const textOf = (event: JsonObject, member: string): string => asString(event[member]) ?? '';

const ignore = (): void => {};

type Handler = (items: OutputItems, event: JsonObject, stream: ResponsesStream) => void;

const onReasoning: Handler = (items, event) => items.appendReasoning(event, textOf(event, 'delta'));
const onEnded: Handler = (_items, event, stream) => stream.onEnded(event);
const onFailed: Handler = (_items, event, stream) => stream.onFailed(event);

const handlers: Readonly<Record<string, Handler>> = {
  'response.created': (_items, _event, stream) => stream.onAccepted(),
  'response.in_progress': ignore,
  'response.queued': ignore,
  'response.metadata': ignore,
  'codex.rate_limits': (_items, event, stream) => stream.reportQuota(event),
  'response.web_search_call.in_progress': ignore,
  'response.web_search_call.searching': ignore,
  'response.web_search_call.completed': ignore,
  'response.content_part.added': ignore,
  'response.content_part.done': ignore,
  'response.reasoning_summary_part.done': ignore,
  'response.reasoning_summary_text.done': ignore,
  'response.reasoning_text.done': ignore,
  'response.output_item.added': (items, event) => items.begin(event, asObject(event.item)),
  'response.output_item.done': (items, event) => items.finish(event, asObject(event.item)),
  'response.reasoning_summary_part.added': (items, event) => items.reasoningPart(event),
  'response.reasoning_summary_text.delta': onReasoning,
  'response.reasoning_text.delta': onReasoning,
  'response.output_text.delta': (items, event) => items.appendText(event, textOf(event, 'delta')),
  'response.output_text.done': (items, event) => items.completeText(event, textOf(event, 'text')),
  'response.output_text.annotation.added': (items, event) => items.addCitation(event, asObject(event.annotation)),
  'response.refusal.delta': (items, event) => {
    items.appendRefusal(textOf(event, 'delta'), false);
    items.appendText(event, textOf(event, 'delta'));
  },
  'response.refusal.done': (items, event) => {
    items.appendRefusal(textOf(event, 'refusal'), true);
    items.completeText(event, textOf(event, 'refusal'));
  },
  'response.function_call_arguments.delta': (items, event) => items.appendArguments(event, textOf(event, 'delta')),
  'response.function_call_arguments.done': (items, event) => items.setArguments(event),
  'response.completed': onEnded,
  'response.done': onEnded,
  'response.incomplete': onEnded,
  'response.failed': onFailed,
  error: onFailed,
};
