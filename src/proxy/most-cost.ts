/** The most a request can cost before it is known what it costs. */
import { costMicroUsd } from '../models/cost.ts';
import type { CostKind, ModelRow } from '../models/types.ts';
import { countable, roughTokens } from '../translate/messages/count.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';

/** A rough count may be short by so much. */
const caution = 1.25;
const usualAnswer = 32_000;

/** In micro-dollars, nothing cached and the answer as long as allowed; `undefined` where nobody pays per token. */
export function mostCost(request: MessagesRequest, row: ModelRow | undefined, costKind: CostKind): number | undefined {
  if (costKind !== 'metered' || row?.price === undefined) return undefined;
  const { texts, fixed } = countable(request);
  const input = Math.ceil((fixed + roughTokens(texts)) * caution);
  const asked = request.maxTokens ?? usualAnswer;
  const output = row.maxOutputTokens > 0 ? Math.min(asked, row.maxOutputTokens) : asked;
  const writes = row.price.cacheWrite !== undefined;
  return costMicroUsd(
    {
      input_tokens: writes ? 0 : input,
      cache_creation_input_tokens: writes ? input : 0,
      cache_read_input_tokens: 0,
      output_tokens: output,
    },
    row.price,
  );
}
