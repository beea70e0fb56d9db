/** Sums over ledger rows for `ccp usage`. */
import type { CostKind } from '../models/types.ts';
import type { LedgerRow } from './entry.ts';

export const groupings = ['day', 'week', 'month', 'model', 'upstream', 'repo', 'class', 'session'] as const;

export type GroupBy = (typeof groupings)[number];

/** Groups of days, which are listed in the order of time. */
export const isPeriod = (by: GroupBy): boolean => by === 'day' || by === 'week' || by === 'month';

export interface UsageRow {
  readonly key: string;
  requests: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  totalTokens: number;
  /** Micro-dollars; `null` when no row of the group has a price. With `mixed`, the metered part only. */
  costMicroUsd: number | null;
  /** `mixed` when the group contains more than one kind. Costs of different kinds are never added. */
  costKind: CostKind | 'mixed';
  /** Number of requests whose tokens are an estimate. */
  estimated: number;
  /** The metered cost contains an estimate. */
  isCostEstimated: boolean;
  /** Micro-dollars of each kind that is present; `undefined` without a price. */
  costs: readonly (readonly [CostKind, number | undefined])[];
}

const emptyRow = (key: string): UsageRow => ({
  key,
  requests: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  totalTokens: 0,
  costMicroUsd: null,
  costKind: 'unknown',
  estimated: 0,
  isCostEstimated: false,
  costs: [],
});

/** Groups and sums rows. @param dayOf returns the local calendar day of an ISO time, `YYYY-MM-DD`. */
export class UsageSum {
  readonly #groups = new Map<string, Group>();
  readonly #by: GroupBy;
  readonly #dayOf: (time: string) => string;
  readonly #total = newGroup('total');

  constructor(by: GroupBy, dayOf: (time: string) => string) {
    this.#by = by;
    this.#dayOf = dayOf;
  }

  add(row: LedgerRow): void {
    const key = this.#keyOf(row) || '(none)';
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = newGroup(key);
      this.#groups.set(key, group);
    }
    addTo(group, row);
    addTo(this.#total, row);
  }

  #keyOf(row: LedgerRow): string {
    switch (this.#by) {
      case 'day':
        return this.#dayOf(row.time);
      case 'week':
        return mondayOf(this.#dayOf(row.time));
      case 'month':
        return this.#dayOf(row.time).slice(0, 7);
      case 'class':
        return row.requestClass;
      default:
        return row[this.#by];
    }
  }

  get total(): UsageRow {
    return finish(this.#total);
  }

  /** Days, weeks and months in chronological order; other groups by total tokens, descending. */
  rows(): UsageRow[] {
    const rows = [...this.#groups.values()].map(finish);
    return isPeriod(this.#by)
      ? rows.sort((a, b) => (a.key < b.key ? -1 : 1))
      : rows.sort((a, b) => b.totalTokens - a.totalTokens || (a.key < b.key ? -1 : 1));
  }
}

const msPerDay = 86_400_000;

/** The Monday of a day's week, as `YYYY-MM-DD`. */
function mondayOf(day: string): string {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const daysSinceMonday = (new Date(noon).getUTCDay() + 6) % 7;
  return new Date(noon - daysSinceMonday * msPerDay).toISOString().slice(0, 10);
}

interface Group {
  readonly row: UsageRow;
  readonly kinds: Set<CostKind>;
  readonly cost: Map<CostKind, number>;
}

const costKinds: readonly CostKind[] = ['metered', 'plan', 'local', 'unknown'];

const newGroup = (key: string): Group => ({ row: emptyRow(key), kinds: new Set(), cost: new Map() });

function finish({ row, kinds, cost }: Group): UsageRow {
  const [firstKind] = kinds;
  const costKind = kinds.size > 1 ? 'mixed' : (firstKind ?? 'unknown');
  return {
    ...row,
    costKind,
    costMicroUsd: cost.get(costKind === 'mixed' ? 'metered' : costKind) ?? null,
    costs: costKinds.flatMap((kind) => (kinds.has(kind) ? [[kind, cost.get(kind)] as const] : [])),
  };
}

function addTo({ row: sum, kinds, cost }: Group, row: LedgerRow): void {
  // A request that failed without any tokens does not affect the group's cost kind.
  if (row.inputTokens + row.cacheReadTokens + row.cacheWriteTokens + row.outputTokens > 0) kinds.add(row.costKind);
  if (row.costMicroUsd !== undefined) cost.set(row.costKind, (cost.get(row.costKind) ?? 0) + row.costMicroUsd);
  // A repeated attempt is no request of its own.
  if (!row.repeated) sum.requests += row.requests;
  if (!row.measured && row.inputTokens + row.outputTokens > 0) sum.estimated += row.requests;
  if (!row.measured && row.costKind === 'metered' && row.costMicroUsd !== undefined) sum.isCostEstimated = true;
  sum.inputTokens += row.inputTokens;
  sum.cacheReadTokens += row.cacheReadTokens;
  sum.cacheWriteTokens += row.cacheWriteTokens;
  sum.outputTokens += row.outputTokens;
  sum.reasoningTokens += row.reasoningTokens;
  sum.totalTokens += row.inputTokens + row.cacheReadTokens + row.cacheWriteTokens + row.outputTokens;
}
