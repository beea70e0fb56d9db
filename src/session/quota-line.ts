import { quotaText } from '../models/quota.ts';
import { own } from '../wire/json.ts';
import type { SessionState } from './state.ts';

/** How much of the main route's limits is used; nothing while that is not known. */
export function quotaLine(state: SessionState): string | undefined {
  const upstream = state.routes.find((route) => route.routeClass === 'main')?.upstream ?? '';
  const quota = own(state.quotas, upstream);
  return quota && quota.windows.length > 0 ? `used ${quotaText(quota)}` : undefined;
}
