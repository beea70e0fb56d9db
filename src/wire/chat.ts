/**
 * OpenAI chat completions: the parts ccp sends. Chunks are parsed as plain JSON objects.
 * Source: `openai` 7.57 types and the hosts' own references, 2026-11.
 */
import type { JsonObject } from './json.ts';

export type ChatPart =
  | { readonly type: 'text'; readonly text: string; readonly cache_control?: JsonObject }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
  | { readonly type: 'file'; readonly file: { readonly filename: string; readonly file_data: string } };

export type ChatContent = string | readonly ChatPart[];

export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: ChatContent }
  | {
      readonly role: 'assistant';
      /** Omitted when there are only calls: some hosts reject an empty text. */
      readonly content?: string;
      readonly tool_calls?: readonly ChatToolCall[];
      readonly reasoning_content?: string;
      readonly reasoning_details?: readonly unknown[];
    }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: ChatContent };

export interface ChatTool {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description: string;
    readonly parameters: JsonObject;
    readonly strict?: true;
  };
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ChatTool[];
  readonly tool_choice?:
    | 'auto'
    | 'required'
    | 'none'
    | { readonly type: 'function'; readonly function: { readonly name: string } };
  readonly parallel_tool_calls?: false;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly response_format?: JsonObject;
  readonly stream: true;
  readonly stream_options: { readonly include_usage: true };
  /** Fields specific to a host, such as thinking options and the session id. */
  readonly [extra: string]: unknown;
}
