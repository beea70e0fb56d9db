import { isObject, type JsonObject } from '../../wire/json.ts';

/** No request has a thousand million tokens. */
const maxCount = 1e9;

/** An upstream's usage; `undefined` if it has none, or one with a number of tokens that cannot be a count. */
export const plausibleUsage = (usage: unknown): JsonObject | undefined =>
  isObject(usage) && isPlausible(usage) ? usage : undefined;

/** Other numbers, such as times and prices, are not read. */
const isPlausible = (usage: JsonObject): boolean =>
  Object.entries(usage).every(([name, value]) =>
    typeof value === 'number'
      ? !/token/i.test(name) || (Number.isFinite(value) && value >= 0 && value <= maxCount)
      : !isObject(value) || isPlausible(value),
  );
