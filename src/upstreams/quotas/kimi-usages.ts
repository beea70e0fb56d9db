/** Kimi Code's quota: usage of the week and of the current window. The endpoint returns numbers as strings. */
import { type Quota, type QuotaWindow, windowName } from '../../models/quota.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../wire/json.ts';
import type { QuotaEndpoint } from '../definition.ts';

export const kimiUsages = (baseUrl: string): QuotaEndpoint => ({
  url: `${baseUrl.replace(/\/v1$/, '')}/v1/usages`,
  usesClientUserAgent: true,
  read: quotaOfUsages,
});

const unitMinutes: Readonly<Record<string, number>> = {
  TIME_UNIT_MINUTE: 1,
  TIME_UNIT_HOUR: 60,
  TIME_UNIT_DAY: 1_440,
};

export function quotaOfUsages(answer: unknown): Quota | undefined {
  const body = asObject(answer);
  const limits = asArray(body.limits).flatMap((limit) => {
    const { window, detail } = asObject(limit);
    const { duration, timeUnit } = asObject(window);
    const minutes = (numberIn(duration) ?? 0) * (unitMinutes[asString(timeUnit) ?? ''] ?? 0);
    return minutes > 0 ? windowIn(asObject(detail), windowName(minutes)) : [];
  });
  const windows = [...limits, ...windowIn(asObject(body.usage), 'week')];
  return windows.length === 0 ? undefined : { windows, plan: undefined, credits: undefined };
}

function windowIn(detail: JsonObject, name: string): QuotaWindow[] {
  const limit = numberIn(detail.limit);
  const remaining = numberIn(detail.remaining);
  const used =
    numberIn(detail.used) ?? (limit === undefined || remaining === undefined ? undefined : limit - remaining);
  if (!limit || used === undefined) return [];
  const reset = Date.parse(asString(detail.resetTime) ?? '');
  const usedPercent = Math.max(0, Math.min(100, (100 * used) / limit));
  return [{ name, usedPercent, resetsAt: Number.isNaN(reset) ? undefined : reset }];
}

const numberIn = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : asNumber(value);
  return Number.isFinite(number) ? number : undefined;
};
