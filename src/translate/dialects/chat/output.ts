/**
 * What one answer says: thinking, text and calls, written in turn. No call is closed before the host said how the answer
 * ended; what comes behind a call waits for that.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf } from '../../../wire/json.ts';
import { CallItems, type Tools } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StopScanner } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';
import { CallKeys } from './call-keys.ts';
import type { ChatProfile } from './profile.ts';
import { ThinkingDetails } from './thinking-details.ts';
import { ThinkingMarks } from './thinking-marks.ts';

export interface OutputOptions {
  readonly outputs: Outputs;
  readonly tools: Tools;
  /** Call ids of earlier answers. */
  readonly usedIds: ReadonlySet<string>;
  readonly stopSequences: readonly string[];
  readonly profile: ChatProfile;
  /** Signs thinking: only its maker may see it again. */
  readonly maker: { readonly upstream: string; readonly model: string; readonly account: string };
  readonly newId: (prefix: string) => string;
}

/** Several hosts send their thinking under two names at once: the first that says something is heard. */
const thinkingFields = ['reasoning_content', 'reasoning', 'reasoning_text'] as const;
/** Thinking that goes back as text needs no more than a sign of whose it is. */
const asText = 'text';

interface Named {
  name: string;
  id: string | undefined;
  /** Arguments that came before the name. */
  readonly early: string[];
  begun: boolean;
}

export class ChatOutput {
  readonly #options: OutputOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #scanner: StopScanner;
  readonly #marks: ThinkingMarks | undefined;
  readonly #details = new ThinkingDetails();
  readonly #keys = new CallKeys({
    isComplete: (key) => this.calls.isComplete(key),
    isBegun: (key) => this.#named.get(key)?.begun ?? false,
  });
  readonly #named = new Map<string, Named>();
  readonly calls: CallItems;
  #thinkingField: string | undefined;
  /** The block that goes on: thinking or text. */
  #open: { readonly kind: 'thinking' | 'text'; readonly key: string } | undefined;
  #blocks = 0;
  #said = false;
  /** The open thinking has its signature. */
  #signed = false;
  #refusal = '';
  #stopSequence: string | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#outputs = options.outputs;
    this.#scanner = new StopScanner(options.stopSequences);
    this.#marks = options.profile.inlineThinking ? new ThinkingMarks() : undefined;
    this.calls = new CallItems(options, this.#sequence, this.#limit, {
      cut: () => this.#stopSequence !== undefined,
      opened: () => {},
    });
  }

  get refusal(): string {
    return this.#refusal;
  }

  /** The stop sequence that ended the text; nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  /** One `delta`, or the `message` of an answer that did not stream. */
  take(delta: JsonObject): void {
    this.#think(delta);
    const words = wordsOf(delta.content);
    if (words !== '') this.#sayMarked(words);
    const refusal = asString(delta.refusal) ?? '';
    if (refusal !== '') {
      this.#refusal += refusal;
      this.#say(refusal);
    }
    this.#keys.nextChunk();
    for (const piece of piecesOf(delta.tool_calls)) this.#call(piece);
    // The form before tools: one call, without an id.
    if (isObject(delta.function_call) && delta.tool_calls === undefined)
      this.#call({ index: 0, function: delta.function_call });
  }

  /** The host said how the answer ended: every call is whole now. */
  finishCalls(): void {
    this.#flushMarks();
    this.#endBlock();
    for (const [key, named] of this.#named) if (!named.begun) this.#begin(key, named);
    // All are known now: when one is broken, none may run.
    const broken = this.calls.open.find(([key, { call }]) => !this.calls.isComplete(key) && !call.isEmpty);
    if (broken) throw new CcpError('broken_tool_call', `The upstream sent an invalid call of ${broken[1].call.name}.`);
    for (const [key, item] of this.calls.open) this.calls.finish(key, item);
  }

  finishRest(): void {
    this.#flushMarks();
    this.#endBlock();
    const left = this.#details.take();
    if (left !== undefined) this.#write(left.length, () => this.#sign(left), 'thinking');
    this.#endBlock();
  }

  #think(delta: JsonObject): void {
    const replaysDetails = this.#options.profile.replay === 'details';
    const details = objectsOf(delta.reasoning_details);
    if (replaysDetails) this.#details.add(details);
    this.#thinkingField ??= thinkingFields.find((field) => (asString(delta[field]) ?? '') !== '');
    const words =
      this.#thinkingField === undefined
        ? details.map((detail) => asString(detail.text) ?? asString(detail.summary) ?? '').join('')
        : (asString(delta[this.#thinkingField]) ?? '');
    this.#thinkWords(words);
  }

  #thinkWords(words: string): void {
    if (words !== '') this.#write(words.length, () => this.#outputs.thinking(words), 'thinking');
  }

  #sayMarked(words: string): void {
    if (this.#marks === undefined) return this.#say(words);
    const { thinking, text } = this.#marks.push(words);
    this.#thinkWords(thinking);
    this.#say(text);
  }

  #say(words: string): void {
    if (words === '') return;
    // Blanks before the first word, as behind `</think>`, are no text of their own.
    if (!this.#said && words.trim() === '') return;
    this.#said = true;
    this.#write(
      words.length,
      () => {
        if (this.#stopSequence !== undefined) return;
        const out = this.#scanner.push(words);
        if (out !== '') this.#outputs.text(out);
        this.#stopSequence = this.#scanner.hit;
      },
      'text',
    );
  }

  #call(piece: JsonObject): void {
    const key = this.#keys.of(piece);
    const source = asObject(piece.function);
    const known = this.#named.get(key) ?? { name: '', id: undefined, early: [], begun: false };
    this.#named.set(key, known);
    known.id ??= asString(piece.id) || undefined;
    const { tools } = this.#options;
    const name = asString(source.name) ?? '';
    // A name may come in pieces; one that is a tool's is whole.
    if (!known.begun && !tools.isKnown(known.name) && name !== known.name) known.name += name;
    const args = argumentsOf(source.arguments);
    if (!known.begun && known.name !== '' && (args !== '' || tools.isKnown(known.name))) this.#begin(key, known);
    if (args === '') return;
    if (known.begun) this.calls.append(key, args);
    else {
      this.#limit.take(args.length);
      known.early.push(args);
    }
  }

  #begin(key: string, named: Named): void {
    if (named.name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    this.#flushMarks();
    this.#endBlock();
    named.begun = true;
    this.calls.begin(key, { name: named.name, callId: named.id });
    for (const early of named.early.splice(0)) {
      this.#limit.give(early.length);
      this.calls.append(key, early);
    }
  }

  /** Writes into the open block of this kind, or into a new one. */
  #write(size: number, write: () => void, kind: 'thinking' | 'text'): void {
    if (this.#open?.kind !== kind) {
      this.#endBlock();
      this.#open = { kind, key: `${kind} ${this.#blocks++}` };
      this.#sequence.begin(this.#open.key);
    }
    this.#sequence.write(this.#open.key, size, write);
  }

  #endBlock(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    if (open.kind === 'text') this.#endText(open.key);
    else this.#endThinking(open.key);
    this.#sequence.finish(open.key);
  }

  /** What was held back as a possible mark is none. */
  #flushMarks(): void {
    const { thinking, text } = this.#marks?.flush() ?? { thinking: '', text: '' };
    this.#thinkWords(thinking);
    this.#say(text);
  }

  #endText(key: string): void {
    this.#sequence.write(key, 0, () => {
      if (this.#stopSequence !== undefined) return;
      const rest = this.#scanner.flush();
      if (rest !== '') this.#outputs.text(rest);
      if (this.#outputs.open === 'text') this.#outputs.close();
    });
  }

  #endThinking(key: string): void {
    const { replay } = this.#options.profile;
    const sealed = replay === 'details' ? this.#details.take() : asText;
    this.#sequence.write(key, sealed?.length ?? 0, () => {
      if (this.#outputs.open !== 'thinking') return;
      if (sealed !== undefined || !this.#signed) this.#sign(sealed ?? asText);
      this.#signed = false;
      this.#outputs.close();
    });
  }

  #sign(encrypted: string): void {
    this.#signed = true;
    this.#outputs.signature(sealReasoning({ ...this.#options.maker, id: 'chat', encrypted }));
  }
}

/** A list, or one by itself. */
const piecesOf = (calls: unknown): JsonObject[] => objectsOf(isObject(calls) ? [calls] : calls);

/** A string, or parts of text. */
const wordsOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsOf(content)
        .map((part) => asString(part.text) ?? '')
        .join('');

/** Some hosts send the object itself instead of its text. */
function argumentsOf(args: unknown): string {
  if (typeof args === 'string') return args;
  return args === undefined || args === null ? '' : JSON.stringify(args);
}
