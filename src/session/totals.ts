/** The sums of a session: tokens, cost by kind, and the totals of each model. */
import { noTokens, type TokenCounts } from '../models/tokens.ts';
import type { RouteView } from './events.ts';
import type { Charge, ChargedEvent } from './paid.ts';
import { type ModelTotals, maxModels, type SessionState, type Totals } from './state.ts';

export const addPaid = (totals: Totals, { tokens, measured, costMicroUsd, costKind }: Charge): Totals => ({
  ...totals,
  tokens: addTokens(totals.tokens, tokens),
  estimated: totals.estimated + (measured ? 0 : 1),
  byKind: { ...totals.byKind, [costKind]: (totals.byKind[costKind] ?? 0) + 1 },
  costMicroUsd:
    costMicroUsd === undefined
      ? totals.costMicroUsd
      : { ...totals.costMicroUsd, [costKind]: (totals.costMicroUsd[costKind] ?? 0) + costMicroUsd },
});

/** An incomplete response is charged as well. */
export function addIncomplete(
  state: SessionState,
  { incompleteUsage, route }: Exclude<ChargedEvent, { type: 'completed' }>,
): SessionState {
  if (incompleteUsage === undefined) return state;
  const models = route ? addModel(state.models, route, incompleteUsage) : state.models;
  return { ...state, models, totals: addPaid(state.totals, incompleteUsage) };
}

export function addModel(
  models: readonly ModelTotals[],
  { upstream, model }: RouteView,
  { tokens, costKind, costMicroUsd }: Charge,
): readonly ModelTotals[] {
  const at = models.findIndex((one) => one.upstream === upstream && one.model === model);
  if (at < 0 && models.length >= maxModels) return models;
  const before = models[at] ?? { upstream, model, requests: 0, tokens: noTokens, costMicroUsd: {} };
  const sum: ModelTotals = {
    ...before,
    requests: before.requests + 1,
    tokens: addTokens(before.tokens, tokens),
    costMicroUsd:
      costMicroUsd === undefined
        ? before.costMicroUsd
        : { ...before.costMicroUsd, [costKind]: (before.costMicroUsd[costKind] ?? 0) + costMicroUsd },
  };
  return at < 0 ? [...models, sum] : models.with(at, sum);
}

export const addTokens = (a: TokenCounts, b: TokenCounts): TokenCounts => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
});
