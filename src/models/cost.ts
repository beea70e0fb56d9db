import type { MessagesUsage } from '../wire/anthropic.ts';
import { asNumber } from '../wire/json.ts';
import type { PriceRow } from './types.ts';

/**
 * List price of one request in millionths of a US dollar, rounded to the nearest.
 * Cache writes without their own price are charged as uncached input; those for an hour without one of their own, as
 * the others.
 */
export function costMicroUsd(usage: MessagesUsage, row: PriceRow): number {
  const inputTotal = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  const rates = row.long && row.longAbove !== undefined && inputTotal > row.longAbove ? row.long : row;
  const written = usage.cache_creation_input_tokens;
  const hourly = Math.min(written, asNumber(usage.cache_creation?.ephemeral_1h_input_tokens) ?? 0);
  const writeRate = rates.cacheWrite ?? rates.input;
  // Dollars per million tokens are micro-dollars per token.
  return Math.round(
    usage.input_tokens * rates.input +
      usage.cache_read_input_tokens * rates.cacheRead +
      (written - hourly) * writeRate +
      hourly * (rates.cacheWriteHour ?? writeRate) +
      usage.output_tokens * rates.output,
  );
}
