/** Parses the quota of Responses upstreams from headers, a stream event or the usage endpoint. */
import { mergeQuota, type Quota, type QuotaWindow, windowName } from '../../../models/quota.ts';
import { asNumber, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { durationMs, epochMs } from '../../failures/time.ts';

type Headers = Readonly<Record<string, string>>;

/** `windows`: used percentage per time window. `rate-limits`: remaining requests and tokens. */
export type QuotaFormat = 'windows' | 'rate-limits' | 'none';

/**
 * @param headers response headers with lower-case names.
 * @param now epoch milliseconds.
 * @returns `undefined` when the headers contain no limits.
 */
export function quotaOfHeaders(headers: Headers, format: QuotaFormat, now: number): Quota | undefined {
  if (format === 'none') return undefined;
  const windows = format === 'windows' ? timeWindows(headers, now) : rateWindows(headers, now);
  const credits = format === 'windows' ? creditsOf(headers['x-codex-credits-balance']) : undefined;
  return windows.length === 0 && credits === undefined ? undefined : { windows, plan: undefined, credits };
}

const usedPercentHeader = /^x-([a-z0-9-]+?)-(primary|secondary)-used-percent$/;

/** Models with a separate limit have a separate family of headers. */
function timeWindows(headers: Headers, now: number): QuotaWindow[] {
  return Object.keys(headers).flatMap((header) => {
    const [, family, rank] = usedPercentHeader.exec(header) ?? [];
    const percent = clampPercent(parseNumber(headers[header]));
    if (family === undefined || rank === undefined || percent === undefined) return [];
    const minutes = validMinutes(parseNumber(headers[`x-${family}-${rank}-window-minutes`]));
    const resetAt = parseNumber(headers[`x-${family}-${rank}-reset-at`]);
    const resetAfterSeconds = parseNumber(headers[`x-${family}-${rank}-reset-after-seconds`]);
    const windowLabel = minutes === undefined ? rank : windowName(minutes);
    const limit = headers[`x-${family}-limit-name`];
    return [
      {
        name: limit === undefined ? windowLabel : `${limit} ${windowLabel}`,
        usedPercent: percent,
        resetsAt:
          epochMs(resetAt) ??
          (resetAfterSeconds === undefined || resetAfterSeconds < 0 ? undefined : now + resetAfterSeconds * 1000),
      },
    ];
  });
}

function rateWindows(headers: Headers, now: number): QuotaWindow[] {
  return ['requests', 'tokens'].flatMap((name) => {
    const limit = parseNumber(headers[`x-ratelimit-limit-${name}`]);
    const remaining = parseNumber(headers[`x-ratelimit-remaining-${name}`]);
    if (!limit || remaining === undefined) return [];
    const reset = durationMs(headers[`x-ratelimit-reset-${name}`]);
    const percent = Math.round((1 - remaining / limit) * 1000) / 10;
    return [{ name, usedPercent: percent, resetsAt: reset === undefined ? undefined : now + reset }];
  });
}

/** Quota of a `codex.rate_limits` event. @param now epoch milliseconds. */
export function quotaOfEvent(event: JsonObject, now: number): Quota | undefined {
  const limits = asObject(event.rate_limits);
  const limit = asString(event.metered_limit_name);
  const windows = [limits.primary, limits.secondary].filter(isObject).flatMap((window) => {
    const percent = clampPercent(asNumber(window.used_percent));
    const minutes = validMinutes(asNumber(window.window_minutes));
    if (percent === undefined || minutes === undefined) return [];
    const name = limit === undefined ? windowName(minutes) : `${limit} ${windowName(minutes)}`;
    return [{ name, usedPercent: percent, resetsAt: resetOf(window, now) }];
  });
  if (windows.length === 0) return undefined;
  return { windows, plan: asString(event.plan_type), credits: creditsOf(asObject(event.credits).balance) };
}

/** Quota of a usage endpoint response. @param now epoch milliseconds. */
export function quotaOfUsage(response: unknown, now: number): Quota | undefined {
  const body = asObject(response);
  const limits = asObject(body.rate_limit);
  const windows = [limits.primary_window, limits.secondary_window].filter(isObject).flatMap((window) => {
    const percent = clampPercent(asNumber(window.used_percent));
    const seconds = asNumber(window.limit_window_seconds);
    if (percent === undefined || seconds === undefined) return [];
    return [{ name: windowName(seconds / 60), usedPercent: percent, resetsAt: resetOf(window, now) }];
  });
  const credits = creditsOf(asObject(body.credits).balance);
  if (windows.length === 0 && credits === undefined) return undefined;
  return mergeQuota(undefined, { windows, plan: asString(body.plan_type), credits });
}

/** Returns `undefined` for invalid window lengths: zero, negative, or a year and more. */
const validMinutes = (minutes: number | undefined): number | undefined =>
  minutes !== undefined && minutes > 0 && minutes < 525_600 ? minutes : undefined;

const clampPercent = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.max(0, Math.min(100, value));

const parseNumber = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

const resetOf = (window: JsonObject, now: number): number | undefined => {
  const resetAfterSeconds = asNumber(window.reset_after_seconds);
  return (
    epochMs(window.reset_at) ??
    (resetAfterSeconds === undefined || resetAfterSeconds < 0 ? undefined : now + resetAfterSeconds * 1000)
  );
};

const creditsOf = (balance: unknown): number | undefined =>
  typeof balance === 'string' ? parseNumber(balance) : asNumber(balance);
