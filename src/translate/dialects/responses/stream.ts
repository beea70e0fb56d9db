/**
 * Responses events → Anthropic blocks, as a step machine. It writes through the message writer and says how the
 * answer ended; what a failure becomes (a retry, an HTTP status, an error event) is decided outside.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, own } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import type { CallItem } from '../../anthropic/call-items.ts';
import { type FailureContext, streamFailure } from '../../failures/errors.ts';
import { readFailure } from '../../failures/read.ts';
import type { Ending, MessageEnd } from '../../output.ts';
import { OutputItems, type OutputOptions } from './output.ts';
import { quotaOfEvent } from './quota.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {
  readonly failure: FailureContext;
  /** So few tokens were asked for that the upstream cannot be told: its consent is the answer. */
  readonly tiny: boolean;
  /** Sharpens a failure by what was asked. */
  readonly refineError: (error: CcpError) => CcpError;
}

export class ResponsesStream implements AnswerMachine {
  readonly #failure: FailureContext;
  readonly #items: OutputItems;
  readonly #tiny: boolean;
  readonly #outputs: StreamOptions['outputs'];
  readonly #refineError: (error: CcpError) => CcpError;
  #ending: Ending | undefined;

  constructor(options: StreamOptions) {
    this.#failure = options.failure;
    this.#items = new OutputItems(options);
    this.#tiny = options.tiny;
    this.#outputs = options.outputs;
    this.#refineError = options.refineError;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(event: JsonObject): void {
    if (this.#ending) return;
    const type = asString(event.type) ?? '(none)';
    const handler = own(handlers, type);
    if (handler) handler(this.#items, event, this);
    else this.#outputs.push({ type: 'unknown', event: type });
    this.#endAtStopSequence();
  }

  /** The terminal event is the end; this host's last word says nothing more. */
  done(): void {}

  eof(): void {
    if (this.#ending) return;
    throw new CcpError('truncated', `${this.#who} ended the stream before the answer was complete.`);
  }

  /** The upstream took the request and begins to answer. */
  accepted(): void {
    if (!this.#tiny) return;
    const end = { stopReason: 'max_tokens' as const, stopSequence: null, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  /** A limit, told in the middle of the answer. */
  reportQuota(event: JsonObject): void {
    const quota = quotaOfEvent(event, this.#failure.now());
    if (quota) this.#outputs.push({ type: 'quota', quota });
  }

  /** A terminal event; its own status is the truth, whatever the event is called. */
  ended(event: JsonObject): void {
    const answer = asObject(event.response);
    const status = asString(answer.status) ?? '';
    if (status === 'failed') return this.failed(event);
    if (status === 'incomplete' || event.type === 'response.incomplete') return this.#incomplete(answer);
    if (status === 'cancelled') throw new CcpError('truncated', `${this.#who} cancelled the answer.`);
    this.#completed(answer);
  }

  failed(event: JsonObject): void {
    const { usage } = asObject(event.response);
    if (isObject(usage)) this.#outputs.push({ type: 'usage', usage: usageOf(usage) });
    const nested = asObject(asObject(event.response).error);
    const outer = isObject(event.error) ? event.error : event;
    const error = asString(nested.code) !== undefined || asString(nested.message) !== undefined ? nested : outer;
    throw this.#refineError(streamFailure(readFailure(JSON.stringify({ error })), this.#failure));
  }

  #completed(answer: JsonObject): void {
    objectsOf(answer.output).forEach((item, index) => {
      this.#items.backfill(item, index);
    });
    for (const [key, item] of this.#items.calls.open) {
      if (item.finalArguments === undefined) throw this.#cutCall(item);
      this.#items.calls.finish(key, item);
    }
    this.#end(() => (this.#items.calls.finished > 0 ? 'tool_use' : 'end_turn'), answer.usage);
  }

  #incomplete(answer: JsonObject): void {
    const reason = asString(asObject(answer.incomplete_details).reason) ?? '';
    // Calls of the list may be cut; words are words.
    objectsOf(answer.output).forEach((item, index) => {
      if (item.type !== 'function_call') this.#items.backfill(item, index);
    });
    const calls = this.#items.calls.open;
    const streaming = calls.find(([, item]) => item.call.isOpen);
    if (streaming) throw this.#cutCall(streaming[1]);
    for (const [key] of calls) this.#items.calls.drop(key);
    if (reason === 'content_filter' && this.#items.refusal === '')
      this.#items.refuse('The upstream filtered this answer.', true);
    this.#end(() => (reason === 'max_output_tokens' || reason === '' ? 'max_tokens' : 'end_turn'), answer.usage);
  }

  /** @param stopReason asked when everything that waited is written. */
  #end(stopReason: () => MessageEnd['stopReason'], usage: unknown): void {
    this.#items.finishRest();
    this.#endAtStopSequence();
    if (this.#ending) return;
    const { refusal } = this.#items;
    const how =
      refusal === '' ? { stopReason: stopReason() } : { stopReason: 'refusal' as const, explanation: refusal };
    this.#ending = {
      end: { ...how, stopSequence: null, usage: usageOf(usage, this.#items.searches) },
      abort: false,
      measured: isObject(usage),
    };
  }

  #endAtStopSequence(): void {
    const { stopSequence } = this.#items;
    if (stopSequence === undefined || this.#ending) return;
    const end = { stopReason: 'stop_sequence' as const, stopSequence, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  #cutCall({ call }: CallItem): CcpError {
    return new CcpError('incomplete_tool_call', `${this.#who} stopped inside a call of ${call.name}.`);
  }

  get #who(): string {
    return `${this.#failure.upstream} (${this.#failure.model})`;
  }
}

const textOf = (event: JsonObject, member: string): string => asString(event[member]) ?? '';

const ignore = (): void => {};

type Handler = (items: OutputItems, event: JsonObject, stream: ResponsesStream) => void;

const reason: Handler = (items, event) => items.reason(event, textOf(event, 'delta'));
const ended: Handler = (_items, event, stream) => stream.ended(event);
const failed: Handler = (_items, event, stream) => stream.failed(event);

const handlers: Readonly<Record<string, Handler>> = {
  'response.created': (_items, _event, stream) => stream.accepted(),
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
  'response.reasoning_summary_text.delta': reason,
  'response.reasoning_text.delta': reason,
  'response.output_text.delta': (items, event) => items.say(event, textOf(event, 'delta')),
  'response.output_text.done': (items, event) => items.sayWhole(event, textOf(event, 'text')),
  'response.output_text.annotation.added': (items, event) => items.cite(event, asObject(event.annotation)),
  'response.refusal.delta': (items, event) => {
    items.refuse(textOf(event, 'delta'), false);
    items.say(event, textOf(event, 'delta'));
  },
  'response.refusal.done': (items, event) => {
    items.refuse(textOf(event, 'refusal'), true);
    items.sayWhole(event, textOf(event, 'refusal'));
  },
  'response.function_call_arguments.delta': (items, event) => items.appendArguments(event, textOf(event, 'delta')),
  'response.function_call_arguments.done': (items, event) => items.setArguments(event),
  'response.completed': ended,
  'response.done': ended,
  'response.incomplete': ended,
  'response.failed': failed,
  error: failed,
};
