/**
 * The only source of Anthropic block events: at most one open block, its own index counter, and the request's model
 * returned verbatim. It does not decide whether a call is complete.
 */
import {
  type BlockDelta,
  type ContentBlock,
  type ForeignBlock,
  type MessageEnvelope,
  type MessagesEvent,
  noUsage,
  type SearchCitation,
  type SearchOutcome,
} from '../../wire/anthropic.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { BlockOutput, MessageEnd } from '../output.ts';

export type BlockKind = ContentBlock['type'] | 'foreign';

export class MessageWriter {
  readonly #emit: (event: MessagesEvent) => void;
  readonly #id: string;
  readonly #model: string;
  #started = false;
  #ended = false;
  #index = -1;
  #open: BlockKind | undefined;

  constructor(options: { id: string; model: string; emit: (event: MessagesEvent) => void }) {
    this.#id = options.id;
    this.#model = options.model;
    this.#emit = options.emit;
  }

  get open(): BlockKind | undefined {
    return this.#open;
  }

  get started(): boolean {
    return this.#started;
  }

  /** True once any block exists. From then on the request must not be retried. */
  get hasContent(): boolean {
    return this.#index >= 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    const message: MessageEnvelope = {
      id: this.#id,
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: noUsage,
    };
    this.#emit({ type: 'message_start', message });
  }

  /** Writes one part of the response's content. */
  write(output: BlockOutput): void {
    switch (output.type) {
      case 'text':
        return this.#text(output.text);
      case 'thinking':
        return this.#thinking(output.text);
      case 'signature':
        return this.#signature(output.signature);
      case 'tool_start':
        return this.#openBlock({ type: 'tool_use', id: output.id, name: output.name, input: {} });
      case 'tool_input':
        return this.#toolInput(output.json);
      case 'block_end':
        return this.#close();
      case 'server_tool':
        return this.#serverTool(output.id, output.name, output.input);
      case 'search_result':
        return this.#searchResult(output.toolUseId, output.content);
      case 'citation':
        return this.#citation(output.citation);
      case 'foreign_start':
        return this.#begin(output.block, 'foreign');
      case 'foreign_delta':
        return this.#foreignDelta(output.delta);
    }
  }

  #text(text: string): void {
    if (this.#open !== 'text') this.#openBlock({ type: 'text', text: '' });
    this.#delta({ type: 'text_delta', text });
  }

  #thinking(thinking: string): void {
    if (this.#open !== 'thinking') this.#openBlock({ type: 'thinking', thinking: '', signature: '' });
    this.#delta({ type: 'thinking_delta', thinking });
  }

  /** Signs the open thinking block, or an empty one opened for it. */
  #signature(signature: string): void {
    if (this.#open !== 'thinking') this.#openBlock({ type: 'thinking', thinking: '', signature: '' });
    this.#delta({ type: 'signature_delta', signature });
  }

  #toolInput(partialJson: string): void {
    if (this.#open !== 'tool_use') throw new Error('tool input without an open tool_use block');
    this.#delta({ type: 'input_json_delta', partial_json: partialJson });
  }

  /** A hosted search that has run. Claude Code only displays it. */
  #serverTool(id: string, name: string, input: JsonObject): void {
    this.#openBlock({ type: 'server_tool_use', id, name, input: {} });
    this.#delta({ type: 'input_json_delta', partial_json: JSON.stringify(input) });
    this.#close();
  }

  #searchResult(toolUseId: string, content: SearchOutcome): void {
    this.#openBlock({ type: 'web_search_tool_result', tool_use_id: toolUseId, content });
    this.#close();
  }

  /** Continues the open block with the upstream's own delta. */
  #foreignDelta(delta: ForeignBlock): void {
    if (this.#open === 'foreign' || (this.#open === 'text' && delta.type === 'citations_delta')) this.#delta(delta);
  }

  /** A citation belongs to the open text block. Without one it is dropped. */
  #citation(citation: SearchCitation): void {
    if (this.#open === 'text') this.#delta({ type: 'citations_delta', citation });
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#open = undefined;
    this.#emit({ type: 'content_block_stop', index: this.#index });
  }

  /**
   * Ends an open text before an error: newer clients then keep it and continue the answer by themselves. A tool call is
   * never closed here, because Claude Code would run it.
   */
  closeText(): void {
    if (this.#open === 'text') this.#close();
  }

  /** Sends a real event, for clients that ignore pings as activity. Opens a thinking block if no block is open. */
  keepalive(): void {
    if (this.#open === 'text') this.#delta({ type: 'text_delta', text: '' });
    else if (this.#open === 'tool_use') this.#delta({ type: 'input_json_delta', partial_json: '' });
    // A foreign block accepts only deltas from its upstream.
    else if (this.#open === 'foreign') this.ping();
    else this.#thinking('');
  }

  ping(): void {
    if (this.#started && !this.#ended) this.#emit({ type: 'ping' });
  }

  end(end: MessageEnd): void {
    if (this.#open === 'tool_use') throw new Error('a message cannot end inside a tool call');
    this.start();
    this.#close();
    this.#ended = true;
    const delta: Pick<MessageEnvelope, 'stop_reason' | 'stop_sequence' | 'stop_details'> = {
      ...end.extra,
      stop_reason: end.stopReason,
      stop_sequence: end.stopSequence,
      ...(end.explanation === undefined
        ? {}
        : { stop_details: { type: 'refusal' as const, category: null, explanation: end.explanation } }),
    };
    this.#emit({ type: 'message_delta', delta, usage: end.usage });
    this.#emit({ type: 'message_stop' });
  }

  #openBlock(block: ContentBlock): void {
    this.#begin(block, block.type);
  }

  #begin(block: ContentBlock | ForeignBlock, kind: BlockKind): void {
    // An open tool call is unfinished here. Closing its block would make Claude Code run it.
    if (this.#open === 'tool_use') throw new Error('a block cannot open inside a tool call');
    this.start();
    this.#close();
    this.#index += 1;
    this.#open = kind;
    this.#emit({ type: 'content_block_start', index: this.#index, content_block: block });
  }

  #delta(delta: BlockDelta | ForeignBlock): void {
    this.#emit({ type: 'content_block_delta', index: this.#index, delta });
  }
}
