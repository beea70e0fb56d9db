/**
 * Reasoning, text and calls of one response, tracked by item key and written as one block at a time. It handles the end
 * of each item; `ResponsesStream` handles the end of the response.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asNumber, asString, type JsonObject, objectsOf } from '../../../wire/json.ts';
import type { AnswerOptions } from '../../anthropic/answer-options.ts';
import { CallItems, type CallStart } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StopScanner } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';
import { ItemIdentity } from './item-identity.ts';
import { ReceivedText, withoutSpace } from './received-text.ts';
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
  readonly received: ReceivedText;
}

interface TextItem {
  readonly kind: 'message';
  readonly scanner: StopScanner;
  /** The text received so far, by content part. */
  readonly parts: Map<number, ReceivedText>;
}

type Item = ReasoningItem | TextItem;

export class OutputItems {
  readonly #options: OutputOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #identity = new ItemIdentity({
    isDone: (key) => this.#sequence.isDone(key),
    hasContentOf: (key, item) => this.#hasContentOf(key, item),
  });
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
      opened: (key) => this.#identity.opened(key, 'function_call'),
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
    const key = this.#identity.keyForItem('added', event, item);
    if (this.#sequence.isDone(key)) return;
    if (item.type === 'reasoning') this.#reasoning(key);
    else if (item.type === 'message') this.#text(key);
    else if (item.type === 'web_search_call') this.#search.begin(key);
    // A call without a name starts with the event that contains its name.
    else if (item.type === 'function_call' && asString(item.name)) this.calls.begin(key, startOf(item));
  }

  /** Separates the parts of a summary with an empty line. */
  reasoningPart(event: JsonObject): void {
    const key = this.#identity.keyForEvent(event, 'reasoning');
    const item = this.#reasoning(key);
    item.parts += 1;
    if (item.parts > 1 && !item.received.isEmpty) this.#sequence.write(key, 2, () => this.#outputs.thinking('\n\n'));
  }

  appendReasoning(event: JsonObject, text: string): void {
    if (text === '') return;
    const key = this.#identity.keyForEvent(event, 'reasoning');
    this.#reasoning(key).received.add(text);
    this.#sequence.write(key, text.length, () => this.#outputs.thinking(text));
  }

  appendText(event: JsonObject, text: string): void {
    this.#writeText(this.#identity.keyForEvent(event, 'message'), partOf(event), text);
  }

  /** Writes what the deltas did not contain of a part's complete text. */
  completeText(event: JsonObject, text: string): void {
    this.#writeRemainingText(this.#identity.keyForEvent(event, 'message'), partOf(event), text);
  }

  /** Writes the citation of a text part. */
  addCitation(event: JsonObject, annotation: JsonObject): void {
    const key = this.#identity.keyForEvent(event, 'message');
    this.#search.addCitation(key, partOf(event), annotation);
  }

  /** @param isComplete whether the text is the complete refusal instead of a delta. */
  appendRefusal(text: string, isComplete: boolean): void {
    this.#refusal = isComplete ? text || this.#refusal || 'The model refused.' : this.#refusal + text;
  }

  appendArguments(event: JsonObject, delta: string): void {
    this.calls.append(this.#identity.keyForEvent(event, 'function_call'), delta);
  }

  setArguments(event: JsonObject): void {
    this.calls.set(this.#identity.keyForEvent(event, 'function_call'), event.arguments);
  }

  /** Handles `output_item.done`. */
  finish(event: JsonObject, item: JsonObject): void {
    this.#finish(this.#identity.keyForItem('done', event, item), item);
  }

  /** Adds an item of the terminal event, which earlier events may have omitted. */
  backfill(item: JsonObject, index: number): void {
    const key = this.#identity.keyForListed(item, index);
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
      const isDividedAlike = this.#isDividedAlike(key, item);
      objectsOf(item.content).forEach((part, index) => {
        if (part.type === 'refusal') this.appendRefusal(asString(part.refusal) ?? '', true);
        if (isDividedAlike) this.#writeRemainingText(key, index, textsOf(item)[index] ?? '');
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
    receivedPart(item, part).add(text);
    if (text === '') return;
    this.#search.read(key, part, text);
    this.#sequence.write(key, text.length, () => {
      if (this.#stopSequence !== undefined) return;
      const unmatched = item.scanner.push(text);
      if (unmatched !== '') this.#outputs.text(unmatched);
      this.#stopSequence = item.scanner.hit;
    });
  }

  /** False if the whole text was received in other parts than the final item has. */
  #isDividedAlike(key: string, item: JsonObject): boolean {
    const { parts } = this.#text(key);
    if (parts.size < 2 || parts.size === objectsOf(item.content).length) return true;
    const received = [...parts.keys()].sort((a, b) => a - b).map((part) => parts.get(part)?.text ?? '');
    return withoutSpace(received.join('')) !== withoutSpace(textsOf(item).join(''));
  }

  #writeRemainingText(key: string, part: number, text: string): void {
    const rest = receivedPart(this.#text(key), part).restOf(text);
    if (rest === undefined)
      throw new CcpError('garbage', 'The final text of the response differs from what was streamed.');
    this.#writeText(key, part, rest);
  }

  #reasoning(key: string): ReasoningItem {
    const existing = this.#items.get(key);
    if (existing?.kind === 'reasoning') return existing;
    return this.#add(key, { kind: 'reasoning', parts: 0, received: new ReceivedText() });
  }

  #text(key: string): TextItem {
    const existing = this.#items.get(key);
    if (existing?.kind === 'message') return existing;
    return this.#add(key, {
      kind: 'message',
      scanner: new StopScanner(this.#options.stopSequences),
      parts: new Map(),
    });
  }

  #add<T extends Item>(key: string, item: T): T {
    this.#items.set(key, item);
    this.#sequence.begin(key);
    this.#identity.opened(key, item.kind);
    return item;
  }

  /** Whether the content received so far is that of the item, or its beginning, apart from white space. */
  #hasContentOf(key: string, item: JsonObject): boolean {
    if (item.type === 'function_call') return this.calls.matches(key, asString(item.name) ?? '', item.arguments);
    const known = this.#items.get(key);
    // An item without a summary says nothing about its content.
    if (known?.kind === 'reasoning') return summaryOf(item) === '' || known.received.isStartOf(summaryOf(item));
    if (known?.kind !== 'message') return false;
    return textsOf(item).every((text, part) => known.parts.get(part)?.isStartOf(text) ?? true);
  }

  #finishReasoning(key: string, item: JsonObject): void {
    const { received } = this.#reasoning(key);
    const { origin, thinkingWanted } = this.#options;
    const encrypted = asString(item.encrypted_content);
    const summary = summaryOf(item);
    this.#sequence.write(key, summary.length + (encrypted?.length ?? 0), () => {
      if (received.isEmpty && summary !== '') this.#outputs.thinking(summary);
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
      this.#stopSequence = item.scanner.hit;
      if (this.#outputs.open === 'text') this.#outputs.close();
    });
    this.#sequence.finish(key);
  }
}

const receivedPart = ({ parts }: TextItem, part: number): ReceivedText => {
  const known = parts.get(part);
  if (known) return known;
  const received = new ReceivedText();
  parts.set(part, received);
  return received;
};

const summaryOf = (item: JsonObject): string =>
  objectsOf(item.summary)
    .map((part) => asString(part.text) ?? '')
    .join('\n\n');

const textsOf = (item: JsonObject): string[] =>
  objectsOf(item.content).map((part) => asString(part.text) ?? asString(part.refusal) ?? '');

const partOf = (event: JsonObject): number => asNumber(event.content_index) ?? 0;

const startOf = (item: JsonObject): CallStart => ({
  name: asString(item.name) ?? '',
  callId: asString(item.call_id),
  namespace: asString(item.namespace),
});
