/**
 * Request fields that may be omitted when an upstream rejects them. A dot separates nested object keys. `input_file` is
 * a content part, not a field: when it is rejected, PDFs are replaced by notes.
 */
export const optionalFields: readonly string[] = [
  'reasoning.summary',
  'reasoning.effort',
  'reasoning',
  'include',
  'prompt_cache_key',
  'service_tier',
  'parallel_tool_calls',
  'max_output_tokens',
  'max_tool_calls',
  'temperature',
  'top_p',
  'input_file',
];
