/**
 * Models what the server of a WebSocket stores: the previous request and its response. When the next request starts
 * with exactly these items, only the remaining items are sent.
 */
import { createHash } from 'node:crypto';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type JsonObject,
  objectsOf,
  parseJson,
} from '../wire/json.ts';

export interface Chain {
  readonly responseId: string;
  /** Digest of all request fields except `input`. */
  readonly settings: string;
  /** Digest of each item that the server stores, in order. */
  readonly items: readonly string[];
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64');

/** A request with the digests that show whether it continues another. Computed once, as this takes linear time. */
export class MarkedRequest {
  readonly body: JsonObject;
  readonly settings: string;
  readonly items: readonly string[];

  constructor(body: JsonObject) {
    const { input, ...settings } = body;
    this.body = body;
    this.settings = digest(JSON.stringify(settings));
    this.items = asArray(input).map(itemDigest);
  }

  continues(chain: Chain | undefined): chain is Chain {
    return (
      chain !== undefined &&
      chain.settings === this.settings &&
      chain.items.length < this.items.length &&
      chain.items.every((mark, index) => mark === this.items[index])
    );
  }

  /** The body to send: the full request, or only the items after the chain when the request continues it. */
  behind(chain: Chain | undefined): JsonObject {
    if (!this.continues(chain)) return this.body;
    const input = asArray(this.body.input).slice(chain.items.length);
    return { ...this.body, previous_response_id: chain.responseId, input };
  }

  /** The chain after a response to this request. @param output the response's items as the upstream completed them. */
  chain(responseId: string, output: readonly JsonObject[]): Chain {
    return { responseId, settings: this.settings, items: [...this.items, ...output.map(itemDigest)] };
  }
}

/** Digest of an item; equal for the item that the upstream returned and the same item sent back. */
function itemDigest(item: unknown): string {
  if (!isObject(item)) return digest(JSON.stringify(item ?? null));
  if (item.type === 'function_call')
    return digest(`call ${item.call_id} ${item.name} ${normalizeJson(item.arguments)}`);
  if (item.type === 'reasoning') return digest(`reasoning ${item.id} ${item.encrypted_content}`);
  if (item.type === 'message' && item.role === 'assistant') return digest(`said ${textOf(item)}`);
  return digest(JSON.stringify(item));
}

/** Normalizes white space, which differs between arguments sent and arguments received. */
const normalizeJson = (text: unknown): string => {
  const value = parseJson(asString(text) ?? '');
  return value === undefined ? String(text) : JSON.stringify(value);
};

const textOf = (item: JsonObject): string =>
  objectsOf(item.content)
    .map((part) => asString(part.text) ?? '')
    .join('');

/** Collects a response's items from its events, in the form in which the server stores them. */
export class AnswerItems {
  readonly #doneItems = new Map<number, JsonObject>();
  readonly #seenIndexes = new Set<number>();
  /** An event had no index or repeated one, so that the stored items are unknown. */
  #isUnreliable = false;

  add(event: JsonObject): void {
    const index = asNumber(event.output_index);
    if (index !== undefined) this.#seenIndexes.add(index);
    else if ('item_id' in event || 'item' in event) this.#isUnreliable = true;
    if (event.type !== 'response.output_item.done' || index === undefined) return;
    if (this.#doneItems.has(index)) this.#isUnreliable = true;
    this.#doneItems.set(index, asObject(event.item));
  }

  /** The chain after this response; `undefined` when the next request cannot continue it and must be sent in full. */
  chain(event: JsonObject, request: MarkedRequest): Chain | undefined {
    const response = asObject(event.response);
    const id = asString(response.id);
    const items = [...this.#doneItems].sort(([a], [b]) => a - b).map(([, item]) => item);
    const isComplete = !this.#isUnreliable && items.length > 0 && items.length === this.#seenIndexes.size;
    const listedItems = objectsOf(response.output);
    const isConsistent =
      listedItems.length === 0 || listedItems.map(itemDigest).join() === items.map(itemDigest).join();
    if (event.type !== 'response.completed' || id === undefined || !isComplete || !isConsistent) return undefined;
    return request.chain(id, items);
  }
}
