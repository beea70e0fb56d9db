/**
 * The output items of one answer: reasoning, text and calls, kept by their place, written in turn. It knows when an item
 * is whole; how the answer as a whole ended is the stream's business.
 */
import { asNumber, asString, type JsonObject, objectsOf } from '../../wire/json.ts';
import { sealReasoning } from '../messages/envelope.ts';
import { BlockSequence } from '../messages/sequence.ts';
import { StopScanner } from '../messages/stop-scanner.ts';
import { HoldBudget, ToolCall } from '../messages/tool-call.ts';
import type { MessageWriter } from '../messages/writer.ts';
import type { ToolTable } from './tools.ts';

export interface OutputOptions {
  readonly writer: MessageWriter;
  readonly tools: ToolTable;
  readonly stopSequences: readonly string[];
  /** Signs reasoning: only its maker may see it again. */
  readonly maker: { readonly upstream: string; readonly model: string; readonly account: string };
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

export interface CallItem {
  readonly kind: 'call';
  readonly call: ToolCall;
  /** From `arguments.done`; the call itself is finished by `output_item.done` or the terminal event only. */
  finalArguments: string | undefined;
}

type Item = ReasoningItem | TextItem | CallItem;

export class OutputItems {
  readonly #options: OutputOptions;
  readonly #writer: MessageWriter;
  readonly #budget = new HoldBudget();
  readonly #sequence = new BlockSequence(this.#budget);
  readonly #items = new Map<string, Item>();
  #finishedCalls = 0;
  #stopSequence: string | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#writer = options.writer;
  }

  get finishedCalls(): number {
    return this.#finishedCalls;
  }

  /** The stop sequence that ended the text; nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  begin(key: string, item: JsonObject): void {
    if (item.type === 'reasoning') this.#reasoning(key);
    else if (item.type === 'message') this.#text(key);
    else if (item.type === 'function_call') this.#call(key, item);
  }

  /** A new part of a summary: parts are kept apart. */
  reasoningPart(key: string): void {
    const item = this.#reasoning(key);
    item.parts += 1;
    if (item.parts > 1 && item.chars > 0) this.#sequence.write(key, 2, () => this.#writer.thinking('\n\n'));
  }

  reason(key: string, text: string): void {
    if (text === '') return;
    this.#reasoning(key).chars += text.length;
    this.#sequence.write(key, text.length, () => this.#writer.thinking(text));
  }

  say(key: string, text: string): void {
    const item = this.#text(key);
    item.chars += text.length;
    if (text === '') return;
    this.#sequence.write(key, text.length, () => {
      if (this.#stopSequence !== undefined) return;
      const out = item.scanner.push(text);
      if (out !== '') this.#writer.text(out);
      this.#stopSequence = item.scanner.hit;
    });
  }

  /** For text that no delta carried. */
  sayIfSilent(key: string, text: string): void {
    if (this.#text(key).chars === 0) this.say(key, text);
  }

  appendArguments(key: string, delta: string): void {
    const item = this.#items.get(key);
    if (delta === '' || item?.kind !== 'call' || this.#sequence.isDone(key)) return;
    // A held-back call needs no turn to grow; a live one does.
    if (!item.call.live) return item.call.append(delta);
    this.#sequence.write(key, delta.length, () => {
      if (this.#stopSequence === undefined) item.call.append(delta);
    });
  }

  setArguments(key: string, text: string | undefined): void {
    const item = this.#items.get(key);
    if (item?.kind === 'call') item.finalArguments = text;
  }

  /** The upstream says the item is done. */
  finish(key: string, item: JsonObject): void {
    if (this.#sequence.isDone(key)) return;
    if (item.type === 'reasoning') return this.#finishReasoning(key, item);
    if (item.type === 'message') {
      for (const part of objectsOf(item.content))
        this.sayIfSilent(key, asString(part.text) ?? asString(part.refusal) ?? '');
      return this.#finishText(key, this.#text(key));
    }
    if (item.type !== 'function_call') return;
    const call = this.#call(key, item);
    // A cut call is judged by the terminal event: dropped, or an error when it already streams.
    if (item.status === 'incomplete') return;
    call.finalArguments = asString(item.arguments) || call.finalArguments;
    this.finishCall(key, call);
  }

  /** Calls that nobody finished, with their keys. */
  openCalls(): [string, CallItem][] {
    return [...this.#items].flatMap(([key, item]): [string, CallItem][] =>
      item.kind === 'call' && !this.#sequence.isDone(key) ? [[key, item]] : [],
    );
  }

  finishCall(key: string, { call, finalArguments }: CallItem): void {
    this.#sequence.write(key, 0, () => {
      if (this.#stopSequence !== undefined) return;
      const dropped = call.finish(finalArguments);
      this.#finishedCalls += 1;
      if (dropped.length > 0) this.#options.onRepair(call.name, dropped);
    });
    this.#sequence.finish(key);
  }

  /** Takes a call out of the answer as if it had never begun. */
  dropCall(key: string): void {
    this.#sequence.finish(key);
  }

  /** The answer is over: text and reasoning end where they are. */
  finishRest(): void {
    for (const [key, item] of this.#items) {
      if (this.#sequence.isDone(key)) continue;
      if (item.kind === 'text') this.#finishText(key, item);
      else if (item.kind === 'reasoning') this.#finishReasoning(key, {});
    }
  }

  #reasoning(key: string): ReasoningItem {
    const known = this.#items.get(key);
    if (known?.kind === 'reasoning') return known;
    return this.#add(key, { kind: 'reasoning', parts: 0, chars: 0 });
  }

  #text(key: string): TextItem {
    const known = this.#items.get(key);
    if (known?.kind === 'text') return known;
    return this.#add(key, { kind: 'text', scanner: new StopScanner(this.#options.stopSequences), chars: 0 });
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
    this.#options.onToolCall(name);
    return this.#add(key, { kind: 'call', call, finalArguments: undefined });
  }

  #add<T extends Item>(key: string, item: T): T {
    this.#items.set(key, item);
    this.#sequence.begin(key);
    return item;
  }

  #finishReasoning(key: string, item: JsonObject): void {
    const { chars } = this.#reasoning(key);
    const { maker, thinkingWanted } = this.#options;
    const encrypted = asString(item.encrypted_content);
    const summary = objectsOf(item.summary)
      .map((part) => asString(part.text) ?? '')
      .join('\n\n');
    this.#sequence.write(key, summary.length, () => {
      if (chars === 0 && summary !== '') this.#writer.thinking(summary);
      if (encrypted !== undefined && (this.#writer.open === 'thinking' || thinkingWanted))
        this.#writer.signature(sealReasoning({ ...maker, id: asString(item.id) ?? '', encrypted }));
      if (this.#writer.open === 'thinking') this.#writer.close();
    });
    this.#sequence.finish(key);
  }

  #finishText(key: string, item: TextItem): void {
    this.#sequence.write(key, 0, () => {
      if (this.#stopSequence !== undefined) return;
      const rest = item.scanner.flush();
      if (rest !== '') this.#writer.text(rest);
      if (this.#writer.open === 'text') this.#writer.close();
    });
    this.#sequence.finish(key);
  }
}

/** `output_index` names the item in every event; `item_id` is the fallback of sloppy gateways. */
export function keyOf(event: JsonObject, item: JsonObject = {}): string {
  const index = asNumber(event.output_index);
  return index === undefined ? (asString(event.item_id) ?? asString(item.id) ?? '#0') : `#${index}`;
}
