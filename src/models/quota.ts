/** How much of an upstream's limits is used, whatever its own words for it are. */

export interface QuotaWindow {
  /** `5h`, `week`, `requests`, `tokens`; with the name of the limit in front when there are several. */
  readonly name: string;
  /** 0–100. */
  readonly usedPercent: number;
  /** Epoch milliseconds; `undefined` when it was not said. */
  readonly resetsAt: number | undefined;
}

export interface Quota {
  readonly windows: readonly QuotaWindow[];
  readonly plan: string | undefined;
  /** Bought credits left, in the upstream's unit; `undefined` when it did not say or there is no end to them. */
  readonly credits: number | undefined;
}

const minutesPerDay = 1_440;

export function windowName(minutes: number): string {
  if (minutes === 7 * minutesPerDay) return 'week';
  if (minutes % minutesPerDay === 0) return `${minutes / minutesPerDay}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}min`;
}

/** Windows that were not named again stay as they were. */
export function mergeQuota(before: Quota | undefined, now: Quota): Quota {
  const names = now.windows.map(({ name }) => name);
  const kept = (before?.windows ?? []).filter(({ name }) => !names.includes(name));
  return {
    windows: [...now.windows, ...kept],
    plan: now.plan ?? before?.plan,
    credits: now.credits ?? before?.credits,
  };
}

/** `5h 37 % · week 12 %`; with a clock also when each begins anew. */
export const quotaText = ({ windows }: Quota, clockTime?: (epochMs: number) => string): string =>
  windows
    .map(({ name, usedPercent, resetsAt }) => {
      const reset = clockTime === undefined || resetsAt === undefined ? '' : ` (resets ${clockTime(resetsAt)})`;
      return `${name} ${Math.round(usedPercent)} %${reset}`;
    })
    .join(' · ');
