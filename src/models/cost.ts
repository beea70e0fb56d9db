import type { MessagesUsage } from '../wire/anthropic.ts';
import type { PriceRow } from './types.ts';

/**
 * List price of one request in millionths of a US dollar, rounded to the nearest.
 * Cache writes without their own price are charged as uncached input.
 */
export function costMicroUsd(usage: MessagesUsage, row: PriceRow): number {
  const inputTotal = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  const rates = row.long && row.longAbove !== undefined && inputTotal > row.longAbove ? row.long : row;
  // Dollars per million tokens are micro-dollars per token.
  return Math.round(
    usage.input_tokens * rates.input +
      usage.cache_read_input_tokens * rates.cacheRead +
      usage.cache_creation_input_tokens * (rates.cacheWrite ?? rates.input) +
      usage.output_tokens * rates.output,
  );
}
