/** How much of an upstream's limits is used, in a format common to all upstreams. */

import { cleanName, cleanText } from '../wire/clean-text.ts';
import { percentOf } from './percent.ts';

export interface QuotaWindow {
  /** `5h`, `week`, `requests`, `tokens`; prefixed with the name of the limit when there are several. */
  readonly name: string;
  /** 0–100. */
  readonly usedPercent: number;
  /** Epoch milliseconds; `undefined` when the upstream did not return it. */
  readonly resetsAt: number | undefined;
}

export interface Quota {
  readonly windows: readonly QuotaWindow[];
  readonly plan: string | undefined;
  /** Remaining purchased credits, in the upstream's unit; `undefined` when not returned or unlimited. */
  readonly credits: number | undefined;
}

const minutesPerDay = 1_440;

export function windowName(minutes: number): string {
  if (minutes === 7 * minutesPerDay) return 'week';
  if (minutes % minutesPerDay === 0) return `${minutes / minutesPerDay}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}min`;
}

const unitMinutes: Readonly<Record<string, number>> = { min: 1, h: 60, d: minutesPerDay };

/** The length of a window by its name (`5h`, `gpt-5 week`), in milliseconds; `undefined` for other limits. */
export function windowLengthMs(name: string): number | undefined {
  const last = name.slice(name.lastIndexOf(' ') + 1);
  if (last === 'week') return 7 * minutesPerDay * 60_000;
  const [, count = '', unit = ''] = /^(\d{1,6})(min|h|d)$/.exec(last) ?? [];
  const minutes = Number(count) * (unitMinutes[unit] ?? 0);
  return minutes > 0 ? minutes * 60_000 : undefined;
}

/** Limits of one upstream that are kept, the newest first, and the length of their names. */
const [maxWindows, maxNameLength] = [16, 60];

/** Merges a newer quota into an older one. Windows that the newer one does not contain are kept. */
export function mergeQuota(previous: Quota | undefined, current: Quota): Quota {
  const windows = new Map<string, QuotaWindow>();
  for (const { name, ...window } of [...current.windows, ...(previous?.windows ?? [])]) {
    if (windows.size >= maxWindows) break;
    const clean = cleanText(name, maxNameLength);
    if (!windows.has(clean)) windows.set(clean, { name: clean, ...window });
  }
  return {
    windows: [...windows.values()],
    plan: cleanName(current.plan ?? previous?.plan),
    credits: current.credits ?? previous?.credits,
  };
}

/** When the limits that are used up end, epoch milliseconds; `undefined` when none is, or its end is not known. */
export function exhaustedUntil({ windows }: Quota, now: number): number | undefined {
  const ends = windows.flatMap(({ usedPercent, resetsAt = 0 }) =>
    usedPercent >= 100 && resetsAt > now ? resetsAt : [],
  );
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** `5h 37 % · week 12 %`; with `clockTime` also when each window resets. */
export const quotaText = ({ windows }: Quota, clockTime?: (epochMs: number) => string): string =>
  windows
    .map(({ name, usedPercent, resetsAt }) => {
      const reset = clockTime === undefined || resetsAt === undefined ? '' : ` (resets ${clockTime(resetsAt)})`;
      return `${name} ${percentOf(usedPercent / 100)} %${reset}`;
    })
    .join(' · ');
