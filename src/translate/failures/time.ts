/** Parses times as upstreams send them: durations with units, epochs, retry delays in headers and in messages. */
import { asNumber, ownValue } from '../../wire/json.ts';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `6m0s`, `20ms` or `1h2m3.5s`; `undefined` for any other text. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:[\d.]+(?:ms|[smhd]))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]{1,20})(ms|[smhd])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (ownValue(unitMs, unit ?? '') ?? 0),
    0,
  );
}

/** Epoch milliseconds within this century. Some upstreams send milliseconds where they document seconds. */
export function epochMs(seconds: unknown): number | undefined {
  const value = asNumber(seconds);
  if (value === undefined || value <= 0) return undefined;
  const ms = value > 1e11 ? value : value * 1000;
  return ms < 4e12 ? ms : undefined;
}

/** Longer than the wait for any limit. A longer wait is treated as an error in the number. */
const maxWaitSec = 40 * 24 * 3600;

export const secondsIn = (seconds: number | undefined): number | undefined =>
  seconds !== undefined && seconds >= 0 && seconds <= maxWaitSec ? seconds : undefined;

/** Seconds from `retry-after-ms`, or from `retry-after` in seconds or as a date. */
export function retryAfterOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const ms = Number(headers['retry-after-ms']);
  if (Number.isFinite(ms) && ms > 0) return ms / 1000;
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

/** Seconds from a message such as "try again in 1.2s", "in 6m0s" or "in 35 seconds". */
export function retryAfterInText(message: string): number | undefined {
  const [, compact, amount, unit] =
    /(?:try again|retry) (?:in|after) (?:((?:[\d.]+(?:ms|[smhd]))+)\b|([\d.]+) ?(second|minute|hour)s?\b)/i.exec(
      message,
    ) ?? [];
  const ms =
    compact === undefined ? Number(amount) * (ownValue(wordMs, unit?.toLowerCase() ?? '') ?? 0) : durationMs(compact);
  return secondsIn(ms === undefined || Number.isNaN(ms) ? undefined : ms / 1000);
}

const wordMs: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 };
