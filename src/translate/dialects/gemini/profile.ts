/** Differences between the hosts of the Gemini API, as data. */

export interface GeminiProfile {
  /** The path between the base URL and the model. */
  readonly modelsPath: string;
  /** The host has `countTokens`. */
  readonly counts: boolean;
}

/** The profile of a host of which only the dialect is known. */
export const plainGemini: GeminiProfile = { modelsPath: '/v1beta/models/', counts: true };
