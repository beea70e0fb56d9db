/** The content blocks of a forwarded response, identified by index and written in sequence. */
import { CcpError } from '../../../errors/ccp-error.ts';
import type { ForeignBlock } from '../../../wire/anthropic.ts';
import { asNumber, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import type { AnswerOptions } from '../../anthropic/answer-options.ts';
import { CallItems, type Tools } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { argumentsText } from '../../anthropic/exact-json.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';
import { unsignedMarker } from './content.ts';

export interface ForwardOptions extends AnswerOptions {
  readonly tools: Tools;
  /** The upstream is Anthropic: thinking keeps its original signature, and unknown blocks pass through. */
  readonly native: boolean;
}

interface Block {
  readonly key: string;
  readonly type: string;
  signature: string;
}

export class ForwardedBlocks {
  readonly #options: ForwardOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #calls: CallItems;
  /** The latest block of each index. */
  readonly #blocks = new Map<number, Block>();
  /** The call that ended last. Only a following block or the end of the response shows whether it was truncated. */
  #endedCall: Block | undefined;
  #blockCount = 0;

  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#outputs = options.outputs;
    this.#calls = new CallItems(options, this.#sequence, this.#limit, { cut: () => false, opened: () => {} });
  }

  /** Number of calls that Claude Code received in full. */
  get calls(): number {
    return this.#calls.finished;
  }

  begin(event: JsonObject, content: JsonObject): void {
    this.#finishEndedCall();
    const previous = this.#blocks.get(indexOf(event));
    if (previous?.type === 'tool_use')
      throw new CcpError('incomplete_tool_call', 'The upstream started a content block inside a tool call.');
    if (previous) this.end(event);
    const type = asString(content.type) ?? '';
    const block: Block = { key: `block ${this.#blockCount++}`, type, signature: '' };
    this.#blocks.set(indexOf(event), block);
    this.#sequence.begin(block.key);
    if (type === 'tool_use') {
      const name = asString(content.name) ?? '';
      this.#calls.begin(block.key, { name, callId: asString(content.id) || undefined });
      // A non-empty input at the start is the complete arguments. Usually it is empty.
      const { input } = content;
      if (isObject(input) ? Object.keys(input).length > 0 : typeof input === 'string')
        this.#calls.set(block.key, input);
    } else if (type === 'text') this.#addText(block, asString(content.text) ?? '');
    else if (type === 'thinking') this.#addThinking(block, asString(content.thinking) ?? '');
    else if (this.#options.native) this.#addForeign(block, content);
    else this.#omit(block, content);
    block.signature = asString(content.signature) ?? '';
  }

  append(event: JsonObject, delta: JsonObject): void {
    const block = this.#blocks.get(indexOf(event)) ?? this.#beginFromDelta(event, delta);
    const text = asString(delta.text) ?? asString(delta.thinking) ?? asString(delta.partial_json) ?? '';
    if (block.type === 'tool_use') this.#calls.append(block.key, jsonText(delta.partial_json, block.type));
    else if (delta.type === 'signature_delta') block.signature += asString(delta.signature) ?? '';
    else if (delta.type === 'text_delta') this.#addText(block, text);
    else if (delta.type === 'thinking_delta') this.#addThinking(block, text);
    else if (this.#options.native && isTyped(delta))
      this.#sequence.write(block.key, text.length, () => this.#outputs.foreignDelta(delta));
  }

  end(event: JsonObject): void {
    const block = this.#blocks.get(indexOf(event));
    if (block === undefined) return;
    this.#blocks.delete(indexOf(event));
    if (block.type !== 'tool_use') return this.#close(block);
    this.#finishEndedCall();
    this.#endedCall = block;
  }

  #finishEndedCall(): void {
    const block = this.#endedCall;
    this.#endedCall = undefined;
    if (block) this.#close(block);
  }

  /**
   * Closes the remaining blocks at the end of the response, except calls without an end event, which may be incomplete.
   * In a truncated response, such calls are dropped unless Claude Code has received their start.
   * @returns the tool of an incomplete call that could not be dropped.
   */
  finish(isTruncated: boolean): string | undefined {
    const lastCall = this.#endedCall;
    // In a truncated response, the call is kept only if its arguments are complete: hosts end its block either way.
    if (lastCall && (!isTruncated || this.#calls.isComplete(lastCall.key))) this.#finishEndedCall();
    // Calls are dropped before other blocks are closed, which would let buffered calls write.
    const unfinished = isTruncated ? this.#calls.dropOpen() : this.#calls.open[0]?.[1].call.name;
    if (unfinished !== undefined) return unfinished;
    for (const [index, block] of this.#blocks) {
      if (block.type === 'tool_use') continue;
      this.#blocks.delete(index);
      this.#close(block);
    }
    return undefined;
  }

  /** Starts a block from its first delta, for hosts that omit the start event. */
  #beginFromDelta(event: JsonObject, delta: JsonObject): Block {
    if (delta.type === 'input_json_delta')
      throw new CcpError('broken_tool_call', 'The upstream sent arguments of a tool call that was not started.');
    this.begin(event, { type: delta.type === 'thinking_delta' ? 'thinking' : 'text' });
    const block = this.#blocks.get(indexOf(event));
    if (block === undefined) throw new Error('a begun block is not there');
    return block;
  }

  #addText({ key }: Block, text: string): void {
    if (text !== '') this.#sequence.write(key, text.length, () => this.#outputs.text(text));
  }

  #addThinking({ key }: Block, text: string): void {
    if (text !== '') this.#sequence.write(key, text.length, () => this.#outputs.thinking(text));
  }

  #addForeign({ key }: Block, content: JsonObject): void {
    if (isTyped(content))
      this.#sequence.write(key, JSON.stringify(content).length, () => this.#outputs.foreign(content));
  }

  /** Hosted tools of another host: search results become text, other blocks a warning. */
  #omit(block: Block, content: JsonObject): void {
    const { origin } = this.#options;
    if (content.type === 'web_search_tool_result') this.#addText(block, searchSummary(content));
    else if (content.type !== 'server_tool_use')
      this.#outputs.push({
        type: 'warning',
        message: `[${block.type} of ${origin.upstream} left out: Claude Code could not send it back]`,
      });
  }

  #close(block: Block): void {
    if (block.type === 'tool_use') {
      const item = this.#calls.open.find(([key]) => key === block.key)?.[1];
      if (item) this.#calls.finish(block.key, item);
      return;
    }
    this.#sequence.write(block.key, block.signature.length, () => {
      if (block.type === 'thinking') this.#sign(block);
      this.#outputs.close();
    });
    this.#sequence.finish(block.key);
  }

  #sign({ signature }: Block): void {
    if (this.#options.native) {
      if (signature !== '') this.#outputs.signature(signature);
      return;
    }
    const { origin } = this.#options;
    if (this.#outputs.open !== 'thinking' && signature === '') return;
    const payload =
      signature === '' ? { id: unsignedMarker, encrypted: unsignedMarker } : { id: 'signed', encrypted: signature };
    this.#outputs.signature(sealReasoning({ ...origin, ...payload }));
  }
}

const indexOf = (event: JsonObject): number => asNumber(event.index) ?? 0;

const jsonText = (part: unknown, tool: string): string =>
  typeof part === 'string' ? part : part === undefined || part === null ? '' : argumentsText(part, tool);

const isTyped = (value: JsonObject): value is ForeignBlock => typeof value.type === 'string';
