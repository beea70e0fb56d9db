/** Changes the route of a class for requests that start from now on. */
import { CcpError } from '../../errors/ccp-error.ts';
import { fullName, nameOf } from '../../models/find.ts';
import type { RouteClass } from '../../routing/classes.ts';
import { decideSwitch, type SwitchDecision } from '../../routing/switch.ts';
import type { RouteView } from '../../session/events.ts';
import type { ProxyDeps } from '../deps.ts';
import { routeView } from './route-state.ts';
import type { Session } from './session.ts';

/** @throws CcpError `unknown_model`, `route_denied`, `switch_refused`. @param model a catalogue id or `UPSTREAM/MODEL`. */
export function switchRoute(
  routeClass: RouteClass,
  model: string,
  session: Session,
  deps: Pick<ProxyDeps, 'routing' | 'ports' | 'audit'>,
): RouteView {
  const { bus, routes, compaction, limits } = session;
  const { outages } = session.caches;
  const { table } = routes;
  const { candidate, compactionRoute } = decisionOn(routeClass, model, session, deps);
  const { target, effort, costKind } = candidate;
  const previous = table.routes[routeClass] ?? table.routes.main;
  if (routeClass === 'main') compaction.switched(previous, compactionRoute);
  routes.set(routeClass, { target, effort });
  // The user wants this model itself, also if another one takes its requests.
  routes.chooseSubstitute(fullName(target), undefined);
  outages.forget(candidate);
  // Requests that wait at a limit follow the new route.
  limits.decideAgain();
  const view = routeView(routeClass, { target, effort }, costKind);
  const at = deps.ports.clock.now();
  bus.publish({
    type: 'route_changed',
    at,
    id: `switch_${at}`,
    route: view,
    previous: fullName(previous.target),
    compactionRoute: compactionRoute && nameOf(compactionRoute.target),
  });
  return view;
}

/**
 * The switch as a sentence without its end if it can spend the user's money: the new model is metered or has an unknown
 * cost, and is not the current one. @throws CcpError as `switchRoute`.
 */
export function spendingSwitch(
  routeClass: RouteClass,
  model: string,
  session: Session,
  deps: Pick<ProxyDeps, 'routing' | 'audit'>,
): string | undefined {
  const { target, costKind } = decisionOn(routeClass, model, session, deps).candidate;
  if (costKind !== 'metered' && costKind !== 'unknown') return undefined;
  const { routes } = session.routes.table;
  if (fullName((routes[routeClass] ?? routes.main).target) === fullName(target)) return undefined;
  const cost = costKind === 'metered' ? 'is paid by tokens' : 'has an unknown price';
  return `Switch ${routeClass} to ${fullName(target)}, which ${cost}`;
}

/** @throws CcpError as `switchRoute`; a denial is in the audit log. */
function decisionOn(
  routeClass: RouteClass,
  model: string,
  { bus, routes, compaction }: Session,
  { routing, audit }: Pick<ProxyDeps, 'routing' | 'audit'>,
): SwitchDecision {
  const { table, clientLogins } = routes;
  const { directory, rules } = routing;
  const { contextTokens } = bus.state;
  try {
    return decideSwitch(
      { routeClass, model, table, directory, history: compaction.history, clientLogins, contextTokens },
      rules,
    );
  } catch (thrown) {
    if (thrown instanceof CcpError && thrown.code === 'route_denied')
      audit({ type: 'denial', details: { switch: routeClass, target: model, reason: thrown.message } });
    throw thrown;
  }
}
