/** Combines the events of one message into the JSON response to a request without `stream`. */
import type { ContentBlock, ForeignBlock, MessageEnvelope, MessagesEvent } from '../../wire/anthropic.ts';
import { asObject, asString, type JsonObject, parseJson } from '../../wire/json.ts';

type Block = ContentBlock | ForeignBlock;

interface Draft {
  readonly block: Block;
  readonly text: string[];
  readonly json: string[];
  signature: string;
  readonly citations: unknown[];
}

/** Merges the deltas of a block into the members that contain them in a complete block. */
function finishBlock({ block, text, json, signature, citations }: Draft): Block {
  if (block.type === 'text')
    return { ...block, type: 'text', text: text.join(''), ...(citations.length > 0 ? { citations } : {}) };
  if (block.type === 'thinking') return { ...block, type: 'thinking', thinking: text.join(''), signature };
  const hasInput = block.type === 'tool_use' || json.length > 0;
  return hasInput ? { ...block, input: asObject(parseJson(json.join('') || '{}')) } : block;
}

export class MessageCollector {
  #message: MessageEnvelope | undefined;
  readonly #content: Block[] = [];
  #draft: Draft | undefined;

  add(event: MessagesEvent): void {
    switch (event.type) {
      case 'message_start':
        this.#message = event.message;
        return;
      case 'content_block_start':
        this.#draft = { block: event.content_block, text: [], json: [], signature: '', citations: [] };
        return;
      case 'content_block_delta':
        this.#delta(event.delta);
        return;
      case 'content_block_stop':
        if (this.#draft) this.#content.push(finishBlock(this.#draft));
        this.#draft = undefined;
        return;
      case 'message_delta':
        if (this.#message) this.#message = { ...this.#message, ...event.delta, usage: event.usage };
        return;
      case 'message_stop':
      case 'ping':
      case 'error':
        return;
    }
  }

  #delta(delta: JsonObject): void {
    const draft = this.#draft;
    if (!draft) return;
    const text = asString(delta.text) ?? asString(delta.thinking);
    if (text !== undefined) draft.text.push(text);
    const json = asString(delta.partial_json);
    if (json !== undefined) draft.json.push(json);
    if (delta.type === 'citations_delta') draft.citations.push(delta.citation);
    draft.signature = asString(delta.signature) ?? draft.signature;
  }

  /** The complete message; `undefined` before `message_start`. */
  get message(): MessageEnvelope | undefined {
    return this.#message && { ...this.#message, content: this.#content };
  }
}
