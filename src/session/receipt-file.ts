/** The receipt of a session as JSON: usage, cost and incidents. It contains no prompt text and no path. */
import type { SessionState } from './state.ts';

export const receiptVersion = 1;

export function receiptJson(
  state: SessionState,
  { session, endedAt, exitCode }: { session: string; endedAt: number; exitCode: number },
): string {
  const { totals, models, switches, incidents, quotas, spending } = state;
  const inputTotal = ({ inputTokens, cacheReadTokens, cacheWriteTokens }: typeof totals.tokens) =>
    inputTokens + cacheReadTokens + cacheWriteTokens;
  const iso = (at: number) => new Date(at).toISOString();
  const receipt = {
    version: receiptVersion,
    session,
    startedAt: iso(state.startedAt),
    endedAt: iso(endedAt),
    exitCode,
    requests: totals.requests,
    estimatedRequests: totals.estimated,
    failed: totals.failed,
    tokens: { ...totals.tokens, totalTokens: inputTotal(totals.tokens) + totals.tokens.outputTokens },
    costMicroUsd: totals.costMicroUsd,
    requestsByCostKind: totals.byKind,
    verdicts: totals.verdicts,
    retries: totals.retries,
    pings: totals.pings,
    longestSilenceMs: totals.longestSilenceMs,
    models: models.map((one) => ({
      ...one,
      tokens: { ...one.tokens, totalTokens: inputTotal(one.tokens) + one.tokens.outputTokens },
    })),
    switches: switches.map(({ at, ...one }) => ({ at: iso(at), ...one })),
    incidents: incidents.map(({ at, ...one }) => ({ at: iso(at), ...one })),
    quotas,
    budgets: spending?.budgets ?? [],
  };
  return `${JSON.stringify(receipt, null, 2)}\n`;
}
