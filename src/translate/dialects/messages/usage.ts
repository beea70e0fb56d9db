import type { MessagesUsage } from '../../../wire/anthropic.ts';
import { asNumber, type JsonObject } from '../../../wire/json.ts';

/** The counts of a Messages upstream. All other members of its usage are kept. */
export function usageOf(usage: JsonObject): MessagesUsage {
  const count = (name: string) => asNumber(usage[name]) ?? 0;
  const counts = {
    input_tokens: count('input_tokens'),
    cache_creation_input_tokens: count('cache_creation_input_tokens'),
    cache_read_input_tokens: count('cache_read_input_tokens'),
    output_tokens: count('output_tokens'),
  };
  return Object.assign({}, usage, counts);
}
