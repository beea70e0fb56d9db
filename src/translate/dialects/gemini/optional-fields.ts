/** Optional request fields. A dot separates path members. `inlineData` is not listed: PDFs become notes instead. */
export const optionalFields: readonly string[] = [
  'generationConfig.thinkingConfig',
  'generationConfig.temperature',
  'generationConfig.topP',
  'generationConfig.maxOutputTokens',
  'generationConfig.responseJsonSchema',
  'toolConfig',
];
