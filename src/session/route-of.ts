import { parentClass, type RouteClass } from '../routing/classes.ts';
import type { RouteView } from './events.ts';
import type { SessionState } from './state.ts';

/** The route of a class, or the one that serves it while it has none of its own. */
export function routeOf(routeClass: RouteClass, { routes }: Pick<SessionState, 'routes'>): RouteView | undefined {
  for (let one = routeClass; ; one = parentClass(one)) {
    const route = routes.find((candidate) => candidate.routeClass === one);
    if (route !== undefined || one === 'main') return route;
  }
}
