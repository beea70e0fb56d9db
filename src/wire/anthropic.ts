/**
 * Anthropic Messages as used by Claude Code 2.1.197–2.1.330.
 * Source: observed traffic of those clients and the public API reference, 2026-11.
 * Request types are loose (blocks are plain JSON objects); the types of what ccp emits are exact.
 */
import type { JsonObject } from './json.ts';

export type Role = 'user' | 'assistant' | 'system';

/** One entry of `messages`; `content` is a string or an array of blocks. */
export interface InboundMessage {
  readonly role: Role;
  readonly content: string | readonly JsonObject[];
}

/** A request that passed `validateRequest`. Fields that ccp does not read remain in `raw`. */
export interface MessagesRequest {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
  readonly system: string | readonly JsonObject[] | undefined;
  readonly messages: readonly InboundMessage[];
  readonly tools: readonly JsonObject[];
  readonly raw: JsonObject;
}

export const stopReasons = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
] as const;

export type StopReason = (typeof stopReasons)[number];

/** Token counts in Anthropic's terms: `input_tokens` excludes tokens read from or written to the cache. */
export interface MessagesUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  /** The parts of `cache_creation_input_tokens` by lifetime, where the upstream reports them. */
  readonly cache_creation?: {
    readonly ephemeral_5m_input_tokens?: number;
    readonly ephemeral_1h_input_tokens?: number;
  };
  readonly output_tokens: number;
  /** The thinking part of `output_tokens`, when the upstream reports it. */
  readonly output_tokens_details?: { readonly thinking_tokens: number };
  /** Number of hosted tool calls. */
  readonly server_tool_use?: { readonly web_search_requests: number };
}

export interface SearchResult {
  readonly type: 'web_search_result';
  readonly url: string;
  readonly title: string;
  /** Set by Anthropic's own search; empty in results from ccp. */
  readonly encrypted_content: string;
  readonly page_age: string | null;
}

export type SearchOutcome =
  | readonly SearchResult[]
  | { readonly type: 'web_search_tool_result_error'; readonly error_code: 'unavailable' };

export interface SearchCitation {
  readonly type: 'web_search_result_location';
  readonly url: string;
  readonly title: string;
  readonly cited_text: string;
  readonly encrypted_index: string;
}

export type ContentBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations?: readonly SearchCitation[] }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: JsonObject }
  | { readonly type: 'server_tool_use'; readonly id: string; readonly name: string; readonly input: JsonObject }
  | { readonly type: 'web_search_tool_result'; readonly tool_use_id: string; readonly content: SearchOutcome };

/** A block or delta of an unknown type, which ccp passes on unchanged. */
export type ForeignBlock = JsonObject & { readonly type: string };

export type BlockDelta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | { readonly type: 'citations_delta'; readonly citation: SearchCitation };

export interface MessageEnvelope {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly (ContentBlock | ForeignBlock)[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: string | null;
  readonly stop_details?: {
    readonly type: 'refusal';
    readonly category: null;
    readonly explanation: string;
  };
  readonly usage: MessagesUsage;
}

export type MessagesEvent =
  | { readonly type: 'message_start'; readonly message: MessageEnvelope }
  | {
      readonly type: 'content_block_start';
      readonly index: number;
      readonly content_block: ContentBlock | ForeignBlock;
    }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: BlockDelta | ForeignBlock }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | {
      readonly type: 'message_delta';
      readonly delta: Pick<MessageEnvelope, 'stop_reason' | 'stop_sequence' | 'stop_details'>;
      readonly usage: MessagesUsage;
    }
  | { readonly type: 'message_stop' }
  | { readonly type: 'ping' }
  | { readonly type: 'error'; readonly error: ErrorBody };

/** The `error.type` values that Claude Code distinguishes. */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'timeout_error'
  | 'overloaded_error';

export interface ErrorBody {
  readonly type: ErrorType;
  readonly message: string;
}

export const noUsage: MessagesUsage = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
};
