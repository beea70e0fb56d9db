/** What tells one chat-completions host from another: data, never code. */
export interface ChatProfile {
  readonly tokenField: 'max_tokens' | 'max_completion_tokens';
  /**
   * How thinking is asked for: `effort`: OpenAI's `reasoning_effort`; `type`: `thinking.type`; `type-or-effort`:
   * efforts where the model has them, else `thinking.type`; `type-and-effort`: both, side by side; `type-with-effort`:
   * the effort inside `thinking`; `reasoning`: a `reasoning` object; `template`: a switch of the chat template.
   */
  readonly thinking:
    | 'effort'
    | 'type'
    | 'type-or-effort'
    | 'type-and-effort'
    | 'type-with-effort'
    | 'reasoning'
    | 'template';
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

/** A host of which only the dialect is known: the safest form of everything. */
export const plainChat: ChatProfile = {
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
