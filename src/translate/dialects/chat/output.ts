/**
 * Thinking, text and calls of one response, written as one block at a time. Calls are closed only after `finish_reason`
 * arrives; content after a call is buffered until then.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf } from '../../../wire/json.ts';
import type { AnswerOptions } from '../../anthropic/answer-options.ts';
import { CallItems, type Tools } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { argumentsText } from '../../anthropic/exact-json.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StoppedText } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';
import { CallKeys } from './call-keys.ts';
import type { ChatProfile } from './profile.ts';
import { ThinkingDetails } from './thinking-details.ts';
import { ThinkingMarks } from './thinking-marks.ts';

export interface OutputOptions extends AnswerOptions {
  readonly tools: Tools;
  readonly stopSequences: readonly string[];
  readonly profile: ChatProfile;
}

/** Some hosts send the same thinking in two fields. The first field with a value is used for the whole response. */
const thinkingFields = ['reasoning_content', 'reasoning', 'reasoning_text'] as const;
/** Signature payload of thinking that is replayed as text: only its origin matters. */
const textPayload = 'text';

interface PendingCall {
  name: string;
  id: string | undefined;
  /** Arguments received before the name. */
  readonly earlyArguments: string[];
  hasStarted: boolean;
}

export class ChatOutput {
  readonly #options: OutputOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #text: StoppedText;
  readonly #marks: ThinkingMarks | undefined;
  readonly #details = new ThinkingDetails();
  readonly #keys = new CallKeys({
    isComplete: (key) => this.calls.isComplete(key),
    isBegun: (key) => this.#pendingCalls.get(key)?.hasStarted ?? false,
  });
  readonly #pendingCalls = new Map<string, PendingCall>();
  readonly calls: CallItems;
  #thinkingField: string | undefined;
  /** The open thinking or text block. */
  #openBlock: { readonly kind: 'thinking' | 'text'; readonly key: string } | undefined;
  #blockCount = 0;
  #hasText = false;
  /** The open thinking block has a signature. */
  #hasSignature = false;
  #refusal = '';

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#outputs = options.outputs;
    this.#text = new StoppedText(options.stopSequences, options.outputs);
    this.#marks = options.profile.inlineThinking ? new ThinkingMarks() : undefined;
    this.calls = new CallItems(options, this.#sequence, this.#limit, {
      cut: () => this.stopSequence !== undefined,
      opened: () => {},
    });
  }

  get refusal(): string {
    return this.#refusal;
  }

  /** The stop sequence that ended the text; nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#text.stopSequence;
  }

  /** @param delta a chunk's `delta`, or the `message` of a JSON completion. */
  take(delta: JsonObject): void {
    this.#takeThinking(delta);
    const text = textOf(delta.content);
    if (text !== '') this.#takeText(text);
    const refusal = asString(delta.refusal) ?? '';
    if (refusal !== '') {
      this.#refusal += refusal;
      this.#writeText(refusal);
    }
    this.#keys.nextChunk();
    for (const call of callsOf(delta.tool_calls)) this.#takeCall(call);
    // The legacy format: one call, without an id.
    if (isObject(delta.function_call) && delta.tool_calls === undefined)
      this.#takeCall({ index: 0, function: delta.function_call });
  }

  /**
   * Closes all calls after `finish_reason`.
   * @throws CcpError `broken_tool_call` if one has no name or invalid arguments.
   */
  finishCalls(): void {
    if (this.#pendingCalls.size === 0) return;
    this.#flushMarks();
    this.#endBlock();
    for (const [key, call] of this.#pendingCalls) if (!call.hasStarted) this.#begin(key, call);
    // All calls are checked before any is closed: if one is invalid, none may run.
    const broken = this.calls.open.find(([key, { call }]) => !this.calls.isComplete(key) && !call.isEmpty);
    if (broken) throw new CcpError('broken_tool_call', `The upstream sent an invalid call of ${broken[1].call.name}.`);
    for (const [key, item] of this.calls.open) this.calls.finish(key, item);
  }

  /** Ends the open block and writes the remaining thinking details. */
  finishRest(): void {
    this.#flushMarks();
    this.#endBlock();
    const details = this.#details.take();
    if (details !== undefined) this.#write(details.length, () => this.#sign(details), 'thinking');
    this.#endBlock();
  }

  #takeThinking(delta: JsonObject): void {
    const replaysDetails = this.#options.profile.replay === 'details';
    const details = objectsOf(delta.reasoning_details);
    if (replaysDetails) this.#details.add(details);
    this.#thinkingField ??= thinkingFields.find((field) => (asString(delta[field]) ?? '') !== '');
    const text =
      this.#thinkingField === undefined
        ? details.map((detail) => asString(detail.text) ?? asString(detail.summary) ?? '').join('')
        : (asString(delta[this.#thinkingField]) ?? '');
    this.#writeThinking(text);
  }

  #writeThinking(text: string): void {
    if (text !== '') this.#write(text.length, () => this.#outputs.thinking(text), 'thinking');
  }

  /** Separates thinking in `<think>` tags from the text. */
  #takeText(content: string): void {
    if (this.#marks === undefined) return this.#writeText(content);
    const { thinking, text } = this.#marks.push(content);
    this.#writeThinking(thinking);
    this.#writeText(text);
  }

  #writeText(text: string): void {
    if (text === '') return;
    // Leading whitespace, for example after `</think>`, does not start a text block.
    if (!this.#hasText && text.trim() === '') return;
    this.#hasText = true;
    this.#write(text.length, () => this.#text.write(text), 'text');
  }

  #takeCall(delta: JsonObject): void {
    const key = this.#keys.of(delta);
    const source = asObject(delta.function);
    const call = this.#pendingCalls.get(key) ?? this.#addPending(key);
    call.id ??= asString(delta.id) || undefined;
    const { tools } = this.#options;
    const name = asString(source.name) ?? '';
    // A name may arrive in several deltas; the name of a known tool is complete.
    if (!call.hasStarted && !tools.isKnown(call.name) && name !== call.name) call.name += name;
    const args = argumentsOf(source.arguments, call.name);
    if (!call.hasStarted && call.name !== '' && (args !== '' || tools.isKnown(call.name))) this.#begin(key, call);
    if (args === '') return;
    if (call.hasStarted) this.calls.append(key, args);
    else {
      this.#limit.reserve(args.length);
      call.earlyArguments.push(args);
    }
  }

  #addPending(key: string): PendingCall {
    this.#limit.checkItems(this.#pendingCalls.size);
    const call: PendingCall = { name: '', id: undefined, earlyArguments: [], hasStarted: false };
    this.#pendingCalls.set(key, call);
    return call;
  }

  #begin(key: string, call: PendingCall): void {
    if (call.name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    this.#flushMarks();
    this.#endBlock();
    call.hasStarted = true;
    this.calls.begin(key, { name: call.name, callId: call.id });
    for (const args of call.earlyArguments.splice(0)) {
      this.#limit.release(args.length);
      this.calls.append(key, args);
    }
  }

  /** Writes to the open block of this kind, or opens a new one. */
  #write(size: number, write: () => void, kind: 'thinking' | 'text'): void {
    if (this.#openBlock?.kind !== kind) {
      this.#endBlock();
      this.#openBlock = { kind, key: `${kind} ${this.#blockCount++}` };
      this.#sequence.begin(this.#openBlock.key);
    }
    this.#sequence.write(this.#openBlock.key, size, write);
  }

  #endBlock(): void {
    const block = this.#openBlock;
    if (block === undefined) return;
    this.#openBlock = undefined;
    if (block.kind === 'text') this.#endText(block.key);
    else this.#endThinking(block.key);
    this.#sequence.finish(block.key);
  }

  /** Writes what was buffered as a possible `<think>` tag. */
  #flushMarks(): void {
    const { thinking, text } = this.#marks?.flush() ?? { thinking: '', text: '' };
    this.#writeThinking(thinking);
    this.#writeText(text);
  }

  #endText(key: string): void {
    this.#sequence.write(key, 0, () => {
      if (this.stopSequence !== undefined) return;
      this.#text.end();
      if (this.#outputs.open === 'text') this.#outputs.close();
    });
  }

  #endThinking(key: string): void {
    const { replay } = this.#options.profile;
    const payload = replay === 'details' ? this.#details.take() : textPayload;
    this.#sequence.write(key, payload?.length ?? 0, () => {
      if (this.#outputs.open !== 'thinking') return;
      if (payload !== undefined || !this.#hasSignature) this.#sign(payload ?? textPayload);
      this.#hasSignature = false;
      this.#outputs.close();
    });
  }

  #sign(encrypted: string): void {
    this.#hasSignature = true;
    this.#outputs.signature(sealReasoning({ ...this.#options.origin, id: 'chat', encrypted }));
  }
}

/** Accepts an array of calls or a single call. */
const callsOf = (calls: unknown): JsonObject[] => objectsOf(isObject(calls) ? [calls] : calls);

/** Accepts a string or an array of text parts. */
const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => asString(part.text) ?? '')
        .join('');

/** Some hosts send the arguments as an object instead of a JSON string. */
function argumentsOf(args: unknown, tool: string): string {
  if (typeof args === 'string') return args;
  return args === undefined || args === null ? '' : argumentsText(args, tool);
}
