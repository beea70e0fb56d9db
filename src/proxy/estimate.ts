import { countable, roughTokens } from '../translate/anthropic/count.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';

const charsPerToken = 4;

/** Rough usage of a response that the upstream did not count or that ccp aborted. Synchronous, so it causes no wait. */
export function estimateUsage(request: MessagesRequest, charsSent: number): MessagesUsage {
  const { texts, fixed } = countable(request);
  return {
    input_tokens: fixed + roughTokens(texts),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: Math.ceil(charsSent / charsPerToken),
  };
}
