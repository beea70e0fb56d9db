/**
 * Reasoning, text and calls of one response, tracked by item key and written as one block at a time. It handles the end
 * of each item; `ResponsesStream` handles the end of the response.
 */
import { asNumber, asString, type JsonObject, objectsOf } from '../../../wire/json.ts';
import type { AnswerOptions } from '../../anthropic/answer-options.ts';
import { CallItems, type CallStart } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StopScanner } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';
import { ItemKeys } from './item-keys.ts';
import { SearchItems } from './search-items.ts';
import type { ResponsesTools } from './tools.ts';

export interface OutputOptions extends AnswerOptions {
  readonly tools: ResponsesTools;
  readonly stopSequences: readonly string[];
  /** The request enables thinking, so reasoning without text may be sent as an empty signed block. */
  readonly thinkingWanted: boolean;
}

interface ReasoningItem {
  readonly kind: 'reasoning';
  parts: number;
  chars: number;
}

interface TextItem {
  readonly kind: 'message';
  readonly scanner: StopScanner;
  /** Number of characters received, by content part. */
  readonly receivedChars: Map<number, number>;
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

  /** Number of hosted searches. */
  get searches(): number {
    return this.#search.count;
  }

  /** The refusal text; empty when the model did not refuse. */
  get refusal(): string {
    return this.#refusal;
  }

  /** The stop sequence that ended the text; nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  begin(event: JsonObject, item: JsonObject): void {
    const key = this.#keys.keyForItem(event, item);
    if (this.#sequence.isDone(key)) return;
    if (item.type === 'reasoning') this.#reasoning(key);
    else if (item.type === 'message') this.#text(key);
    else if (item.type === 'web_search_call') this.#search.begin(key);
    // A call without a name starts with the event that contains its name.
    else if (item.type === 'function_call' && asString(item.name)) this.calls.begin(key, startOf(item));
  }

  /** Separates the parts of a summary with an empty line. */
  reasoningPart(event: JsonObject): void {
    const key = this.#keys.keyForEvent(event, 'reasoning');
    const item = this.#reasoning(key);
    item.parts += 1;
    if (item.parts > 1 && item.chars > 0) this.#sequence.write(key, 2, () => this.#outputs.thinking('\n\n'));
  }

  appendReasoning(event: JsonObject, text: string): void {
    if (text === '') return;
    const key = this.#keys.keyForEvent(event, 'reasoning');
    this.#reasoning(key).chars += text.length;
    this.#sequence.write(key, text.length, () => this.#outputs.thinking(text));
  }

  appendText(event: JsonObject, text: string): void {
    this.#writeText(this.#keys.keyForEvent(event, 'message'), partOf(event), text);
  }

  /** Writes what the deltas did not contain of a part's complete text. */
  completeText(event: JsonObject, text: string): void {
    this.#writeRemainingText(this.#keys.keyForEvent(event, 'message'), partOf(event), text);
  }

  /** Writes the citation of a text part. */
  addCitation(event: JsonObject, annotation: JsonObject): void {
    const key = this.#keys.keyForEvent(event, 'message');
    this.#search.addCitation(key, partOf(event), annotation);
  }

  /** @param isComplete whether the text is the complete refusal instead of a delta. */
  appendRefusal(text: string, isComplete: boolean): void {
    this.#refusal = isComplete ? text || this.#refusal || 'The model refused.' : this.#refusal + text;
  }

  appendArguments(event: JsonObject, delta: string): void {
    this.calls.append(this.#keys.keyForEvent(event, 'function_call'), delta);
  }

  setArguments(event: JsonObject): void {
    this.calls.set(this.#keys.keyForEvent(event, 'function_call'), event.arguments);
  }

  /** Handles `output_item.done`. */
  finish(event: JsonObject, item: JsonObject): void {
    this.#finish(this.#keys.keyForItem(event, item), item);
  }

  /** Adds an item of the terminal event, which earlier events may have omitted. */
  backfill(item: JsonObject, index: number): void {
    const key = this.#keys.keyForListed(item, index);
    if (key !== undefined) this.#finish(key, item);
  }

  /** Ends open text and reasoning at the end of the response. */
  finishRest(): void {
    this.#search.writePendingResults();
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
        if (part.type === 'refusal') this.appendRefusal(asString(part.refusal) ?? '', true);
        this.#writeRemainingText(key, index, asString(part.text) ?? asString(part.refusal) ?? '');
        for (const annotation of objectsOf(part.annotations)) this.#search.addCitation(key, index, annotation);
      });
      this.#finishText(key, this.#text(key));
      return this.#search.writePendingResults();
    }
    if (item.type !== 'function_call') return;
    if (item.status === 'incomplete') this.calls.cut(key, startOf(item));
    else this.calls.end(key, startOf(item), item.arguments);
  }

  #writeText(key: string, part: number, text: string): void {
    const item = this.#text(key);
    item.receivedChars.set(part, (item.receivedChars.get(part) ?? 0) + text.length);
    if (text === '') return;
    this.#search.read(key, part, text);
    this.#sequence.write(key, text.length, () => {
      if (this.#stopSequence !== undefined) return;
      const unmatched = item.scanner.push(text);
      if (unmatched !== '') this.#outputs.text(unmatched);
      this.#stopSequence = item.scanner.hit;
    });
  }

  #writeRemainingText(key: string, part: number, text: string): void {
    this.#writeText(key, part, text.slice(this.#text(key).receivedChars.get(part) ?? 0));
  }

  #reasoning(key: string): ReasoningItem {
    const existing = this.#items.get(key);
    if (existing?.kind === 'reasoning') return existing;
    return this.#add(key, { kind: 'reasoning', parts: 0, chars: 0 });
  }

  #text(key: string): TextItem {
    const existing = this.#items.get(key);
    if (existing?.kind === 'message') return existing;
    return this.#add(key, {
      kind: 'message',
      scanner: new StopScanner(this.#options.stopSequences),
      receivedChars: new Map(),
    });
  }

  #add<T extends Item>(key: string, item: T): T {
    this.#items.set(key, item);
    this.#sequence.begin(key);
    this.#keys.opened(key, item.kind);
    return item;
  }

  #finishReasoning(key: string, item: JsonObject): void {
    const { chars } = this.#reasoning(key);
    const { origin, thinkingWanted } = this.#options;
    const encrypted = asString(item.encrypted_content);
    const summary = objectsOf(item.summary)
      .map((part) => asString(part.text) ?? '')
      .join('\n\n');
    this.#sequence.write(key, summary.length + (encrypted?.length ?? 0), () => {
      if (chars === 0 && summary !== '') this.#outputs.thinking(summary);
      if (encrypted !== undefined && (this.#outputs.open === 'thinking' || thinkingWanted))
        this.#outputs.signature(sealReasoning({ ...origin, id: asString(item.id) ?? '', encrypted }));
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
