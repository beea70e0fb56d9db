/** The most a request can cost, before it is known what it costs. */
import { costMicroUsd } from '../models/cost.ts';
import type { Candidate } from '../routing/candidate.ts';
import { countable, roughTokens } from '../translate/anthropic/count.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';

/** A rough count may be this much too low. */
const safetyFactor = 1.25;
const defaultAnswerTokens = 32_000;

/** In micro-dollars, nothing cached and the answer as long as allowed; `undefined` where nobody pays per token. */
export function maxCost(request: MessagesRequest, { costKind, price, target }: Candidate): number | undefined {
  if (costKind !== 'metered' || price === undefined) return undefined;
  const { texts, fixed } = countable(request);
  const input = Math.ceil((fixed + roughTokens(texts)) * safetyFactor);
  const asked = request.maxTokens ?? defaultAnswerTokens;
  const limit = target.row?.maxOutputTokens ?? 0;
  const hasWritePrice = price.cacheWrite !== undefined;
  return costMicroUsd(
    {
      input_tokens: hasWritePrice ? 0 : input,
      cache_creation_input_tokens: hasWritePrice ? input : 0,
      cache_read_input_tokens: 0,
      output_tokens: limit > 0 ? Math.min(asked, limit) : asked,
    },
    price,
  );
}
