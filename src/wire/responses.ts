/**
 * OpenAI Responses: the parts ccp sends. Events are read tolerantly as JSON objects.
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
  | { readonly type: 'function_call'; readonly call_id: string; readonly name: string; readonly arguments: string }
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

export interface ResponsesRequest {
  readonly model: string;
  readonly instructions: string;
  readonly input: readonly InputItem[];
  readonly tools?: readonly FunctionTool[];
  readonly tool_choice?: 'auto' | 'required' | 'none' | { readonly type: 'function'; readonly name: string };
  readonly parallel_tool_calls?: boolean;
  readonly reasoning?: { readonly effort?: string; readonly summary?: 'auto' };
  readonly text?: JsonObject;
  readonly service_tier?: 'priority';
  readonly include: readonly string[];
  readonly prompt_cache_key?: string;
  readonly store: false;
  readonly stream: true;
}
