/** Tokens of one request; `inputTokens` is uncached. */
export interface TokenCounts {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export const noTokens: TokenCounts = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** What a prompt consists of, in estimated tokens. */
export interface PromptParts {
  readonly system: number;
  readonly tools: number;
  /** The messages before the user's newest prompt. */
  readonly history: number;
  /** The user's newest prompt, and what followed it. */
  readonly newest: number;
}
