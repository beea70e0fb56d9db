/**
 * Models that take a request when its own route cannot answer: the one that the user chose at a limit, those of the
 * setting `fallback`, and for a used-up budget that of `budgets.switchTo`.
 */
import { compareMoves } from '../models/cost.ts';
import { fullName, nameOf, type Target } from '../models/find.ts';
import type { FailureReason, Proposal } from './candidate.ts';
import { type RouteClass, routeClassOf } from './classes.ts';
import { upstreamNamed } from './directory.ts';
import type { DecisionFacts } from './facts.ts';
import { type ProposalSource, requestedRoute } from './proposals.ts';
import { classChain } from './table.ts';

/** Ordered: one model after the other, or several of equal rank, of which the cheapest is tried first. */
export type FallbackList = readonly (Target | readonly Target[])[];

export type FallbackLists = Readonly<Partial<Record<RouteClass | 'default', FallbackList>>>;

/** A refused request, a prompt that is too long and a cancelled request would fail elsewhere too. */
const reasons: readonly FailureReason[] = ['wall', 'login', 'failure'];

/** The context whose move is compared: a typical one, because only the order matters. */
const comparedTokens = 50_000;

/**
 * @param budgetSwitch takes a request that a budget stops; `undefined` when the setting names none.
 * @returns a source that proposes nothing for a class without a list.
 */
export const fallbackSource =
  (lists: FallbackLists, budgetSwitch?: Target): ProposalSource =>
  (facts) => {
    if (facts.requestedBy !== 'client') return [];
    const requested = requestedRoute(facts);
    const requestedName = fullName(requested.target);
    const propose = (target: Target | undefined, reason: string, follows: readonly FailureReason[]): Proposal[] =>
      target === undefined || fullName(target) === requestedName
        ? []
        : [{ target, effort: requested.effort, routeClass: requested.routeClass, reason, follows }];
    const cannotAnswer = `${nameOf(requested.target)} cannot answer now`;
    const chosen = facts.chosenSubstitutes?.get(requestedName);
    return [
      ...propose(chosen, `chosen while ${cannotAnswer}`, reasons),
      ...listFor(facts, lists).flatMap((rank) =>
        rankedTargets(rank, facts).flatMap((target) => propose(target, `fallback: ${cannotAnswer}`, reasons)),
      ),
      ...propose(budgetSwitch, 'the budget is used up', ['budget']),
    ];
  };

/** The list of the class itself, the default one, or that of a parent class. */
function listFor({ requestClass }: DecisionFacts, lists: FallbackLists): FallbackList {
  const [own, ...parents] = classChain(routeClassOf[requestClass]);
  const list = (own && lists[own]) ?? lists.default;
  return list ?? parents.map((parent) => lists[parent]).find((one) => one) ?? [];
}

function rankedTargets(
  rank: Target | readonly Target[],
  { directory, clientLogins }: DecisionFacts,
): readonly Target[] {
  if ('upstream' in rank) return [rank];
  const compare = compareMoves(comparedTokens);
  return rank
    .map((target) => ({
      target,
      // Claude Code's own login is paid by a plan.
      costKind: clientLogins.has(target.upstream)
        ? ('plan' as const)
        : upstreamNamed(target.upstream, directory).costKind,
      price: target.row?.price,
    }))
    .sort(compare)
    .map(({ target }) => target);
}
