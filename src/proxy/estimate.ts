import { countable, roughTokens } from '../translate/anthropic/count.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';

/** Text and JSON have 3 to 5 characters for each token. */
const charsPerToken = 4;

/**
 * Usage of a response that the upstream did not count or that ccp aborted. Synchronous, so it causes no wait.
 * @param known the input side, where the conversation has been measured before; counted roughly otherwise.
 */
export function estimateUsage(
  request: MessagesRequest,
  charsSent: number,
  known: Omit<MessagesUsage, 'output_tokens'> | undefined,
): MessagesUsage {
  return { ...(known ?? roughInput(request)), output_tokens: Math.ceil(charsSent / charsPerToken) };
}

function roughInput(request: MessagesRequest): Omit<MessagesUsage, 'output_tokens'> {
  const { texts, fixed } = countable(request);
  return { input_tokens: fixed + roughTokens(texts), cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

/** Share of the context window from which a request may be too long for it. */
const fullShare = 0.7;

/** @param bodyChars length of the request's JSON text. @param contextWindow in tokens. */
export const mayOverflow = (bodyChars: number, { contextWindow }: { readonly contextWindow: number }): boolean =>
  bodyChars / charsPerToken > fullShare * contextWindow;
