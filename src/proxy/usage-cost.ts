/** A usage of the Messages API as token counts and cost. */
import { costMicroUsd } from '../models/cost.ts';
import type { TokenCounts } from '../models/tokens.ts';
import type { CostKind } from '../models/types.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { MessagesUsage } from '../wire/anthropic.ts';

/** @param candidate who answered; the cost is unknown without one. */
export function costOf(
  usage: MessagesUsage,
  candidate: Pick<Candidate, 'costKind' | 'price'> | undefined,
): { costMicroUsd: number | undefined; costKind: CostKind } {
  const { costKind = 'unknown', price } = candidate ?? {};
  return {
    costMicroUsd: costKind === 'local' ? 0 : price && costMicroUsd(usage, price),
    costKind: price === undefined && costKind === 'metered' ? 'unknown' : costKind,
  };
}

export const tokensOf = (usage: MessagesUsage): TokenCounts => ({
  inputTokens: usage.input_tokens,
  cacheReadTokens: usage.cache_read_input_tokens,
  cacheWriteTokens: usage.cache_creation_input_tokens,
  outputTokens: usage.output_tokens,
  reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
});
