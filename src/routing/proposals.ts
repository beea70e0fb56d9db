/** Where a request would go by the route table, before anything is checked. */
import { nameOf, windowOf, withoutWindowSuffix } from '../models/find.ts';
import { own } from '../wire/json.ts';
import type { Proposal } from './candidate.ts';
import { type RouteClass, routeClassOf } from './classes.ts';
import { targetNamed } from './directory.ts';
import type { DecisionFacts } from './facts.ts';
import { compactionRoutes, routeThatFits, sameTarget, summaryTokens } from './history.ts';
import { classChain, type RouteTable, routeFor } from './table.ts';

/** Proposes targets for a request, the best first. */
export type ProposalSource = (facts: DecisionFacts) => readonly Proposal[];

/** Ids under which `GET /v1/models` lists models that Claude Code would otherwise drop. */
export const aliasPrefix = 'claude-ccp-';

/** The route that serves the model requested for. @throws CcpError `unknown_model`. */
export function requestedRoute(facts: DecisionFacts): Proposal {
  const { requestClass, table, directory } = facts;
  const wanted = routeClassOf[requestClass];
  const id = withoutWindowSuffix(facts.model);
  const requested = id.startsWith(aliasPrefix) ? id.slice(aliasPrefix.length) : id;
  if (facts.requestedBy === 'client') {
    const slot = own(table.slots, requested);
    if (slot !== undefined) {
      // A class of its own (subagent, compaction, …) takes its own route when one is set; else the slot decides.
      return byClass(
        hasOwnRoute(wanted, table) ? wanted : slot,
        table,
        `${requested} is the ${slot} slot of this session`,
      );
    }
    if (requested.startsWith('claude-') || isTier(requested)) {
      const tier = tierOf(requested);
      return byClass(hasOwnRoute(wanted, table) ? wanted : tier, table, `${requested} is the ${tier} tier`);
    }
  }
  const target = targetNamed(facts.requestedBy === 'client' ? requested : facts.model, directory);
  const reason = `${nameOf(target)} was requested by name`;
  return { target, effort: facts.effort, routeClass: wanted, reason };
}

const tiers = ['haiku', 'opus', 'sonnet', 'fable'] as const;
const isTier = (id: string): boolean => tiers.some((tier) => tier === id);

/** `claude-opus-…` and the bare word. */
const tierOf = (id: string): RouteClass => tiers.find((tier) => id.includes(tier)) ?? 'main';

const hasOwnRoute = (wanted: RouteClass, table: RouteTable): boolean =>
  wanted !== 'main' && wanted !== 'fast' && table.routes[wanted] !== undefined;

function byClass(routeClass: RouteClass, table: RouteTable, requested: string): Proposal {
  const { route, setFor } = routeFor(routeClass, table);
  const chain = classChain(routeClass);
  const steps = chain.slice(1, chain.indexOf(setFor) + 1);
  const reason = steps.reduce((words, to, index) => `${words}; ${chain[index]} follows ${to}`, requested);
  return { ...route, routeClass: setFor, reason };
}

/** The requested route; for a compaction of the main conversation also the routes that hold its history. */
export const proposeFromTable: ProposalSource = (facts) => {
  const requested = requestedRoute(facts);
  return facts.requestClass === 'compaction' && facts.isMainConversation
    ? forCompaction(requested, facts)
    : [requested];
};

function forCompaction(requested: Proposal, { table, history, inputTokens }: DecisionFacts): readonly Proposal[] {
  // The whole history goes into it, and a summary must come out.
  const needed = (inputTokens?.(nameOf(requested.target)) ?? 0) + summaryTokens;
  const others = compactionRoutes(table, history);
  const fits = needed <= windowOf(requested.target) ? undefined : routeThatFits(needed, others);
  const better = history.compactionRoute ?? fits;
  const first: Proposal =
    better === undefined
      ? requested
      : { ...better, routeClass: 'compaction', reason: 'the history fits this route and not the main one' };
  // An upstream may count more than ccp does: what it cannot compact, a larger window can.
  const larger = others
    .filter(({ target }) => !sameTarget(target, first.target))
    .map(
      (route): Proposal => ({
        ...route,
        routeClass: 'compaction',
        reason: `${nameOf(first.target)} cannot compact a history of this length`,
        follows: ['overflow'],
      }),
    );
  return [first, ...larger];
}
