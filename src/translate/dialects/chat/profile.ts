/** Differences between chat-completions hosts, as data. */
export interface ChatProfile {
  readonly tokenField: 'max_tokens' | 'max_completion_tokens';
  /**
   * Request field for thinking. `effort`: OpenAI's `reasoning_effort`; `type`: `thinking.type`; `type-or-effort`:
   * `reasoning_effort` if the model has efforts, else `thinking.type`; `type-and-effort`: both fields;
   * `type-with-effort`: the effort inside `thinking`; `reasoning`: a `reasoning` object; `template`: a chat template
   * argument.
   */
  readonly thinking:
    | 'effort'
    | 'type'
    | 'type-or-effort'
    | 'type-and-effort'
    | 'type-with-effort'
    | 'reasoning'
    | 'template';
  /** How earlier thinking is replayed: as text, as the opaque `reasoning_details` received, or not at all. */
  readonly replay: 'text' | 'details' | 'none';
  /** Assistant messages with tool calls require `reasoning_content`, even if empty. */
  readonly thinkingBesideCalls: boolean;
  /** Accepts `tool_choice` values other than `auto` and `none`. */
  readonly forcedTools: boolean;
  readonly structured: 'json_schema' | 'json_object';
  readonly capabilities: {
    readonly images: boolean;
    readonly imageUrls: boolean;
    /** Accepts images in a tool message. Otherwise they are sent in the user message after it. */
    readonly imagesInResults: boolean;
    /** Accepts PDFs as `file` parts. */
    readonly files: boolean;
  };
  /** Field for the session id, which the host's prompt cache uses. */
  readonly sessionField: 'prompt_cache_key' | 'session_id' | 'user' | 'none';
  /** Models may send their thinking in the text, inside `<think>` tags. */
  readonly inlineThinking: boolean;
  /** Accepts `temperature` and `top_p`. */
  readonly sampling: boolean;
  /** Keeps `cache_control` for Anthropic models on this host: without it their prompts are not cached. */
  readonly cacheMarks: boolean;
  /** Fields added to every request. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Profile of a host without a definition: the most widely supported settings. */
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
