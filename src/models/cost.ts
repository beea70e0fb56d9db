import type { MessagesUsage } from '../wire/anthropic.ts';
import { asNumber } from '../wire/json.ts';
import type { CostKind, PriceRow } from './types.ts';

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

/** Micro-dollars of sending a context once to a model whose cache does not contain it; `undefined`: no price is known. */
export function coldCacheMicroUsd(price: PriceRow | undefined, tokens: number): number | undefined {
  if (price === undefined) return undefined;
  const rates = price.long && price.longAbove !== undefined && tokens > price.longAbove ? price.long : price;
  // If cache writes have their own price, the context is charged at that price.
  return tokens * (rates.cacheWrite ?? rates.input);
}

interface Priced {
  readonly costKind: CostKind;
  readonly price?: PriceRow | undefined;
}

/** Orders models by what moving a context to them costs: nothing on a plan or a local model, an unknown price last. */
export const compareMoves = (tokens: number) => (a: Priced, b: Priced) => moveCost(a, tokens) - moveCost(b, tokens);

const moveCost = ({ costKind, price }: Priced, tokens: number): number => {
  if (costKind === 'plan') return 0;
  // A local model is free, but seldom as able as that of a plan.
  if (costKind === 'local') return Number.MIN_VALUE;
  return coldCacheMicroUsd(price, tokens) ?? Number.MAX_VALUE;
};
