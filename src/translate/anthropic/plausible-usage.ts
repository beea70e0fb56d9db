import { isObject, type JsonObject } from '../../wire/json.ts';

/** No request has a thousand million tokens. */
const maxCount = 1e9;

/** An upstream's usage; `undefined` if it has none, or one with a number that cannot be a count. */
export const plausibleUsage = (usage: unknown): JsonObject | undefined =>
  isObject(usage) && isPlausible(usage) ? usage : undefined;

const isPlausible = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value) && value >= 0 && value <= maxCount
    : !isObject(value) || Object.values(value).every(isPlausible);
