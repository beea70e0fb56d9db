/** Counts tokens of text (o200k) outside of the thread that serves streams. */
export interface TokenCounter {
  /** Total tokens of the texts; a rough estimate when counting times out. Never rejects. */
  count(texts: readonly string[]): Promise<number>;
  /** Loads the tokenizer, so that a later count does not wait for it. */
  warm(): void;
}
