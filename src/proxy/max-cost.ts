/** The maximum cost of a request, computed before it is sent. */
import { costMicroUsd } from '../models/cost.ts';
import type { Candidate } from '../routing/candidate.ts';
import { countable, roughTokens } from '../translate/anthropic/count.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asObject } from '../wire/json.ts';

/** Compensates for a rough token count that is too low. */
const safetyFactor = 1.25;
const defaultAnswerTokens = 32_000;

/** Claude Code marks the system prompt with the longest lifetime that it uses. */
const cachesForHour = ({ system }: MessagesRequest): boolean =>
  typeof system !== 'string' && (system ?? []).some((block) => asObject(block.cache_control).ttl === '1h');

/**
 * Cost in micro-dollars with nothing read from the cache and the longest allowed response. `undefined` when the request
 * is not metered or has no known price.
 */
export function maxCost(request: MessagesRequest, { costKind, price, target }: Candidate): number | undefined {
  if (costKind !== 'metered' || price === undefined) return undefined;
  const { texts, fixed } = countable(request);
  const inputTokens = Math.ceil((fixed + roughTokens(texts)) * safetyFactor);
  const requestedTokens = request.maxTokens ?? defaultAnswerTokens;
  const maxOutputTokens = target.row?.maxOutputTokens ?? 0;
  const hasWritePrice = price.cacheWrite !== undefined;
  return costMicroUsd(
    {
      input_tokens: hasWritePrice ? 0 : inputTokens,
      cache_creation_input_tokens: hasWritePrice ? inputTokens : 0,
      ...(hasWritePrice && cachesForHour(request)
        ? { cache_creation: { ephemeral_1h_input_tokens: inputTokens } }
        : {}),
      cache_read_input_tokens: 0,
      output_tokens: maxOutputTokens > 0 ? Math.min(requestedTokens, maxOutputTokens) : requestedTokens,
    },
    price,
  );
}
