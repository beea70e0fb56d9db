import { countable, roughTokens } from '../translate/anthropic/count.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';

const charsPerToken = 4;

/** Usage of an answer that the upstream did not count, or that ccp cut: nobody waits for a better count. */
export function estimateUsage(request: MessagesRequest, charsSent: number): MessagesUsage {
  const { texts, fixed } = countable(request);
  return {
    input_tokens: fixed + roughTokens(texts),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: Math.ceil(charsSent / charsPerToken),
  };
}
