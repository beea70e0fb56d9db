/** The Codex back end's usage page, beside its own path; another base URL has no such neighbour. */
import { quotaOfUsage } from '../../translate/dialects/responses/quota.ts';
import type { QuotaEndpoint } from '../definition.ts';

export function codexUsage(baseUrl: string): QuotaEndpoint | undefined {
  const root = /^(.*)\/codex$/.exec(baseUrl)?.[1];
  return root === undefined ? undefined : { url: `${root}/wham/usage`, read: quotaOfUsage };
}
