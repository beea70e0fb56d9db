/**
 * The output items of one answer: reasoning, text and calls, kept by their place, written in turn. It knows when an item
 * is whole; how the answer as a whole ended is the stream's business.
 */
import { asNumber, asString, type JsonObject, objectsOf } from '../../../wire/json.ts';
import { CallItems, type CallStart } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StopScanner } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';
import { ItemKeys } from './item-keys.ts';
import { SearchItems } from './search-items.ts';
import type { ResponsesTools } from './tools.ts';

export interface OutputOptions {
  readonly outputs: Outputs;
  readonly tools: ResponsesTools;
  /** Call ids of earlier answers. */
  readonly usedIds: ReadonlySet<string>;
  readonly stopSequences: readonly string[];
  /** Signs reasoning: only its maker may see it again. */
  readonly maker: { readonly upstream: string; readonly model: string; readonly account: string };
  /** Claude Code shows thinking, so reasoning may be signed into an empty block. */
  readonly thinkingWanted: boolean;
  readonly newId: (prefix: string) => string;
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

type Item = ReasoningItem | TextItem;

export class OutputItems {
  readonly #options: OutputOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #keys = new ItemKeys((key) => this.#sequence.isDone(key));
  readonly #items = new Map<string, Item>();
  readonly #search: SearchItems;
  readonly calls: CallItems;
  #refusal = '';
  #stopSequence: string | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#outputs = options.outputs;
    this.#search = new SearchItems(options, this.#sequence);
    this.calls = new CallItems(options, this.#sequence, this.#limit, {
      cut: () => this.#stopSequence !== undefined,
      opened: (key) => this.#keys.opened(key, 'function_call'),
    });
  }

  /** Hosted searches that ran. */
  get searches(): number {
    return this.#search.count;
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
    else if (item.type === 'function_call' && asString(item.name)) this.calls.begin(key, startOf(item));
  }

  /** A new part of a summary: parts are kept apart. */
  reasoningPart(event: JsonObject): void {
    const key = this.#keys.ofEvent(event, 'reasoning');
    const item = this.#reasoning(key);
    item.parts += 1;
    if (item.parts > 1 && item.chars > 0) this.#sequence.write(key, 2, () => this.#outputs.thinking('\n\n'));
  }

  reason(event: JsonObject, text: string): void {
    if (text === '') return;
    const key = this.#keys.ofEvent(event, 'reasoning');
    this.#reasoning(key).chars += text.length;
    this.#sequence.write(key, text.length, () => this.#outputs.thinking(text));
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
    this.calls.append(this.#keys.ofEvent(event, 'function_call'), delta);
  }

  setArguments(event: JsonObject): void {
    this.calls.set(this.#keys.ofEvent(event, 'function_call'), event.arguments);
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
    if (item.status === 'incomplete') this.calls.cut(key, startOf(item));
    else this.calls.end(key, startOf(item), item.arguments);
  }

  #say(key: string, part: number, text: string): void {
    const item = this.#text(key);
    item.said.set(part, (item.said.get(part) ?? 0) + text.length);
    if (text === '') return;
    this.#search.read(key, part, text);
    this.#sequence.write(key, text.length, () => {
      if (this.#stopSequence !== undefined) return;
      const out = item.scanner.push(text);
      if (out !== '') this.#outputs.text(out);
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
      if (chars === 0 && summary !== '') this.#outputs.thinking(summary);
      if (encrypted !== undefined && (this.#outputs.open === 'thinking' || thinkingWanted))
        this.#outputs.signature(sealReasoning({ ...maker, id: asString(item.id) ?? '', encrypted }));
      if (this.#outputs.open === 'thinking') this.#outputs.close();
    });
    this.#sequence.finish(key);
  }

  #finishText(key: string, item: TextItem): void {
    this.#sequence.write(key, 0, () => {
      if (this.#stopSequence !== undefined) return;
      const rest = item.scanner.flush();
      if (rest !== '') this.#outputs.text(rest);
      if (this.#outputs.open === 'text') this.#outputs.close();
    });
    this.#sequence.finish(key);
  }
}

const partOf = (event: JsonObject): number => asNumber(event.content_index) ?? 0;

const startOf = (item: JsonObject): CallStart => ({
  name: asString(item.name) ?? '',
  callId: asString(item.call_id),
  namespace: asString(item.namespace),
});
