/** Admits a request before it is sent to a candidate. An exhausted budget stops it. */
import { nameOf } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { BudgetKeeper } from './budget-keeper.ts';
import { maxCost } from './max-cost.ts';
import type { Warnings } from './warnings.ts';

export interface AdmissionRequest {
  /** The request's id. */
  readonly id: string;
  readonly requestClass: RequestClass;
  /** Another candidate takes the request when a budget stops it. */
  readonly hasBudgetSubstitute: boolean;
  readonly signal: AbortSignal;
}

/** @throws CcpError `budget_exceeded`; the abort reason when the client disconnects while the request waits. */
export async function admit(
  candidate: Candidate,
  request: MessagesRequest,
  { id, requestClass, hasBudgetSubstitute, signal }: AdmissionRequest,
  context: {
    readonly budget: BudgetKeeper;
    readonly warnings: Warnings;
    readonly onWarning: (message: string) => void;
    /** Asks the user about a model whose price is not known, where the policy demands it. */
    readonly confirmUnknownPrice: (candidate: Candidate, signal: AbortSignal) => Promise<void>;
  },
): Promise<void> {
  const { costKind, price, target } = candidate;
  const hasNoCost = costKind === 'unknown' || (costKind === 'metered' && price === undefined);
  const message = `no price is known for ${nameOf(target)}: its cost is not counted in the budget`;
  if (hasNoCost && context.budget.views().length > 0 && context.warnings.isNew(message)) context.onWarning(message);
  if (hasNoCost) await context.confirmUnknownPrice(candidate, signal);
  // A compaction may always finish: where no other model takes it, its own does.
  const isExempt = requestClass === 'compaction' && !hasBudgetSubstitute;
  await context.budget.admit({ id, maxMicroUsd: maxCost(request, candidate), isExempt, signal });
}
