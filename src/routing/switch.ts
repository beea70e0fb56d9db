/** Decides a switch: the new route of a class, and the route that first compacts a history that does not fit it. */
import { CcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import { type Candidate, firstCandidate } from './candidate.ts';
import { type RouteClass, requestClassOf } from './classes.ts';
import { type DecisionRules, decide } from './decide.ts';
import type { DecisionFacts } from './facts.ts';
import { compactionRoutes, type HistoryState, routeThatFits } from './history.ts';
import type { Route, RouteTable } from './table.ts';

export interface SwitchFacts extends Pick<DecisionFacts, 'table' | 'directory' | 'history' | 'clientLogins'> {
  readonly routeClass: RouteClass;
  /** A catalogue id, or `UPSTREAM/MODEL`. */
  readonly model: string;
  /** Tokens in the main conversation's context. */
  readonly contextTokens: number;
}

export interface SwitchDecision {
  readonly candidate: Candidate;
  /** The route that compacts the history first; `undefined` when the history fits. */
  readonly compactionRoute: Route | undefined;
}

/**
 * Decides the new route of a class.
 * @throws CcpError `unknown_model`; `route_denied`; `switch_refused` when the history fits neither the new route nor one
 * that could compact it.
 */
export function decideSwitch(facts: SwitchFacts, rules: DecisionRules): SwitchDecision {
  const { routeClass, model, table, directory, history, clientLogins } = facts;
  const decision = decide(
    {
      requestClass: requestClassOf(routeClass),
      model,
      requestedBy: 'user',
      routeClass,
      effort: (table.routes[routeClass] ?? table.routes.main).effort,
      table,
      directory,
      isMainConversation: routeClass === 'main',
      history,
      clientLogins,
      inputTokens: undefined,
    },
    rules,
  );
  const candidate = firstCandidate(decision);
  const compactionRoute =
    routeClass === 'main' ? compactionRouteFor(candidate, facts.contextTokens, table, history) : undefined;
  return { candidate, compactionRoute };
}

function compactionRouteFor(
  { target, contextWindow }: Candidate,
  contextTokens: number,
  table: RouteTable,
  history: HistoryState,
): Route | undefined {
  if (contextTokens <= contextWindow) return undefined;
  const { compaction, main } = table.routes;
  // The current main route precedes earlier main routes.
  const routes = compactionRoutes(table, history);
  const orderedRoutes = compaction ? [compaction, main, ...routes.slice(1)] : [main, ...routes];
  const route = routeThatFits(contextTokens, orderedRoutes);
  if (route) return route;
  throw new CcpError(
    'switch_refused',
    `${contextTokens} tokens are in use, the context window of ${nameOf(target)} is ${contextWindow}, and no route of this session can compact them.`,
  );
}
