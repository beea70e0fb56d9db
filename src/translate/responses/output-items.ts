/**
 * The output items of one answer: reasoning, text and calls, kept by their place, written in turn. It knows when an item
 * is whole; how the answer as a whole ended is the stream's business.
 */
import { CcpError } from '../../errors/ccp-error.ts';
import { asNumber, asString, type JsonObject, objectsOf } from '../../wire/json.ts';
import { sealReasoning } from '../messages/envelope.ts';
import { BlockSequence } from '../messages/sequence.ts';
import { StopScanner } from '../messages/stop-scanner.ts';
import { HoldBudget, ToolCall } from '../messages/tool-call.ts';
import type { MessageWriter } from '../messages/writer.ts';
import { toolUseId } from './call-id.ts';
import { ItemKeys } from './item-keys.ts';
import { SearchItems } from './search-items.ts';
import type { ToolTable } from './tools.ts';

export interface OutputOptions {
  readonly writer: MessageWriter;
  readonly tools: ToolTable;
  /** Call ids of earlier answers. */
  readonly usedIds: ReadonlySet<string>;
  readonly stopSequences: readonly string[];
  /** Signs reasoning: only its maker may see it again. */
  readonly maker: { readonly upstream: string; readonly model: string; readonly account: string };
  /** Claude Code shows thinking, so reasoning may be signed into an empty block. */
  readonly thinkingWanted: boolean;
  readonly newId: (prefix: string) => string;
  readonly onRepair: (tool: string, dropped: readonly string[]) => void;
  readonly onToolCall: (tool: string) => void;
}

interface ReasoningItem {
  readonly kind: 'reasoning';
  parts: number;
  chars: number;
}

interface TextItem {
  readonly kind: 'message';
  readonly scanner: StopScanner;
  /** Characters said, by content part. */
  readonly said: Map<number, number>;
}

export interface CallItem {
  readonly kind: 'function_call';
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
  readonly #keys = new ItemKeys((key) => this.#sequence.isDone(key));
  readonly #items = new Map<string, Item>();
  readonly #callIds = new Set<string>();
  /** Arguments of calls whose name is still to come. */
  readonly #early = new Map<string, string[]>();
  readonly #search: SearchItems;
  #finishedCalls = 0;
  #refusal = '';
  #stopSequence: string | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#writer = options.writer;
    this.#search = new SearchItems(options, this.#sequence);
  }

  /** Hosted searches that ran. */
  get searches(): number {
    return this.#search.count;
  }

  get finishedCalls(): number {
    return this.#finishedCalls;
  }

  /** The model's words of refusal; empty when it did not refuse. */
  get refusal(): string {
    return this.#refusal;
  }

  /** The stop sequence that ended the text; nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  begin(event: JsonObject, item: JsonObject): void {
    const key = this.#keys.ofItem(event, item);
    if (this.#sequence.isDone(key)) return;
    if (item.type === 'reasoning') this.#reasoning(key);
    else if (item.type === 'message') this.#text(key);
    else if (item.type === 'web_search_call') this.#search.begin(key);
    // A call without a name waits for the event that has it.
    else if (item.type === 'function_call' && asString(item.name)) this.#call(key, item);
  }

  /** A new part of a summary: parts are kept apart. */
  reasoningPart(event: JsonObject): void {
    const key = this.#keys.ofEvent(event, 'reasoning');
    const item = this.#reasoning(key);
    item.parts += 1;
    if (item.parts > 1 && item.chars > 0) this.#sequence.write(key, 2, () => this.#writer.thinking('\n\n'));
  }

  reason(event: JsonObject, text: string): void {
    if (text === '') return;
    const key = this.#keys.ofEvent(event, 'reasoning');
    this.#reasoning(key).chars += text.length;
    this.#sequence.write(key, text.length, () => this.#writer.thinking(text));
  }

  say(event: JsonObject, text: string): void {
    this.#say(this.#keys.ofEvent(event, 'message'), partOf(event), text);
  }

  /** The whole text of a part: what no delta carried is said now. */
  sayWhole(event: JsonObject, text: string): void {
    this.#sayWhole(this.#keys.ofEvent(event, 'message'), partOf(event), text);
  }

  /** A page the text around it rests on. */
  cite(event: JsonObject, annotation: JsonObject): void {
    const key = this.#keys.ofEvent(event, 'message');
    this.#search.cite(key, partOf(event), annotation);
  }

  /** @param whole the refusal as a whole, not a piece of it. */
  refuse(words: string, whole: boolean): void {
    this.#refusal = whole ? words || this.#refusal || 'The model refused.' : this.#refusal + words;
  }

  appendArguments(event: JsonObject, delta: string): void {
    const key = this.#keys.ofEvent(event, 'function_call');
    const item = this.#items.get(key);
    if (delta === '' || this.#sequence.isDone(key)) return;
    if (item?.kind !== 'function_call') return this.#keepEarly(key, delta);
    this.#grow(key, item, delta);
  }

  /** A held-back call needs no turn to grow; a live one does. */
  #grow(key: string, item: CallItem, delta: string): void {
    if (!item.call.live) return item.call.append(delta);
    this.#sequence.write(key, delta.length, () => {
      if (this.#stopSequence === undefined) item.call.append(delta);
    });
  }

  setArguments(event: JsonObject): void {
    const key = this.#keys.ofEvent(event, 'function_call');
    const item = this.#items.get(key);
    if (item?.kind === 'function_call') this.#keepArguments(item, event.arguments);
    else if (typeof event.arguments === 'string' && !this.#early.has(key)) this.#keepEarly(key, event.arguments);
  }

  /** The upstream says the item is done. */
  finish(event: JsonObject, item: JsonObject): void {
    this.#finish(this.#keys.ofItem(event, item), item);
  }

  /** An item of the terminal event's list, which may never have been announced. */
  backfill(item: JsonObject, index: number): void {
    const key = this.#keys.ofListed(item, index);
    if (key !== undefined) this.#finish(key, item);
  }

  /** Calls that nobody finished, with their keys. */
  openCalls(): [string, CallItem][] {
    return [...this.#items].flatMap(([key, item]): [string, CallItem][] =>
      item.kind === 'function_call' && !this.#sequence.isDone(key) ? [[key, item]] : [],
    );
  }

  finishCall(key: string, { call, finalArguments }: CallItem): void {
    this.#sequence.write(key, finalArguments?.length ?? 0, () => {
      if (this.#stopSequence !== undefined) return;
      const dropped = call.finish(finalArguments);
      this.#finishedCalls += 1;
      if (dropped.length > 0) this.#options.onRepair(call.name, dropped);
    });
    this.#sequence.finish(key);
  }

  /** Takes a call out of the answer as if it had never begun. */
  dropCall(key: string): void {
    this.#sequence.drop(key);
  }

  /** The answer is over: text and reasoning end where they are. */
  finishRest(): void {
    this.#search.showFound();
    for (const [key, item] of this.#items) {
      if (this.#sequence.isDone(key)) continue;
      if (item.kind === 'message') this.#finishText(key, item);
      else if (item.kind === 'reasoning') this.#finishReasoning(key, {});
    }
  }

  #finish(key: string, item: JsonObject): void {
    if (this.#sequence.isDone(key)) return;
    if (item.type === 'reasoning') return this.#finishReasoning(key, item);
    if (item.type === 'web_search_call') return this.#search.finish(key, item);
    if (item.type === 'message') {
      objectsOf(item.content).forEach((part, index) => {
        if (part.type === 'refusal') this.refuse(asString(part.refusal) ?? '', true);
        this.#sayWhole(key, index, asString(part.text) ?? asString(part.refusal) ?? '');
        for (const annotation of objectsOf(part.annotations)) this.#search.cite(key, index, annotation);
      });
      this.#finishText(key, this.#text(key));
      return this.#search.showFound();
    }
    if (item.type !== 'function_call') return;
    const call = this.#call(key, item);
    // A cut call is judged by the terminal event: dropped, or an error when it already streams.
    if (item.status === 'incomplete') call.finalArguments = undefined;
    else {
      this.#keepArguments(call, item.arguments);
      this.finishCall(key, call);
    }
  }

  /** Empty means that the deltas were all; anything but text is kept as JSON, to be judged like it. */
  #keepArguments(item: CallItem, value: unknown): void {
    if (value === undefined || value === null || value === '') return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.#budget.check(text.length);
    item.finalArguments = text;
  }

  #say(key: string, part: number, text: string): void {
    const item = this.#text(key);
    item.said.set(part, (item.said.get(part) ?? 0) + text.length);
    if (text === '') return;
    this.#search.read(key, part, text);
    this.#sequence.write(key, text.length, () => {
      if (this.#stopSequence !== undefined) return;
      const out = item.scanner.push(text);
      if (out !== '') this.#writer.text(out);
      this.#stopSequence = item.scanner.hit;
    });
  }

  #sayWhole(key: string, part: number, text: string): void {
    this.#say(key, part, text.slice(this.#text(key).said.get(part) ?? 0));
  }

  #reasoning(key: string): ReasoningItem {
    const known = this.#items.get(key);
    if (known?.kind === 'reasoning') return known;
    return this.#add(key, { kind: 'reasoning', parts: 0, chars: 0 });
  }

  #text(key: string): TextItem {
    const known = this.#items.get(key);
    if (known?.kind === 'message') return known;
    return this.#add(key, { kind: 'message', scanner: new StopScanner(this.#options.stopSequences), said: new Map() });
  }

  #call(key: string, source: JsonObject): CallItem {
    const known = this.#items.get(key);
    if (known?.kind === 'function_call') return known;
    const name = this.#options.tools.clientName(asString(source.name) ?? '');
    if (name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    const call = new ToolCall({
      id: this.#freshId(asString(source.call_id), asString(source.namespace)),
      name,
      schema: this.#options.tools.schema(name),
      writer: this.#writer,
      budget: this.#budget,
    });
    this.#options.onToolCall(name);
    const item = this.#add<CallItem>(key, { kind: 'function_call', call, finalArguments: undefined });
    for (const delta of this.#early.get(key) ?? []) {
      this.#budget.give(delta.length);
      this.#grow(key, item, delta);
    }
    this.#early.delete(key);
    return item;
  }

  #keepEarly(key: string, delta: string): void {
    this.#budget.take(delta.length);
    this.#early.set(key, [...(this.#early.get(key) ?? []), delta]);
  }

  /** Claude Code runs two calls of one id and then keeps one result: an id is used once. */
  #freshId(callId: string | undefined, namespace: string | undefined): string {
    const taken = callId !== undefined && (this.#callIds.has(callId) || this.#options.usedIds.has(callId));
    const id = callId && !taken ? callId : this.#options.newId('call');
    this.#callIds.add(id);
    return toolUseId(id, namespace);
  }

  #add<T extends Item>(key: string, item: T): T {
    this.#items.set(key, item);
    this.#sequence.begin(key);
    this.#keys.opened(key, item.kind);
    return item;
  }

  #finishReasoning(key: string, item: JsonObject): void {
    const { chars } = this.#reasoning(key);
    const { maker, thinkingWanted } = this.#options;
    const encrypted = asString(item.encrypted_content);
    const summary = objectsOf(item.summary)
      .map((part) => asString(part.text) ?? '')
      .join('\n\n');
    this.#sequence.write(key, summary.length + (encrypted?.length ?? 0), () => {
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

const partOf = (event: JsonObject): number => asNumber(event.content_index) ?? 0;
