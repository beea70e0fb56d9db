/**
 * Days past the retention are rolled up: one line for each day, repository, upstream, model and kind of cost, without
 * the ids of requests and sessions. Sums stay as they were.
 */
import { type LedgerRow, ledgerVersion, readEntry } from './entry.ts';

export interface RolledUp {
  readonly lines: readonly string[];
  /** Number of lines that were replaced. */
  readonly replaced: number;
}

/**
 * @param cutoff ISO time: older lines are rolled up. Those of another format are kept.
 * @param noonOf the ISO time of noon of the local day of an ISO time, so that a day stays that day.
 */
export function rollUp(lines: readonly string[], cutoff: string, noonOf: (time: string) => string): RolledUp {
  const groups = new Map<string, LedgerRow & { readonly noon: string }>();
  const kept: string[] = [];
  let replaced = 0;
  for (const line of lines) {
    const row = readEntry(line);
    if (row === undefined || row.time >= cutoff || isRolledUp(row)) {
      kept.push(line);
      continue;
    }
    replaced += 1;
    const noon = noonOf(row.time);
    const { repo, upstream, model, requestClass, costKind, measured, costMicroUsd, repeated } = row;
    const hasTokens = row.inputTokens + row.outputTokens > 0;
    const hasPrice = costMicroUsd !== undefined;
    const key = JSON.stringify([
      noon,
      repo,
      upstream,
      model,
      requestClass,
      costKind,
      measured,
      repeated,
      hasTokens,
      hasPrice,
    ]);
    const before = groups.get(key);
    groups.set(key, { ...(before ? added(before, row) : row), noon });
  }
  const rolled = [...groups.values()].map((group) => lineOf(group));
  return { lines: [...rolled, ...kept], replaced };
}

/** A rolled up line has no session. */
const isRolledUp = ({ session }: LedgerRow): boolean => session === '';

const added = (a: LedgerRow, b: LedgerRow): LedgerRow => ({
  ...a,
  inputTokens: a.inputTokens + b.inputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  costMicroUsd: a.costMicroUsd === undefined ? undefined : a.costMicroUsd + (b.costMicroUsd ?? 0),
  requests: a.requests + b.requests,
});

function lineOf({
  noon,
  session: _session,
  time: _time,
  repeated,
  costMicroUsd,
  ...row
}: LedgerRow & { noon: string }): string {
  const entry = { version: ledgerVersion, time: noon, ...row, costMicroUsd: costMicroUsd ?? null, rolledUp: true };
  return JSON.stringify(repeated ? { ...entry, repeated } : entry);
}
