/** What may stop a request before it is sent to a candidate: a budget that is used up. */
import { nameOf } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { BudgetKeeper } from './budget-keeper.ts';
import { maxCost } from './max-cost.ts';
import type { Warnings } from './warnings.ts';

export interface AdmissionRequest {
  /** Of the request. */
  readonly id: string;
  readonly requestClass: RequestClass;
  readonly signal: AbortSignal;
}

/** @throws CcpError `budget_exceeded`; the abort reason when the client leaves while it waits. */
export async function admit(
  candidate: Candidate,
  request: MessagesRequest,
  { id, requestClass, signal }: AdmissionRequest,
  on: { readonly budget: BudgetKeeper; readonly warnings: Warnings; readonly onWarning: (message: string) => void },
): Promise<void> {
  const { costKind, price, target } = candidate;
  const isUnseen = costKind === 'unknown' || (costKind === 'metered' && price === undefined);
  const message = `no price is known for ${nameOf(target)}: the budget does not see what it costs`;
  if (isUnseen && on.budget.views().length > 0 && on.warnings.isNew(message)) on.onWarning(message);
  // A compaction may always finish.
  const exempt = requestClass === 'compaction';
  await on.budget.admit({ id, maxMicroUsd: maxCost(request, candidate), exempt, signal });
}
