/** The receipt line at the end of a session, and the number formats it shares with the screens. */
export { budgetNames } from '../ledger/budget.ts';

import type { CostKind } from '../models/types.ts';
import type { SessionState } from './state.ts';

export function receiptLine(state: SessionState, endedAt: number): string {
  const { totals } = state;
  const { tokens } = totals;
  const inTokens = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  const parts = [
    `${totals.requests} request${totals.requests === 1 ? '' : 's'}`,
    `tokens ${estimateSign(state)}${compact(inTokens)} in / ${compact(tokens.cacheReadTokens)} cached / ${compact(tokens.outputTokens)} out`,
    costText(state),
    duration(endedAt - state.startedAt),
    incidentsText(state),
  ];
  return `ccp: ${parts.join(' · ')}`;
}

/** `1234` → `1.2k`. */
export function compact(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1000).toFixed(count < 9_950 ? 1 : 0)}k`;
  if (count < 999_500_000) return `${(count / 1_000_000).toFixed(2)}M`;
  return `${(count / 1_000_000_000).toFixed(2)}G`;
}

/** Micro-dollars as dollars: four decimals below $1, otherwise two. */
export const usd = (microUsd: number): string => {
  const dollars = microUsd / 1_000_000;
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`;
};

/** Milliseconds as `1.2 s`, `3 min 20 s` or `2 h 5 min`. */
export function duration(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(tenths / 10);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Marks sums that contain estimates. */
export const estimateSign = ({ totals }: Pick<SessionState, 'totals'>): string => (totals.estimated > 0 ? '≈ ' : '');

/** The size of the context; after a compaction it is known only from the next turn on. */
export const contextSize = ({ contextTokens, isContextKnown }: SessionState): string =>
  isContextKnown ? compact(contextTokens) : 'not known yet';

/** Lists the kinds of cost separately; they are never added up. */
export function costText({ totals }: Pick<SessionState, 'totals'>): string {
  const formats: Readonly<Record<CostKind, (micro: number | undefined) => string>> = {
    metered: (micro) => (micro === undefined ? 'price unknown' : usd(micro)),
    plan: (micro) => (micro === undefined ? 'plan' : `plan (≈ ${usd(micro)} by API)`),
    local: () => 'local, no cost',
    unknown: () => 'price unknown',
  };
  const kinds: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];
  const present = kinds.filter((kind) => totals.byKind[kind] !== undefined);
  const sign = estimateSign({ totals });
  return (
    present
      .map((kind) => formats[kind](totals.costMicroUsd[kind]))
      .map((text) => text.replace(/^\$/, `${sign}$`))
      .join(' + ') || 'no cost'
  );
}

/** Ids of the incidents about a fallback, and the way back, begin with this. */
export const fallbackIncident = 'fallback_';

/** Ids of the incidents that concern the audit log begin with this. */
export const auditIncident = 'audit_';

/** Ids of the incidents about logged bodies begin with this. */
export const bodiesIncident = 'bodies_';

/** Ids of the incidents that concern the ledger begin with this. */
export const ledgerIncident = 'ledger_';

function incidentsText({ totals, isLedgerIncomplete }: SessionState): string {
  const incomplete = Object.entries(totals.verdicts).filter(([verdict]) => verdict !== 'complete');
  const parts = incomplete.map(([verdict, count]) => `${count} ${verdict}`);
  if (isLedgerIncomplete) parts.push('the ledger is incomplete');
  if (totals.retries > 0) parts.push(`${totals.retries} retried`);
  return parts.length === 0 ? 'no incidents' : parts.join(', ');
}
