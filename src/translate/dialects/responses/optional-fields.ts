/** Request fields an answer can do without. A dot leads into an object. `input_file` is no field: PDFs become notes instead. */
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
