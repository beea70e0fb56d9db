/**
 * Responses events → Anthropic blocks, as a step machine. It writes through the message writer and says how the
 * answer ended; what a failure becomes (a retry, an HTTP status, an error event) is decided outside.
 */
import { CcpError } from '../../errors/ccp-error.ts';
import type { MessagesUsage } from '../../wire/anthropic.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf } from '../../wire/json.ts';
import type { AnswerStream, Ending } from '../dialect.ts';
import type { MessageEnd } from '../messages/writer.ts';
import { type FailureContext, readFailure, streamFailure } from './errors.ts';
import { type CallItem, keyOf, OutputItems, type OutputOptions } from './output-items.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {
  readonly failure: FailureContext;
}

export class ResponsesStream implements AnswerStream {
  readonly #failure: FailureContext;
  readonly #items: OutputItems;
  #ending: Ending | undefined;
  #refusal = '';
  /** Event types nobody handles, by name. */
  readonly unknown = new Map<string, number>();

  constructor(options: StreamOptions) {
    this.#failure = options.failure;
    this.#items = new OutputItems(options);
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(event: JsonObject): void {
    if (this.#ending) return;
    const type = asString(event.type) ?? '(none)';
    const handler = handlers[type];
    if (handler) handler(this.#items, event, this);
    else this.unknown.set(type, (this.unknown.get(type) ?? 0) + 1);
    this.#endAtStopSequence();
  }

  eof(): void {
    if (this.#ending) return;
    throw new CcpError('truncated', `${this.#who} ended the stream before the answer was complete.`);
  }

  /** @param words of a delta, or the whole refusal when it is done. */
  refuse(words: string, whole: boolean): void {
    this.#refusal = whole ? words || this.#refusal || 'The model refused.' : this.#refusal + words;
  }

  completed({ response }: JsonObject): void {
    const answer = asObject(response);
    this.#backfill(answer);
    for (const [key, item] of this.#items.openCalls()) {
      if (item.finalArguments === undefined) throw this.#cutCall(item);
      this.#items.finishCall(key, item);
    }
    const stopReason = this.#refusal !== '' ? 'refusal' : this.#items.finishedCalls > 0 ? 'tool_use' : 'end_turn';
    this.#end(stopReason, usageOf(answer.usage));
  }

  incomplete({ response }: JsonObject): void {
    const answer = asObject(response);
    const reason = asString(asObject(answer.incomplete_details).reason) ?? '';
    for (const [key, item] of this.#items.openCalls()) {
      if (item.call.isOpen) throw this.#cutCall(item);
      this.#items.dropCall(key);
    }
    if (reason === 'content_filter') this.#refusal ||= 'The upstream filtered this answer.';
    const cut = reason === 'max_output_tokens' || reason === '';
    this.#end(reason === 'content_filter' ? 'refusal' : cut ? 'max_tokens' : 'end_turn', usageOf(answer.usage));
  }

  failed(event: JsonObject): void {
    const nested = asObject(asObject(event.response).error);
    const own = isObject(event.error) ? event.error : event;
    const error = asString(nested.code) !== undefined || asString(nested.message) !== undefined ? nested : own;
    throw streamFailure(readFailure(JSON.stringify({ error })), this.#failure);
  }

  /** What the terminal event carries but no event announced. */
  #backfill(answer: JsonObject): void {
    objectsOf(answer.output).forEach((item, index) => {
      const id = asString(item.id) ?? '';
      this.#items.finish(this.#items.has(id) ? id : `#${index}`, item);
    });
  }

  #end(stopReason: MessageEnd['stopReason'], usage: MessagesUsage): void {
    this.#items.finishRest();
    this.#endAtStopSequence();
    if (this.#ending) return;
    const explanation = stopReason === 'refusal' ? { explanation: this.#refusal } : {};
    this.#ending = { end: { stopReason, stopSequence: null, usage, ...explanation }, abort: false };
  }

  #endAtStopSequence(): void {
    const { stopSequence } = this.#items;
    if (stopSequence === undefined || this.#ending) return;
    this.#ending = { end: { stopReason: 'stop_sequence', stopSequence, usage: usageOf(undefined) }, abort: true };
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

const reason: Handler = (items, event) => items.reason(keyOf(event), textOf(event, 'delta'));

const handlers: Readonly<Record<string, Handler>> = {
  'response.created': ignore,
  'response.in_progress': ignore,
  'response.queued': ignore,
  'response.metadata': ignore,
  'codex.rate_limits': ignore,
  'response.content_part.added': ignore,
  'response.content_part.done': ignore,
  'response.reasoning_summary_part.done': ignore,
  'response.reasoning_summary_text.done': ignore,
  'response.reasoning_text.done': ignore,
  'response.output_item.added': (items, event) => items.begin(keyOf(event, asObject(event.item)), asObject(event.item)),
  'response.output_item.done': (items, event) => items.finish(keyOf(event, asObject(event.item)), asObject(event.item)),
  'response.reasoning_summary_part.added': (items, event) => items.reasoningPart(keyOf(event)),
  'response.reasoning_summary_text.delta': reason,
  'response.reasoning_text.delta': reason,
  'response.output_text.delta': (items, event) => items.say(keyOf(event), textOf(event, 'delta')),
  'response.output_text.done': (items, event) => items.sayIfSilent(keyOf(event), textOf(event, 'text')),
  'response.refusal.delta': (items, event, stream) => {
    stream.refuse(textOf(event, 'delta'), false);
    items.say(keyOf(event), textOf(event, 'delta'));
  },
  'response.refusal.done': (items, event, stream) => {
    stream.refuse(textOf(event, 'refusal'), true);
    items.sayIfSilent(keyOf(event), textOf(event, 'refusal'));
  },
  'response.function_call_arguments.delta': (items, event) =>
    items.appendArguments(keyOf(event), textOf(event, 'delta')),
  'response.function_call_arguments.done': (items, event) =>
    items.setArguments(keyOf(event), asString(event.arguments)),
  'response.completed': (_items, event, stream) => stream.completed(event),
  'response.done': (_items, event, stream) => stream.completed(event),
  'response.incomplete': (_items, event, stream) => stream.incomplete(event),
  'response.failed': (_items, event, stream) => stream.failed(event),
  error: (_items, event, stream) => stream.failed(event),
};
