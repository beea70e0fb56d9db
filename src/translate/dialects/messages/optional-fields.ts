/** Optional request fields. A dot separates the members of a path. */
export const optionalFields: readonly string[] = [
  'context_management',
  'container',
  'diagnostics',
  'speed',
  'inference_geo',
  'service_tier',
  'output_config.effort',
  'output_config.format',
  'output_config',
  'metadata',
  'cache_control',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'stop_sequences',
];
