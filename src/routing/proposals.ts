/** Where the route table would send a request, before any gate is applied. */
import { fullName, nameOf, windowOf, withoutWindowSuffix } from '../models/find.ts';
import { ownValue } from '../wire/json.ts';
import type { Proposal } from './candidate.ts';
import { type RouteClass, routeClassOf } from './classes.ts';
import { targetNamed } from './directory.ts';
import type { DecisionFacts } from './facts.ts';
import { compactionRoutes, routeThatFits, sameTarget, summaryTokens } from './history.ts';
import { classChain, type RouteTable, routeFor } from './table.ts';

/** Proposes targets for a request, the best first. */
export type ProposalSource = (facts: DecisionFacts) => readonly Proposal[];

/** Prefix of the ids under which `GET /v1/models` lists models that Claude Code would otherwise ignore. */
export const aliasPrefix = 'claude-ccp-';

/** The route for the requested model. @throws CcpError `unknown_model`. */
export function requestedRoute(facts: DecisionFacts): Proposal {
  const { requestClass, table, directory } = facts;
  const requestRouteClass = routeClassOf[requestClass];
  const id = withoutWindowSuffix(facts.model);
  const requested = id.startsWith(aliasPrefix) ? id.slice(aliasPrefix.length) : id;
  const agentRoute = agentRouteOf(facts);
  if (agentRoute) return agentRoute;
  if (facts.requestedBy === 'client') {
    const slot = ownValue(table.slots, requested);
    if (slot !== undefined) {
      // A class such as subagent or compaction uses its own route when one is set, else the route of the slot.
      return proposeForClass(
        hasOwnRoute(requestRouteClass, table) ? requestRouteClass : slot,
        table,
        slotReason(requested, slot, table),
      );
    }
    if (requested.startsWith('claude-') || isTier(requested)) {
      const tier = tierOf(requested);
      return proposeForClass(
        hasOwnRoute(requestRouteClass, table) ? requestRouteClass : tier,
        table,
        `${requested} is the ${tier} tier`,
      );
    }
  }
  const target = targetNamed(facts.requestedBy === 'client' ? requested : facts.model, directory);
  const reason = `${nameOf(target)} was requested by name`;
  return { target, effort: facts.effort, routeClass: facts.routeClass ?? requestRouteClass, reason };
}

/** A slot keeps its name for Claude Code when its class is switched to another model. */
function slotReason(requested: string, slot: RouteClass, table: RouteTable): string {
  const { target } = proposeForClass(slot, table, '');
  const isSwitched = requested !== target.model && requested !== fullName(target) && requested !== target.row?.id;
  const reason = `${requested} is the ${slot} slot of this session`;
  return isSwitched ? `${reason}, which was switched to ${fullName(target)}` : reason;
}

/** The route of an agent type, for the agent's own turns. */
function agentRouteOf({ requestClass, requestedBy, agentType, table }: DecisionFacts): Proposal | undefined {
  if (requestClass !== 'subagent' || requestedBy !== 'client' || agentType === undefined) return undefined;
  const route = ownValue(table.agents ?? {}, agentType);
  return (
    route && { ...route, routeClass: 'subagent', reason: `agents of the type ${agentType} have a route of their own` }
  );
}

const tiers = ['haiku', 'opus', 'sonnet', 'fable'] as const;
const isTier = (id: string): boolean => tiers.some((tier) => tier === id);

/** The tier in an id such as `claude-opus-…` or `opus`. */
const tierOf = (id: string): RouteClass => tiers.find((tier) => id.includes(tier)) ?? 'main';

const hasOwnRoute = (routeClass: RouteClass, table: RouteTable): boolean =>
  routeClass !== 'main' && routeClass !== 'fast' && table.routes[routeClass] !== undefined;

function proposeForClass(routeClass: RouteClass, table: RouteTable, baseReason: string): Proposal {
  const { route, setFor } = routeFor(routeClass, table);
  const chain = classChain(routeClass);
  const steps = chain.slice(1, chain.indexOf(setFor) + 1);
  const reason = steps.reduce(
    (text, parent, index) => `${text}; ${chain[index]} uses the route of ${parent}`,
    baseReason,
  );
  return { ...route, routeClass: setFor, reason };
}

/** Proposes the requested route, and for a compaction of the main conversation also the routes its history fits. */
export const proposeFromTable: ProposalSource = (facts) => {
  const requested = requestedRoute(facts);
  return facts.requestClass === 'compaction' && facts.isMainConversation
    ? proposeForCompaction(requested, facts)
    : [requested];
};

function proposeForCompaction(
  requested: Proposal,
  { table, history, inputTokens }: DecisionFacts,
): readonly Proposal[] {
  // The window must fit the whole history and the summary.
  const requiredTokens = (inputTokens?.(nameOf(requested.target)) ?? 0) + summaryTokens;
  const others = compactionRoutes(table, history);
  const fittingRoute = requiredTokens <= windowOf(requested.target) ? undefined : routeThatFits(requiredTokens, others);
  const compactionRoute = history.compactionRoute ?? fittingRoute;
  const first: Proposal =
    compactionRoute === undefined
      ? requested
      : { ...compactionRoute, routeClass: 'compaction', reason: 'the history fits this route and not the main one' };
  // An upstream may count more tokens than ccp does. After an overflow a larger window is tried.
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
