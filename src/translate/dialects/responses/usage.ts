import { type MessagesUsage, noUsage } from '../../../wire/anthropic.ts';
import { asNumber, asObject, isObject } from '../../../wire/json.ts';

/**
 * Converts Responses usage to Anthropic usage. Responses includes cached tokens in `input_tokens`; Anthropic counts
 * them separately.
 * @param searches number of hosted searches.
 */
export function usageOf(usage: unknown, searches = 0): MessagesUsage {
  const searchUsage = searches > 0 ? { server_tool_use: { web_search_requests: searches } } : {};
  if (!isObject(usage)) return { ...noUsage, ...searchUsage };
  const details = asObject(usage.input_tokens_details);
  const cacheRead = asNumber(details.cached_tokens) ?? 0;
  const cacheWrite = asNumber(details.cache_write_tokens) ?? 0;
  const reasoningTokens = asNumber(asObject(usage.output_tokens_details).reasoning_tokens);
  return {
    input_tokens: Math.max(0, (asNumber(usage.input_tokens) ?? 0) - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: asNumber(usage.output_tokens) ?? 0,
    ...searchUsage,
    ...(reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}
