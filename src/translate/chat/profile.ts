/** What tells one chat-completions host from another: data, never code. */
import type { CostKind } from '../../models/types.ts';
import type { FailureRow } from '../failures/errors.ts';

export interface ChatQuirks {
  readonly tokenField: 'max_tokens' | 'max_completion_tokens';
  /**
   * How it is told to think: OpenAI's `reasoning_effort`; `thinking.type` (z.ai, Moonshot's older models); that with an effort beside it (DeepSeek) or
   * inside it (Kimi); OpenRouter's `reasoning`; a switch in the chat template.
   */
  readonly thinking: 'effort' | 'zai' | 'moonshot' | 'type-and-effort' | 'kimi' | 'openrouter' | 'template';
  /** How its thinking goes back to it: as text, as the opaque details it sent, or not at all. */
  readonly replay: 'text' | 'details' | 'none';
  /** A call in the history must stand beside `reasoning_content`, were it empty. */
  readonly thinkingBesideCalls: boolean;
  /** Takes `tool_choice` other than auto and none. */
  readonly forcedTools: boolean;
  readonly structured: 'json_schema' | 'json_object';
  readonly capabilities: {
    readonly images: boolean;
    readonly imageUrls: boolean;
    /** In the content of a tool message; elsewhere they follow it in a user message. */
    readonly imagesInResults: boolean;
    /** PDFs as `file` parts. */
    readonly files: boolean;
  };
  /** Where the session's id goes, for the host's prompt cache. */
  readonly sessionField: 'prompt_cache_key' | 'session_id' | 'user' | 'none';
  /** Models that write their thinking into the text, between `<think>` marks. */
  readonly inlineThinking: boolean;
  /** Takes `temperature` and `top_p`. */
  readonly sampling: boolean;
  /** `cache_control` marks are kept for Anthropic's models behind it: without them nothing is cached there. */
  readonly cacheMarks: boolean;
  /** Fields that every request carries. */
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface ChatProfile {
  /** The upstream's name in routes, events and messages. */
  readonly upstream: string;
  readonly baseUrl: string;
  readonly costKind: CostKind;
  readonly auth: 'bearer' | 'x-api-key' | 'none';
  /** It may be asked without a credential. */
  readonly credentialOptional: boolean;
  readonly quirks: ChatQuirks;
  /** By the upstream's error code, above the common table. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** What a user runs or sets to get a credential. */
  readonly credentialHint: string;
  /** What to start when nobody listens. */
  readonly startHint: string | undefined;
  /** What to do about a model that is not there; `{model}` is its id. */
  readonly modelHint: string | undefined;
}

/** A host nothing is known of: the safest form of everything. */
export const plainChat: ChatQuirks = {
  tokenField: 'max_tokens',
  thinking: 'effort',
  replay: 'none',
  thinkingBesideCalls: false,
  forcedTools: true,
  structured: 'json_schema',
  capabilities: { images: true, imageUrls: false, imagesInResults: false, files: false },
  sessionField: 'none',
  inlineThinking: true,
  sampling: true,
  cacheMarks: false,
  extra: {},
};
