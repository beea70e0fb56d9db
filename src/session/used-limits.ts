import { quotaText } from '../models/quota.ts';
import { ownValue } from '../wire/json.ts';
import type { SessionState } from './state.ts';

/** How much of an upstream's limits is used, as last reported to this session; `undefined` if it reported none. */
export function usedLimits({ quotas }: Pick<SessionState, 'quotas'>, upstream: string): string | undefined {
  const quota = ownValue(quotas, upstream);
  return quota === undefined || quota.windows.length === 0 ? undefined : quotaText(quota);
}
