/**
 * OpenAI Responses: the parts ccp sends. Events are parsed as plain JSON objects.
 * Source: `openai` 7.57 types and captured Codex CLI 0.169 traffic, 2026-11.
 */
import type { JsonObject } from './json.ts';

export type InputContent =
  | { readonly type: 'input_text'; readonly text: string }
  | { readonly type: 'input_image'; readonly image_url: string; readonly detail: 'auto' }
  | { readonly type: 'input_file'; readonly filename: string; readonly file_data: string }
  | { readonly type: 'input_file'; readonly file_url: string }
  | { readonly type: 'output_text'; readonly text: string; readonly annotations: readonly [] };

export type InputItem =
  | { readonly type: 'message'; readonly role: 'user' | 'developer' | 'assistant'; readonly content: InputContent[] }
  | {
      readonly type: 'function_call';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
      readonly namespace?: string;
    }
  | {
      readonly type: 'function_call_output';
      readonly call_id: string;
      readonly output: string | readonly InputContent[];
    }
  | {
      readonly type: 'reasoning';
      readonly id: string;
      readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[];
      readonly encrypted_content: string;
    };

export interface FunctionTool {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  readonly strict: boolean;
  readonly parameters: JsonObject;
}

/** Hosted search. `external_web_access` is sent only to the Codex back end. */
export interface SearchTool {
  readonly type: 'web_search';
  readonly filters?: { readonly allowed_domains: readonly string[] };
  readonly user_location?: {
    readonly type: 'approximate';
    readonly city?: string;
    readonly region?: string;
    readonly country?: string;
    readonly timezone?: string;
  };
  readonly external_web_access?: true;
}

export interface NamespaceTool {
  readonly type: 'namespace';
  readonly name: string;
  readonly description: string;
  readonly tools: readonly FunctionTool[];
}

export type ResponsesTool = FunctionTool | SearchTool | NamespaceTool;

export interface ResponsesRequest {
  readonly model: string;
  readonly instructions: string;
  readonly input: readonly InputItem[];
  readonly tools?: readonly ResponsesTool[];
  readonly tool_choice?: 'auto' | 'required' | 'none' | { readonly type: 'function'; readonly name: string };
  readonly parallel_tool_calls?: boolean;
  readonly max_tool_calls?: number;
  readonly reasoning?: { readonly effort?: string; readonly summary?: 'auto' };
  readonly text?: JsonObject;
  readonly service_tier?: 'priority';
  readonly max_output_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly include: readonly string[];
  readonly prompt_cache_key?: string;
  readonly store: false;
  readonly stream: true;
}
