import { type MessagesUsage, noUsage } from '../../../wire/anthropic.ts';
import { asNumber, asObject, isObject, type JsonObject } from '../../../wire/json.ts';

/**
 * Chat counts cached tokens inside `prompt_tokens`, under names that differ from host to host. Most count reasoning
 * inside `completion_tokens`; where the total says otherwise it comes on top.
 */
export function usageOf(usage: unknown): MessagesUsage {
  if (!isObject(usage)) return noUsage;
  const details = asObject(usage.prompt_tokens_details);
  const read = firstNumber(details.cached_tokens, usage.prompt_cache_hit_tokens, usage.cached_tokens);
  const written = firstNumber(details.cache_write_tokens, usage.cache_creation_input_tokens);
  const prompt = firstNumber(usage.prompt_tokens);
  const thinking = asNumber(asObject(usage.completion_tokens_details).reasoning_tokens);
  return {
    input_tokens: Math.max(0, prompt - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: outputOf(usage, prompt, thinking ?? 0),
    ...(thinking === undefined ? {} : { output_tokens_details: { thinking_tokens: thinking } }),
  };
}

function outputOf(usage: JsonObject, prompt: number, thinking: number): number {
  const completion = firstNumber(usage.completion_tokens);
  const apart = asNumber(usage.total_tokens) === prompt + completion + thinking;
  return apart ? completion + thinking : completion;
}

const firstNumber = (...values: readonly unknown[]): number =>
  values.map(asNumber).find((value) => value !== undefined) ?? 0;
