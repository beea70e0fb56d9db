/** What tells one host of the Gemini API from another: data, never code. */

export interface GeminiProfile {
  /** Stands between the base URL and the model. */
  readonly modelsPath: string;
  /** It has `countTokens`. */
  readonly counts: boolean;
}

/** A host of which only the dialect is known. */
export const plainGemini: GeminiProfile = { modelsPath: '/v1beta/models/', counts: true };
