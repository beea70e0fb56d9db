import { type MessagesUsage, noUsage } from '../../../wire/anthropic.ts';
import { asNumber, isObject } from '../../../wire/json.ts';

/** Gemini includes cached tokens in the prompt and excludes thoughts from the output. Anthropic does the opposite. */
export function usageOf(usage: unknown): MessagesUsage {
  if (!isObject(usage)) return noUsage;
  const count = (name: string) => Math.max(0, asNumber(usage[name]) ?? 0);
  const cached = count('cachedContentTokenCount');
  const thoughts = count('thoughtsTokenCount');
  return {
    input_tokens: Math.max(0, count('promptTokenCount') + count('toolUsePromptTokenCount') - cached),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: count('candidatesTokenCount') + thoughts,
    output_tokens_details: { thinking_tokens: thoughts },
  };
}
