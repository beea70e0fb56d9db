/**
 * What a dialect's stream yields for one upstream event. Block outputs are the response's content, in the order in
 * which Claude Code receives it; the message writer turns them into Anthropic events. The other outputs describe the
 * response.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Quota } from '../models/quota.ts';
import type { ForeignBlock, MessagesUsage, SearchCitation, SearchOutcome, StopReason } from '../wire/anthropic.ts';
import type { JsonObject } from '../wire/json.ts';

/** How a message ends, in Anthropic's terms. */
export interface MessageEnd {
  readonly stopReason: StopReason;
  readonly stopSequence: string | null;
  readonly usage: MessagesUsage;
  /** Set only with the stop reason `refusal`. */
  readonly explanation?: string;
  /** Further members of the upstream's own `message_delta`. */
  readonly extra?: JsonObject;
}

/** The end of a complete response. */
export interface Ending {
  readonly end: MessageEnd;
  /** ccp ended the response at a stop sequence. The upstream is still generating, so its usage is unknown. */
  readonly abort: boolean;
  /** `end.usage` is the upstream's own count. */
  readonly measured: boolean;
}

export type BlockOutput =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly text: string }
  /** Signs the open thinking block, or an empty one opened for it. */
  | { readonly type: 'signature'; readonly signature: string }
  | { readonly type: 'tool_start'; readonly id: string; readonly name: string }
  | { readonly type: 'tool_input'; readonly json: string }
  /** Closes the open block. For a tool call only `ToolCall` yields it, after validation: Claude Code then runs it. */
  | { readonly type: 'block_end' }
  /** A hosted search that has run. Claude Code only displays it. */
  | { readonly type: 'server_tool'; readonly id: string; readonly name: string; readonly input: JsonObject }
  | { readonly type: 'search_result'; readonly toolUseId: string; readonly content: SearchOutcome }
  | { readonly type: 'citation'; readonly citation: SearchCitation }
  /** A block type that exists only in Anthropic's protocol, unchanged. Never a tool call. */
  | { readonly type: 'foreign_start'; readonly block: ForeignBlock }
  | { readonly type: 'foreign_delta'; readonly delta: ForeignBlock };

export type Output =
  | BlockOutput
  /** The upstream started a tool call. Its block may still be held back. */
  | { readonly type: 'tool_call'; readonly tool: string }
  /** Optional members removed from a call's arguments, as JSON paths. */
  | { readonly type: 'repaired'; readonly tool: string; readonly dropped: readonly string[] }
  | { readonly type: 'quota'; readonly quota: Quota }
  /** Describes a part of the response that could not be translated. */
  | { readonly type: 'warning'; readonly message: string }
  /** The upstream's usage so far, because an interrupted response has a cost too. */
  | { readonly type: 'usage'; readonly usage: MessagesUsage }
  /** An event without a handler. */
  | { readonly type: 'unknown'; readonly event: string }
  /** The content is complete. Usually only usage follows; content after it means that the end was preliminary. */
  | { readonly type: 'settled' }
  /** Always the last output. */
  | { readonly type: 'end'; readonly ending: Ending }
  /** Always the last output: the upstream failed. */
  | { readonly type: 'failure'; readonly error: CcpError };

const blockTypes = [
  'text',
  'thinking',
  'signature',
  'tool_start',
  'tool_input',
  'block_end',
  'server_tool',
  'search_result',
  'citation',
  'foreign_start',
  'foreign_delta',
] as const satisfies readonly BlockOutput['type'][];

export const isBlockOutput = (output: Output): output is BlockOutput => blockTypes.some((type) => type === output.type);

/** The kind of the open block. */
export type OpenBlock = 'text' | 'thinking' | 'tool_use' | 'foreign';

/** Collects the outputs of one step and tracks which block is open, as the message writer does. */
export class Outputs {
  #list: Output[] = [];
  #open: OpenBlock | undefined;

  get open(): OpenBlock | undefined {
    return this.#open;
  }

  push(output: Exclude<Output, BlockOutput>): void {
    this.#list.push(output);
  }

  /** @returns the outputs added since the last call. */
  take(): readonly Output[] {
    const list = this.#list;
    this.#list = [];
    return list;
  }

  text(text: string): void {
    this.#checkNoOpenCall();
    this.#open = 'text';
    this.#list.push({ type: 'text', text });
  }

  thinking(text: string): void {
    this.#checkNoOpenCall();
    this.#open = 'thinking';
    this.#list.push({ type: 'thinking', text });
  }

  signature(signature: string): void {
    this.#checkNoOpenCall();
    this.#open = 'thinking';
    this.#list.push({ type: 'signature', signature });
  }

  openTool(id: string, name: string): void {
    this.#checkNoOpenCall();
    this.#open = 'tool_use';
    this.#list.push({ type: 'tool_start', id, name });
  }

  toolInput(json: string): void {
    this.#list.push({ type: 'tool_input', json });
  }

  close(): void {
    this.#open = undefined;
    this.#list.push({ type: 'block_end' });
  }

  serverTool(id: string, name: string, input: JsonObject): void {
    this.#checkNoOpenCall();
    this.#open = undefined;
    this.#list.push({ type: 'server_tool', id, name, input });
  }

  searchResult(toolUseId: string, content: SearchOutcome): void {
    this.#checkNoOpenCall();
    this.#open = undefined;
    this.#list.push({ type: 'search_result', toolUseId, content });
  }

  citation(citation: SearchCitation): void {
    this.#list.push({ type: 'citation', citation });
  }

  foreign(block: ForeignBlock): void {
    this.#checkNoOpenCall();
    this.#open = 'foreign';
    this.#list.push({ type: 'foreign_start', block });
  }

  foreignDelta(delta: ForeignBlock): void {
    this.#list.push({ type: 'foreign_delta', delta });
  }

  /**
   * Other content would close the block of an unfinished call, and Claude Code would run it.
   * @throws CcpError `garbage`.
   */
  #checkNoOpenCall(): void {
    if (this.#open === 'tool_use')
      throw new CcpError('garbage', 'The upstream sent other content inside an unfinished tool call.');
  }
}
