/**
 * What the server of a WebSocket remembers: the request before and its answer. When the next request begins with exactly
 * that, only the rest is sent.
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
  /** Of everything but the input. */
  readonly settings: string;
  /** One mark for each item the server holds, in order. */
  readonly items: readonly string[];
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64');

/** A request with the marks by which it is told whether it continues another; made once, they cost as much as it is long. */
export class MarkedRequest {
  readonly body: JsonObject;
  readonly settings: string;
  readonly items: readonly string[];

  constructor(body: JsonObject) {
    const { input, ...settings } = body;
    this.body = body;
    this.settings = digest(JSON.stringify(settings));
    this.items = asArray(input).map(markOf);
  }

  continues(chain: Chain | undefined): chain is Chain {
    return (
      chain !== undefined &&
      chain.settings === this.settings &&
      chain.items.length < this.items.length &&
      chain.items.every((mark, index) => mark === this.items[index])
    );
  }

  /** As it must be sent: whole, or what comes behind the chain. */
  behind(chain: Chain | undefined): JsonObject {
    if (!this.continues(chain)) return this.body;
    const input = asArray(this.body.input).slice(chain.items.length);
    return { ...this.body, previous_response_id: chain.responseId, input };
  }

  /** @param output the answer's items as the upstream finished them. */
  chain(responseId: string, output: readonly JsonObject[]): Chain {
    return { responseId, settings: this.settings, items: [...this.items, ...output.map(markOf)] };
  }
}

/** The same for an item as we send it and as the upstream made it. */
function markOf(item: unknown): string {
  if (!isObject(item)) return digest(JSON.stringify(item ?? null));
  if (item.type === 'function_call') return digest(`call ${item.call_id} ${item.name} ${plainJson(item.arguments)}`);
  if (item.type === 'reasoning') return digest(`reasoning ${item.id} ${item.encrypted_content}`);
  if (item.type === 'message' && item.role === 'assistant') return digest(`said ${textOf(item)}`);
  return digest(JSON.stringify(item));
}

/** Arguments come back with other white space than they went. */
const plainJson = (text: unknown): string => {
  const value = parseJson(asString(text) ?? '');
  return value === undefined ? String(text) : JSON.stringify(value);
};

const textOf = (item: JsonObject): string =>
  objectsOf(item.content)
    .map((part) => asString(part.text) ?? '')
    .join('');

/** Collects an answer's items from its events, as the server holds them. */
export class AnswerItems {
  readonly #done = new Map<number, JsonObject>();
  readonly #seen = new Set<number>();
  /** Something came without its place: what the server holds cannot be told. */
  #careless = false;

  add(event: JsonObject): void {
    const index = asNumber(event.output_index);
    if (index !== undefined) this.#seen.add(index);
    else if ('item_id' in event || 'item' in event) this.#careless = true;
    if (event.type !== 'response.output_item.done' || index === undefined) return;
    if (this.#done.has(index)) this.#careless = true;
    this.#done.set(index, asObject(event.item));
  }

  /** `undefined` when the answer cannot be built upon: then the next request is sent whole. */
  chain(event: JsonObject, request: MarkedRequest): Chain | undefined {
    const response = asObject(event.response);
    const id = asString(response.id);
    const items = [...this.#done].sort(([a], [b]) => a - b).map(([, item]) => item);
    const whole = !this.#careless && items.length > 0 && items.length === this.#seen.size;
    const listed = objectsOf(response.output);
    const agrees = listed.length === 0 || listed.map(markOf).join() === items.map(markOf).join();
    if (event.type !== 'response.completed' || id === undefined || !whole || !agrees) return undefined;
    return request.chain(id, items);
  }
}
