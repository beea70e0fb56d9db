/** The limits of a Claude plan, from Anthropic's response headers. */
import type { Quota, QuotaWindow } from '../../../models/quota.ts';

const windows: readonly (readonly [header: string, name: string])[] = [
  ['5h', '5h'],
  ['7d', 'week'],
];

export function quotaOfHeaders(headers: Readonly<Record<string, string>>): Quota | undefined {
  const found = windows.flatMap(([header, name]): QuotaWindow[] => {
    const used = Number(headers[`anthropic-ratelimit-unified-${header}-utilization`] ?? Number.NaN);
    const reset = Number(headers[`anthropic-ratelimit-unified-${header}-reset`] ?? Number.NaN);
    if (!Number.isFinite(used)) return [];
    const usedPercent = Math.max(0, Math.min(100, used * 100));
    return [{ name, usedPercent, resetsAt: Number.isFinite(reset) && reset > 0 ? reset * 1000 : undefined }];
  });
  return found.length === 0 ? undefined : { windows: found, plan: undefined, credits: undefined };
}
