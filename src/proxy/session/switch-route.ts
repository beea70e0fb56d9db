/** `POST /ccp/route`: changes the route of a class for requests that start from now on. */
import { nameOf } from '../../models/find.ts';
import type { RouteClass } from '../../routing/classes.ts';
import { decideSwitch } from '../../routing/switch.ts';
import type { RouteView } from '../../session/events.ts';
import type { ProxyDeps } from '../deps.ts';
import { fullName, routeView } from './route-state.ts';
import type { Session } from './session.ts';

/** @throws CcpError `unknown_model`, `route_denied`, `switch_refused`. @param model a catalogue id or `UPSTREAM/MODEL`. */
export function switchRoute(
  routeClass: RouteClass,
  model: string,
  { bus, routes, compaction }: Session,
  { routing, ports }: Pick<ProxyDeps, 'routing' | 'ports'>,
): RouteView {
  const { table } = routes;
  const { candidate, compactionRoute } = decideSwitch(
    {
      routeClass,
      model,
      table,
      directory: routing.directory,
      history: compaction.history,
      clientLogins: routes.clientLogins,
      contextTokens: bus.state.contextTokens,
    },
    routing.rules,
  );
  const { target, effort, costKind } = candidate;
  const previous = table.routes[routeClass] ?? table.routes.main;
  if (routeClass === 'main') compaction.switched(previous, compactionRoute);
  routes.set(routeClass, { target, effort });
  const view = routeView(routeClass, { target, effort }, costKind);
  const at = ports.clock.now();
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
