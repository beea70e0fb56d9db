/** The one line at the end of a session. */
import type { CostKind } from '../models/types.ts';
import type { SessionState } from './state.ts';

export function receiptLine(state: SessionState, endedAt: number): string {
  const { totals } = state;
  const { tokens } = totals;
  const inTokens = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  const parts = [
    `${totals.requests} request${totals.requests === 1 ? '' : 's'}`,
    `tokens ${compact(inTokens)} in / ${compact(tokens.cacheReadTokens)} cached / ${compact(tokens.outputTokens)} out`,
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

export const usd = (microUsd: number): string => {
  const dollars = microUsd / 1_000_000;
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`;
};

export function duration(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(tenths / 10);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Kinds are named side by side, never added. */
export function costText({ totals }: Pick<SessionState, 'totals'>): string {
  const words: Readonly<Record<CostKind, (micro: number | undefined) => string>> = {
    metered: (micro) => (micro === undefined ? 'cost unknown' : usd(micro)),
    plan: (micro) => (micro === undefined ? 'plan' : `plan (≈ ${usd(micro)} by API)`),
    local: () => 'local, no cost',
    unknown: () => 'cost unknown',
  };
  const kinds: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];
  const present = kinds.filter((kind) => totals.byKind[kind] !== undefined);
  const sign = totals.estimated > 0 ? '≈ ' : '';
  return (
    present
      .map((kind) => words[kind](totals.costMicroUsd[kind]))
      .map((text) => text.replace(/^\$/, `${sign}$`))
      .join(' + ') || 'no cost'
  );
}

function incidentsText({ totals }: SessionState): string {
  const bad = Object.entries(totals.verdicts).filter(([verdict]) => verdict !== 'complete');
  if (bad.length === 0 && totals.retries === 0) return 'no incidents';
  const parts = bad.map(([verdict, count]) => `${count} ${verdict}`);
  if (totals.retries > 0) parts.push(`${totals.retries} retried`);
  return parts.join(', ');
}
