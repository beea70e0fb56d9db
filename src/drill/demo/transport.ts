/** The demo upstream: an in-process Responses server that implements the same transport port as real upstreams. */
import { type Clock, sleep } from '../../ports/clock.ts';
import type { Randomness } from '../../ports/randomness.ts';
import type { Transport } from '../../ports/transport.ts';
import { asObject, parseJson } from '../../wire/json.ts';
import { readConversation } from './conversation.ts';
import { type DemoTurn, demoTurn } from './script.ts';

/** Approximates the pace of a fast model. */
const deltaIntervalMs = 14;
const firstDeltaDelayMs = 350;
const charsPerToken = 4;

export function demoTransport(clock: Clock, randomness: Randomness): Transport {
  const cache = new PrefixCache();
  return {
    send: async (request, { signal }) => {
      const conversation = readConversation(asObject(parseJson(request.body)));
      const turn = demoTurn(conversation);
      const usage = usageOf(conversation.prefix.length, cache.store(conversation.cacheKey, conversation.prefix), turn);
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: paced(responseEvents(turn, usage, randomness), clock, signal),
      };
    },
  };
}

const maxCachedPrompts = 32;

/** Stores the last prompt of each session and model, as a real prompt cache does. After a switch the cache is cold. */
class PrefixCache {
  readonly #prompts = new Map<string, string>();

  /** Stores the prompt. @returns the number of leading characters it shares with the previous prompt of this key. */
  store(key: string, prompt: string): number {
    const previous = this.#prompts.get(key) ?? '';
    this.#prompts.delete(key);
    this.#prompts.set(key, prompt);
    const oldest = this.#prompts.keys().next().value;
    if (this.#prompts.size > maxCachedPrompts && oldest !== undefined) this.#prompts.delete(oldest);
    let sharedChars = 0;
    while (sharedChars < previous.length && previous[sharedChars] === prompt[sharedChars]) sharedChars += 1;
    return sharedChars;
  }
}

interface Usage {
  readonly input_tokens: number;
  readonly input_tokens_details: { readonly cached_tokens: number };
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly reasoning_tokens: number };
  readonly total_tokens: number;
}

function usageOf(chars: number, cachedChars: number, turn: DemoTurn): Usage {
  const input = Math.ceil(chars / charsPerToken);
  const reasoning = Math.ceil(turn.thinking.length / charsPerToken);
  const output = reasoning + Math.ceil((turn.text.length + JSON.stringify(turn.calls).length) / charsPerToken);
  // Prefix caches work in blocks of 128 tokens.
  const cached = Math.floor(cachedChars / charsPerToken / 128) * 128;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: Math.min(cached, input) },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

function* responseEvents(turn: DemoTurn, usage: Usage, randomness: Randomness): Generator<Event> {
  const response = { id: `resp_${randomness.id(20)}`, status: 'in_progress', model: 'demo' };
  let index = 0;
  yield { type: 'response.created', response };
  if (turn.thinking !== '') yield* reasoningItem(index++, turn.thinking, randomness.id(16));
  if (turn.text !== '') yield* textItem(index++, turn.text, randomness.id(16));
  for (const call of turn.calls) yield* callItem(index++, call, randomness.id(20));
  yield { type: 'response.completed', response: { ...response, status: 'completed', output: [], usage } };
}

function* reasoningItem(index: number, text: string, id: string): Generator<Event> {
  const item = { type: 'reasoning', id: `rs_${id}`, summary: [] };
  yield { type: 'response.output_item.added', output_index: index, item };
  yield { type: 'response.reasoning_summary_part.added', output_index: index, item_id: item.id, summary_index: 0 };
  for (const delta of deltasOf(text))
    yield { type: 'response.reasoning_summary_text.delta', output_index: index, item_id: item.id, delta };
  const done = { ...item, summary: [{ type: 'summary_text', text }], encrypted_content: `demo-${id}` };
  yield { type: 'response.output_item.done', output_index: index, item: done };
}

function* textItem(index: number, text: string, id: string): Generator<Event> {
  const item = { type: 'message', id: `msg_${id}`, role: 'assistant', content: [] };
  yield { type: 'response.output_item.added', output_index: index, item };
  for (const delta of deltasOf(text))
    yield { type: 'response.output_text.delta', output_index: index, item_id: item.id, delta };
  yield {
    type: 'response.output_item.done',
    output_index: index,
    item: { ...item, content: [{ type: 'output_text', text }] },
  };
}

function* callItem(index: number, call: DemoTurn['calls'][number], id: string): Generator<Event> {
  const args = JSON.stringify(call.arguments);
  const item = { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name: call.name, arguments: '' };
  yield { type: 'response.output_item.added', output_index: index, item };
  for (const delta of deltasOf(args))
    yield { type: 'response.function_call_arguments.delta', output_index: index, item_id: item.id, delta };
  yield {
    type: 'response.output_item.done',
    output_index: index,
    item: { ...item, arguments: args, status: 'completed' },
  };
}

/** Splits text into deltas of about two words. */
const deltasOf = (text: string): string[] => text.match(/(?:\S+\s*){1,2}|\s+/g) ?? [];

async function* paced(events: Iterable<Event>, clock: Clock, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let first = true;
  for (const event of events) {
    if (event.type.endsWith('.delta')) {
      await sleep(clock, first ? firstDeltaDelayMs : deltaIntervalMs, signal);
      first = false;
    }
    signal.throwIfAborted();
    yield encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}
