/**
 * What the server of a WebSocket remembers: the request before and its answer. When the next request begins with exactly
 * that, only the rest is sent.
 */
import { createHash } from 'node:crypto';
import { asArray, asObject, asString, isObject, type JsonObject, objectsOf, parseJson } from '../wire/json.ts';

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

/** Collects an answer's items from its events. */
export class AnswerItems {
  readonly #items = new Map<unknown, JsonObject>();

  add(event: JsonObject): void {
    if (event.type === 'response.output_item.done') this.#items.set(event.output_index, asObject(event.item));
  }

  /** `undefined` when the answer cannot be built upon. */
  chain(event: JsonObject, request: MarkedRequest): Chain | undefined {
    const id = asString(asObject(event.response).id);
    if (event.type !== 'response.completed' || id === undefined) return undefined;
    return request.chain(id, [...this.#items.values()]);
  }
}
