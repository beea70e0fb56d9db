/** A session's route table: which upstream and model serve which class. Pure values; a switch makes a new table. */
import type { Target } from '../models/find.ts';
import type { Effort } from '../models/types.ts';
import { parentClass, type RouteClass } from './classes.ts';

export interface Route {
  readonly target: Target;
  /** Overrides what Claude Code asks for; `undefined` leaves it. */
  readonly effort: Effort | undefined;
}

export type Routes = { readonly main: Route } & { readonly [name in Exclude<RouteClass, 'main'>]?: Route };

export interface RouteTable {
  readonly routes: Routes;
  /** Ids given to Claude Code at launch: each means its class, whatever stands behind the class after a switch. */
  readonly slots: Readonly<Record<string, RouteClass>>;
}

export const withRoute = (table: RouteTable, routeClass: RouteClass, route: Route): RouteTable => ({
  ...table,
  routes: { ...table.routes, [routeClass]: route },
});

/** The class itself, then each class whose route would serve it, up to main. */
export function classChain(routeClass: RouteClass): readonly RouteClass[] {
  const parent = parentClass(routeClass);
  return parent === routeClass ? [routeClass] : [routeClass, ...classChain(parent)];
}

/** The route that serves a class, and the class it is set for. */
export function routeFor(routeClass: RouteClass, { routes }: RouteTable): { route: Route; setFor: RouteClass } {
  for (const setFor of classChain(routeClass)) {
    const route = routes[setFor];
    if (route) return { route, setFor };
  }
  return { route: routes.main, setFor: 'main' };
}
