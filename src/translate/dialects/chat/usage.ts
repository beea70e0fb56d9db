import { type MessagesUsage, noUsage } from '../../../wire/anthropic.ts';
import { asNumber, asObject, isObject, type JsonObject } from '../../../wire/json.ts';

/**
 * Converts chat usage to Anthropic usage. Chat includes cached tokens in `prompt_tokens`, under field names that differ
 * between hosts. Most hosts include reasoning in `completion_tokens`; it is added when `total_tokens` counts it
 * separately.
 */
export function usageOf(usage: unknown): MessagesUsage {
  if (!isObject(usage)) return noUsage;
  const details = asObject(usage.prompt_tokens_details);
  const cacheRead = firstNumber(details.cached_tokens, usage.prompt_cache_hit_tokens, usage.cached_tokens);
  const cacheWrite = firstNumber(details.cache_write_tokens, usage.cache_creation_input_tokens);
  const promptTokens = firstNumber(usage.prompt_tokens);
  const reasoningTokens = asNumber(asObject(usage.completion_tokens_details).reasoning_tokens);
  return {
    input_tokens: Math.max(0, promptTokens - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: outputTokens(usage, promptTokens, reasoningTokens ?? 0),
    ...(reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}

function outputTokens(usage: JsonObject, promptTokens: number, reasoningTokens: number): number {
  const completionTokens = firstNumber(usage.completion_tokens);
  const isReasoningSeparate = asNumber(usage.total_tokens) === promptTokens + completionTokens + reasoningTokens;
  return isReasoningSeparate ? completionTokens + reasoningTokens : completionTokens;
}

const firstNumber = (...values: readonly unknown[]): number =>
  values.map(asNumber).find((value) => value !== undefined) ?? 0;
