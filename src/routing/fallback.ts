/**
 * Fallback by setting: an ordered list of models for a class of requests, tried when its own route cannot answer, and
 * the model that takes its requests when a budget is used up.
 */
import { nameOf, type Target } from '../models/find.ts';
import type { FailureReason, Proposal } from './candidate.ts';
import { type RouteClass, routeClassOf } from './classes.ts';
import type { DecisionFacts } from './facts.ts';
import { type ProposalSource, requestedRoute } from './proposals.ts';
import { classChain } from './table.ts';

export type FallbackLists = Readonly<Partial<Record<RouteClass | 'default', readonly Target[]>>>;

/** A refused request, a prompt that is too long and a cancelled request would fail elsewhere too. */
const reasons: readonly FailureReason[] = ['wall', 'login', 'failure'];

/**
 * @param budgetSwitch takes a request that a budget stops; `undefined` when the setting names none.
 * @returns a source that proposes nothing for a class without a list.
 */
export const fallbackSource =
  (lists: FallbackLists, budgetSwitch?: Target): ProposalSource =>
  (facts) => {
    if (facts.requestedBy !== 'client') return [];
    const requested = requestedRoute(facts);
    const propose = (target: Target, reason: string, follows: readonly FailureReason[]): Proposal => ({
      target,
      effort: requested.effort,
      routeClass: requested.routeClass,
      reason,
      follows,
    });
    const requestedName = fullName(requested.target);
    const fallbacks = listFor(facts, lists)
      .filter((target) => fullName(target) !== requestedName)
      .map((target) => propose(target, `fallback: ${nameOf(requested.target)} cannot answer now`, reasons));
    if (budgetSwitch === undefined || fullName(budgetSwitch) === requestedName) return fallbacks;
    return [...fallbacks, propose(budgetSwitch, 'the budget is used up', ['budget'])];
  };

/** The list of the class itself, of its parent classes, or the default one. */
function listFor({ requestClass }: DecisionFacts, lists: FallbackLists): readonly Target[] {
  for (const routeClass of classChain(routeClassOf[requestClass])) {
    const list = lists[routeClass];
    if (list) return list;
  }
  return lists.default ?? [];
}

const fullName = ({ upstream, model }: Target): string => `${upstream}/${model}`;
