import type { RouteView } from './events.ts';
import type { SessionState } from './state.ts';

/**
 * The route that answers the conversation. It is that of the newest turn, because Claude Code's own `/model` can choose
 * another model than the main route's; after a later switch of the main route it is the main route.
 */
export function answeringRoute({
  routes,
  recent,
  running,
  switches,
}: Pick<SessionState, 'routes' | 'recent' | 'running' | 'switches'>): RouteView | undefined {
  const main = routes.find(({ routeClass }) => routeClass === 'main');
  const turn = [...recent, ...running].findLast(
    ({ requestClass, route }) => requestClass === 'turn' && route !== undefined,
  );
  const lastSwitch = switches.findLast(({ routeClass }) => routeClass === 'main')?.at ?? 0;
  if (turn?.route === undefined || turn.startedAt < lastSwitch) return main;
  const isMain = turn.route.upstream === main?.upstream && turn.route.model === main.model;
  return isMain ? main : turn.route;
}
