/** Request fields an answer can do without. A dot leads into an object. `inlineData` is no field: PDFs become notes instead. */
export const optionalFields: readonly string[] = [
  'generationConfig.thinkingConfig',
  'generationConfig.temperature',
  'generationConfig.topP',
  'generationConfig.maxOutputTokens',
  'generationConfig.responseJsonSchema',
  'toolConfig',
];
