/**
 * Responses events → Anthropic blocks, as a step machine. It writes through the message writer and says how the
 * answer ended; what a failure becomes (a retry, an HTTP status, an error event) is decided outside.
 */
import { CcpError } from '../../errors/ccp-error.ts';
import type { MessagesUsage } from '../../wire/anthropic.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../../wire/json.ts';
import type { AnswerStream, Ending } from '../dialect.ts';
import { sealReasoning } from '../messages/envelope.ts';
import { BlockSequence } from '../messages/sequence.ts';
import { StopScanner } from '../messages/stop-scanner.ts';
import { HoldBudget, ToolCall } from '../messages/tool-call.ts';
import type { MessageEnd, MessageWriter } from '../messages/writer.ts';
import { type FailureContext, readFailure, streamFailure } from './errors.ts';
import type { ToolTable } from './tools.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions {
  readonly writer: MessageWriter;
  readonly tools: ToolTable;
  readonly stopSequences: readonly string[];
  readonly maker: { readonly upstream: string; readonly model: string; readonly account: string };
  readonly failure: FailureContext;
  /** Claude Code shows thinking, so reasoning may be signed into an empty block. */
  readonly thinkingWanted: boolean;
  readonly newToolId: () => string;
  readonly onRepair: (tool: string, dropped: readonly string[]) => void;
  readonly onToolCall: (tool: string) => void;
}

interface ReasoningItem {
  readonly kind: 'reasoning';
  parts: number;
  chars: number;
}

interface TextItem {
  readonly kind: 'text';
  readonly scanner: StopScanner;
  chars: number;
}

interface CallItem {
  readonly kind: 'call';
  readonly call: ToolCall;
  /** From `arguments.done`; the call itself is finished by `output_item.done` or the terminal event only. */
  finalArguments: string | undefined;
}

type Item = ReasoningItem | TextItem | CallItem;

export class ResponsesStream implements AnswerStream {
  readonly #options: StreamOptions;
  readonly #writer: MessageWriter;
  readonly #budget = new HoldBudget();
  readonly #sequence = new BlockSequence(this.#budget);
  readonly #items = new Map<string, Item>();
  #ending: Ending | undefined;
  #calls = 0;
  #refusal = '';
  /** Event types nobody handles, by name. */
  readonly unknown = new Map<string, number>();

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#writer = options.writer;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** @throws CcpError when the upstream failed or sent what must not be passed on. */
  step(event: JsonObject): void {
    if (this.#ending) return;
    const handler = handlers[asString(event.type) ?? ''];
    if (handler) return handler(this, event);
    const type = asString(event.type) ?? '(none)';
    this.unknown.set(type, (this.unknown.get(type) ?? 0) + 1);
  }

  /** The bytes ended. @throws CcpError unless the terminal event came. */
  eof(): void {
    if (this.#ending) return;
    const { upstream, model } = this.#options.failure;
    throw new CcpError('truncated', `${upstream} (${model}) ended the stream before the answer was complete.`);
  }

  added(event: JsonObject): void {
    const item = asObject(event.item);
    const key = keyOf(event, item);
    if (item.type === 'reasoning') this.#reasoning(key);
    else if (item.type === 'message') this.#text(key);
    else if (item.type === 'function_call') this.#call(key, item);
  }

  itemDone(event: JsonObject): void {
    const item = asObject(event.item);
    this.#finishItem(keyOf(event, item), item);
  }

  reasoningPart(event: JsonObject): void {
    const key = keyOf(event);
    const item = this.#reasoning(key);
    item.parts += 1;
    if (item.parts > 1 && item.chars > 0) this.#sequence.write(key, 2, () => this.#writer.thinking('\n\n'));
  }

  reasoningDelta(event: JsonObject): void {
    const delta = asString(event.delta) ?? '';
    if (delta === '') return;
    const key = keyOf(event);
    this.#reasoning(key).chars += delta.length;
    this.#sequence.write(key, delta.length, () => this.#writer.thinking(delta));
  }

  textDelta(event: JsonObject): void {
    const delta = asString(event.delta) ?? '';
    if (delta !== '') this.#say(keyOf(event), delta);
  }

  /** Only when no delta carried it. */
  textDone(event: JsonObject): void {
    const key = keyOf(event);
    if (this.#text(key).chars === 0) this.#say(key, asString(event.text) ?? asString(event.refusal) ?? '');
  }

  refusalDelta(event: JsonObject): void {
    const delta = asString(event.delta) ?? '';
    this.#refusal += delta;
    this.textDelta(event);
  }

  refusalDone(event: JsonObject): void {
    if (this.#refusal === '') this.#refusal = asString(event.refusal) ?? 'The model refused.';
    this.textDone(event);
  }

  argumentsDelta(event: JsonObject): void {
    const delta = asString(event.delta) ?? '';
    const key = keyOf(event);
    const item = this.#items.get(key);
    if (delta === '' || item?.kind !== 'call' || this.#sequence.isDone(key)) return;
    // A held-back call needs no turn to grow; a live one does.
    if (item.call.live) this.#sequence.write(key, delta.length, () => item.call.append(delta));
    else item.call.append(delta);
  }

  argumentsDone(event: JsonObject): void {
    const item = this.#items.get(keyOf(event));
    if (item?.kind === 'call') item.finalArguments = asString(event.arguments);
  }

  completed(event: JsonObject): void {
    const response = asObject(event.response);
    this.#backfill(response);
    for (const [key, item] of this.#items) {
      if (item.kind !== 'call' || this.#sequence.isDone(key)) continue;
      if (item.finalArguments === undefined) throw this.#cutCall(item.call);
      this.#finishCall(key, item);
    }
    this.#finishRest();
    if (this.#ending) return;
    const stopReason = this.#refusal !== '' ? 'refusal' : this.#calls > 0 ? 'tool_use' : 'end_turn';
    this.#end(stopReason, usageOf(response.usage));
  }

  incomplete(event: JsonObject): void {
    const response = asObject(event.response);
    const reason = asString(asObject(response.incomplete_details).reason) ?? '';
    for (const [key, item] of this.#items) {
      if (item.kind !== 'call' || this.#sequence.isDone(key)) continue;
      if (item.call.isOpen) throw this.#cutCall(item.call);
      this.#sequence.finish(key);
    }
    this.#finishRest();
    if (this.#ending) return;
    if (reason === 'content_filter') this.#refusal ||= 'The upstream filtered this answer.';
    const cut = reason === 'max_output_tokens' || reason === '';
    this.#end(reason === 'content_filter' ? 'refusal' : cut ? 'max_tokens' : 'end_turn', usageOf(response.usage));
  }

  failed(event: JsonObject): void {
    const nested = asObject(asObject(event.response).error);
    const own = isObject(event.error) ? event.error : event;
    const error = asString(nested.code) !== undefined || asString(nested.message) !== undefined ? nested : own;
    throw streamFailure(readFailure(JSON.stringify({ error })), this.#options.failure);
  }

  #reasoning(key: string): ReasoningItem {
    const known = this.#items.get(key);
    if (known?.kind === 'reasoning') return known;
    const item: ReasoningItem = { kind: 'reasoning', parts: 0, chars: 0 };
    this.#items.set(key, item);
    this.#sequence.begin(key);
    return item;
  }

  #text(key: string): TextItem {
    const known = this.#items.get(key);
    if (known?.kind === 'text') return known;
    const item: TextItem = { kind: 'text', scanner: new StopScanner(this.#options.stopSequences), chars: 0 };
    this.#items.set(key, item);
    this.#sequence.begin(key);
    return item;
  }

  #call(key: string, source: JsonObject): CallItem {
    const known = this.#items.get(key);
    if (known?.kind === 'call') return known;
    const name = this.#options.tools.clientName(asString(source.name) ?? '');
    const call = new ToolCall({
      id: asString(source.call_id) || this.#options.newToolId(),
      name,
      schema: this.#options.tools.schema(name),
      writer: this.#writer,
      budget: this.#budget,
    });
    const item: CallItem = { kind: 'call', call, finalArguments: undefined };
    this.#items.set(key, item);
    this.#sequence.begin(key);
    this.#options.onToolCall(name);
    return item;
  }

  #say(key: string, text: string): void {
    const item = this.#text(key);
    item.chars += text.length;
    if (text === '') return;
    this.#sequence.write(key, text.length, () => {
      if (this.#ending) return;
      const out = item.scanner.push(text);
      if (out !== '') this.#writer.text(out);
      if (item.scanner.hit !== undefined) this.#stop(item.scanner.hit);
    });
  }

  #finishItem(key: string, item: JsonObject): void {
    if (this.#sequence.isDone(key)) return;
    if (item.type === 'reasoning') return this.#finishReasoning(key, item);
    if (item.type === 'message') return this.#finishText(key, item);
    if (item.type === 'function_call') {
      const call = this.#call(key, item);
      // A cut call is judged by the terminal event: dropped, or an error when it already streams.
      if (item.status === 'incomplete') return;
      call.finalArguments = asString(item.arguments) || call.finalArguments;
      this.#finishCall(key, call);
    }
  }

  #finishReasoning(key: string, item: JsonObject): void {
    const { chars } = this.#reasoning(key);
    const encrypted = asString(item.encrypted_content);
    const summary = objectsOf(item.summary)
      .map((part) => asString(part.text) ?? '')
      .join('\n\n');
    this.#sequence.write(key, summary.length, () => {
      if (chars === 0 && summary !== '') this.#writer.thinking(summary);
      if (encrypted !== undefined && (this.#writer.open === 'thinking' || this.#options.thinkingWanted))
        this.#writer.signature(sealReasoning({ ...this.#options.maker, id: asString(item.id) ?? '', encrypted }));
      if (this.#writer.open === 'thinking') this.#writer.close();
    });
    this.#sequence.finish(key);
  }

  #finishText(key: string, item: JsonObject): void {
    const text = this.#text(key);
    if (text.chars === 0) {
      for (const part of objectsOf(item.content)) this.#say(key, asString(part.text) ?? asString(part.refusal) ?? '');
    }
    this.#endText(key, text);
  }

  #endText(key: string, item: TextItem): void {
    this.#sequence.write(key, 0, () => {
      if (this.#ending) return;
      const rest = item.scanner.flush();
      if (rest !== '') this.#writer.text(rest);
      if (this.#writer.open === 'text') this.#writer.close();
    });
    this.#sequence.finish(key);
  }

  #finishCall(key: string, { call, finalArguments }: CallItem): void {
    if (this.#sequence.isDone(key)) return;
    this.#sequence.write(key, 0, () => {
      const dropped = call.finish(finalArguments);
      this.#calls += 1;
      if (dropped.length > 0) this.#options.onRepair(call.name, dropped);
    });
    this.#sequence.finish(key);
  }

  /** What the terminal event carries but no event announced. */
  #backfill(response: JsonObject): void {
    objectsOf(response.output).forEach((item, index) => {
      const id = asString(item.id) ?? '';
      this.#finishItem(this.#items.has(id) ? id : `#${index}`, item);
    });
  }

  #finishRest(): void {
    for (const [key, item] of this.#items) {
      if (this.#sequence.isDone(key)) continue;
      if (item.kind === 'text') this.#endText(key, item);
      else if (item.kind === 'reasoning') this.#finishReasoning(key, {});
    }
  }

  #stop(sequence: string): void {
    this.#ending = {
      end: { stopReason: 'stop_sequence', stopSequence: sequence, usage: usageOf(undefined) },
      abort: true,
    };
  }

  #end(stopReason: MessageEnd['stopReason'], usage: MessagesUsage): void {
    const explanation = stopReason === 'refusal' ? { explanation: this.#refusal } : {};
    this.#ending = { end: { stopReason, stopSequence: null, usage, ...explanation }, abort: false };
  }

  #cutCall(call: ToolCall): CcpError {
    const { upstream, model } = this.#options.failure;
    return new CcpError('incomplete_tool_call', `${upstream} (${model}) stopped inside a call of ${call.name}.`);
  }
}

/** `output_index` names the item in every event; `item_id` is the fallback of sloppy gateways. */
function keyOf(event: JsonObject, item: JsonObject = {}): string {
  const index = asNumber(event.output_index);
  return index === undefined ? (asString(event.item_id) ?? asString(item.id) ?? '#0') : `#${index}`;
}

const ignore = (): void => {};

const handlers: Readonly<Record<string, (stream: ResponsesStream, event: JsonObject) => void>> = {
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
  'response.output_item.added': (stream, event) => stream.added(event),
  'response.output_item.done': (stream, event) => stream.itemDone(event),
  'response.reasoning_summary_part.added': (stream, event) => stream.reasoningPart(event),
  'response.reasoning_summary_text.delta': (stream, event) => stream.reasoningDelta(event),
  'response.reasoning_text.delta': (stream, event) => stream.reasoningDelta(event),
  'response.output_text.delta': (stream, event) => stream.textDelta(event),
  'response.output_text.done': (stream, event) => stream.textDone(event),
  'response.refusal.delta': (stream, event) => stream.refusalDelta(event),
  'response.refusal.done': (stream, event) => stream.refusalDone(event),
  'response.function_call_arguments.delta': (stream, event) => stream.argumentsDelta(event),
  'response.function_call_arguments.done': (stream, event) => stream.argumentsDone(event),
  'response.completed': (stream, event) => stream.completed(event),
  'response.done': (stream, event) => stream.completed(event),
  'response.incomplete': (stream, event) => stream.incomplete(event),
  'response.failed': (stream, event) => stream.failed(event),
  error: (stream, event) => stream.failed(event),
};
