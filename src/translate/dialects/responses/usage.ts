import { type MessagesUsage, noUsage } from '../../../wire/anthropic.ts';
import { asNumber, asObject, isObject } from '../../../wire/json.ts';

/** Responses counts cached tokens inside `input_tokens`; Anthropic counts them apart. */
export function usageOf(usage: unknown, searches = 0): MessagesUsage {
  const hosted = searches > 0 ? { server_tool_use: { web_search_requests: searches } } : {};
  if (!isObject(usage)) return { ...noUsage, ...hosted };
  const details = asObject(usage.input_tokens_details);
  const read = asNumber(details.cached_tokens) ?? 0;
  const written = asNumber(details.cache_write_tokens) ?? 0;
  const thinking = asNumber(asObject(usage.output_tokens_details).reasoning_tokens);
  return {
    input_tokens: Math.max(0, (asNumber(usage.input_tokens) ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: asNumber(usage.output_tokens) ?? 0,
    ...hosted,
    ...(thinking === undefined ? {} : { output_tokens_details: { thinking_tokens: thinking } }),
  };
}
