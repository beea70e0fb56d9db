/** Folds the events of one message into the JSON answer of a request without `stream`. */
import type { ContentBlock, MessageEnvelope, MessagesEvent, SearchCitation } from '../../wire/anthropic.ts';
import { asObject, parseJson } from '../../wire/json.ts';

interface Draft {
  block: ContentBlock;
  text: string[];
  signature: string;
  citations: SearchCitation[];
}

const finished = ({ block, text, signature, citations }: Draft): ContentBlock => {
  if (block.type === 'web_search_tool_result') return block;
  if (block.type === 'text')
    return { type: 'text', text: text.join(''), ...(citations.length > 0 ? { citations } : {}) };
  if (block.type === 'thinking') return { type: 'thinking', thinking: text.join(''), signature };
  return { ...block, input: asObject(parseJson(text.join('') || '{}')) };
};

export class MessageCollector {
  #message: MessageEnvelope | undefined;
  readonly #content: ContentBlock[] = [];
  #draft: Draft | undefined;

  add(event: MessagesEvent): void {
    switch (event.type) {
      case 'message_start':
        this.#message = event.message;
        return;
      case 'content_block_start':
        this.#draft = { block: event.content_block, text: [], signature: '', citations: [] };
        return;
      case 'content_block_delta':
        this.#delta(event.delta);
        return;
      case 'content_block_stop':
        if (this.#draft) this.#content.push(finished(this.#draft));
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

  #delta(delta: Extract<MessagesEvent, { type: 'content_block_delta' }>['delta']): void {
    if (!this.#draft) return;
    if (delta.type === 'text_delta') this.#draft.text.push(delta.text);
    else if (delta.type === 'thinking_delta') this.#draft.text.push(delta.thinking);
    else if (delta.type === 'input_json_delta') this.#draft.text.push(delta.partial_json);
    else if (delta.type === 'citations_delta') this.#draft.citations.push(delta.citation);
    else this.#draft.signature = delta.signature;
  }

  /** The whole message; `undefined` before `message_start`. */
  get message(): MessageEnvelope | undefined {
    return this.#message && { ...this.#message, content: this.#content };
  }
}
