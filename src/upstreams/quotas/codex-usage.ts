/** The usage endpoint of the Codex back end, a sibling of its path. Other base URLs do not have it. */
import { quotaOfUsage } from '../../translate/dialects/responses/quota.ts';
import type { QuotaEndpoint } from '../definition.ts';

export function codexUsage(baseUrl: string): QuotaEndpoint | undefined {
  const root = /^(.*)\/codex$/.exec(baseUrl)?.[1];
  return root === undefined ? undefined : { url: `${root}/wham/usage`, read: quotaOfUsage };
}
