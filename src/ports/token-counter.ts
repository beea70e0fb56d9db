/** Counts tokens of text (o200k), away from the thread that serves streams. */
export interface TokenCounter {
  /** The sum over the texts; a rough estimate when counting takes too long. Never rejects. */
  count(texts: readonly string[]): Promise<number>;
}
