/** Limits as the Responses upstreams tell them: headers, an event in the stream, a usage endpoint. */
import { mergeQuota, type Quota, type QuotaWindow, windowName } from '../../../models/quota.ts';
import { asNumber, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { durationMs, epochMs } from '../../failures/time.ts';

type Headers = Readonly<Record<string, string>>;

/** `windows`: percentages by window of time. `rate-limits`: requests and tokens that remain. */
export type QuotaFormat = 'windows' | 'rate-limits' | 'none';

/** `undefined` when the headers say nothing about limits. */
export function quotaOfHeaders(headers: Headers, format: QuotaFormat, now: number): Quota | undefined {
  if (format === 'none') return undefined;
  const windows = format === 'windows' ? timeWindows(headers, now) : rateWindows(headers, now);
  const credits = format === 'windows' ? creditsOf(headers['x-codex-credits-balance']) : undefined;
  return windows.length === 0 && credits === undefined ? undefined : { windows, plan: undefined, credits };
}

const usedPercent = /^x-([a-z0-9-]+?)-(primary|secondary)-used-percent$/;

/** Models with a limit of their own have a family of headers of their own. */
function timeWindows(headers: Headers, now: number): QuotaWindow[] {
  return Object.keys(headers).flatMap((header) => {
    const [, family, rank] = usedPercent.exec(header) ?? [];
    const used = percentIn(numberIn(headers[header]));
    if (family === undefined || rank === undefined || used === undefined) return [];
    const minutes = lengthIn(numberIn(headers[`x-${family}-${rank}-window-minutes`]));
    const at = numberIn(headers[`x-${family}-${rank}-reset-at`]);
    const after = numberIn(headers[`x-${family}-${rank}-reset-after-seconds`]);
    const length = minutes === undefined ? rank : windowName(minutes);
    const limit = headers[`x-${family}-limit-name`];
    return [
      {
        name: limit === undefined ? length : `${limit} ${length}`,
        usedPercent: used,
        resetsAt: epochMs(at) ?? (after === undefined || after < 0 ? undefined : now + after * 1000),
      },
    ];
  });
}

function rateWindows(headers: Headers, now: number): QuotaWindow[] {
  return ['requests', 'tokens'].flatMap((name) => {
    const limit = numberIn(headers[`x-ratelimit-limit-${name}`]);
    const remaining = numberIn(headers[`x-ratelimit-remaining-${name}`]);
    if (!limit || remaining === undefined) return [];
    const reset = durationMs(headers[`x-ratelimit-reset-${name}`]);
    const used = Math.round((1 - remaining / limit) * 1000) / 10;
    return [{ name, usedPercent: used, resetsAt: reset === undefined ? undefined : now + reset }];
  });
}

/** `codex.rate_limits`. */
export function quotaOfEvent(event: JsonObject, now: number): Quota | undefined {
  const limits = asObject(event.rate_limits);
  const limit = asString(event.metered_limit_name);
  const windows = [limits.primary, limits.secondary].filter(isObject).flatMap((window) => {
    const used = percentIn(asNumber(window.used_percent));
    const minutes = lengthIn(asNumber(window.window_minutes));
    if (used === undefined || minutes === undefined) return [];
    const name = limit === undefined ? windowName(minutes) : `${limit} ${windowName(minutes)}`;
    return [{ name, usedPercent: used, resetsAt: resetOf(window, now) }];
  });
  if (windows.length === 0) return undefined;
  return { windows, plan: asString(event.plan_type), credits: creditsOf(asObject(event.credits).balance) };
}

/** The answer of the usage endpoint. */
export function quotaOfUsage(answer: unknown, now: number): Quota | undefined {
  const body = asObject(answer);
  const limits = asObject(body.rate_limit);
  const windows = [limits.primary_window, limits.secondary_window].filter(isObject).flatMap((window) => {
    const used = percentIn(asNumber(window.used_percent));
    const seconds = asNumber(window.limit_window_seconds);
    if (used === undefined || seconds === undefined) return [];
    return [{ name: windowName(seconds / 60), usedPercent: used, resetsAt: resetOf(window, now) }];
  });
  const credits = creditsOf(asObject(body.credits).balance);
  if (windows.length === 0 && credits === undefined) return undefined;
  return mergeQuota(undefined, { windows, plan: asString(body.plan_type), credits });
}

/** Windows of a year and more, or of no time at all, are none. */
const lengthIn = (minutes: number | undefined): number | undefined =>
  minutes !== undefined && minutes > 0 && minutes < 525_600 ? minutes : undefined;

const percentIn = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.max(0, Math.min(100, value));

const numberIn = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

const resetOf = (window: JsonObject, now: number): number | undefined => {
  const after = asNumber(window.reset_after_seconds);
  return epochMs(window.reset_at) ?? (after === undefined || after < 0 ? undefined : now + after * 1000);
};

const creditsOf = (balance: unknown): number | undefined =>
  typeof balance === 'string' ? numberIn(balance) : asNumber(balance);
