/** Fallback by setting: an ordered list of models for a class of requests, tried when its own route cannot answer. */
import { nameOf, type Target } from '../models/find.ts';
import type { FailureReason, Proposal } from './candidate.ts';
import { type RouteClass, routeClassOf } from './classes.ts';
import type { DecisionFacts } from './facts.ts';
import { type ProposalSource, requestedRoute } from './proposals.ts';
import { classChain } from './table.ts';

export type FallbackLists = Readonly<Partial<Record<RouteClass | 'default', readonly Target[]>>>;

/** A refused request, a prompt that is too long and a cancelled request would fail elsewhere too. */
const reasons: readonly FailureReason[] = ['wall', 'login', 'failure'];

/** @returns a source that proposes nothing for a class without a list. */
export const fallbackSource =
  (lists: FallbackLists): ProposalSource =>
  (facts) => {
    if (facts.requestedBy !== 'client') return [];
    const requested = requestedRoute(facts);
    return listFor(facts, lists)
      .filter((target) => fullName(target) !== fullName(requested.target))
      .map(
        (target): Proposal => ({
          target,
          effort: requested.effort,
          routeClass: requested.routeClass,
          reason: `fallback: ${nameOf(requested.target)} cannot answer now`,
          follows: reasons,
        }),
      );
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
