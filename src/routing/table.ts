/** A session's route table: which upstream and model serve which class. Immutable; a switch creates a new table. */
import { type Target, windowOf } from '../models/find.ts';
import type { Effort } from '../models/types.ts';
import { parentClass, type RouteClass } from './classes.ts';

export interface Route {
  readonly target: Target;
  /** Overrides the effort that Claude Code requests; `undefined` keeps it. */
  readonly effort: Effort | undefined;
}

export type Routes = { readonly main: Route } & { readonly [name in Exclude<RouteClass, 'main'>]?: Route };

export interface RouteTable {
  readonly routes: Routes;
  /** Routes of agents by their type. They precede the route of the class. */
  readonly agents?: Readonly<Record<string, Route>> | undefined;
  /** Ids passed to Claude Code at launch. Each stands for its class, also after a switch changed the class's route. */
  readonly slots: Readonly<Record<string, RouteClass>>;
}

export const withRoute = (table: RouteTable, routeClass: RouteClass, route: Route): RouteTable => ({
  ...table,
  routes: { ...table.routes, [routeClass]: route },
});

/** The class itself, then its parent classes up to main. */
export function classChain(routeClass: RouteClass): readonly RouteClass[] {
  const parent = parentClass(routeClass);
  return parent === routeClass ? [routeClass] : [routeClass, ...classChain(parent)];
}

/** The route that serves a class, and the class that defines the route. */
export function routeFor(routeClass: RouteClass, { routes }: RouteTable): { route: Route; setFor: RouteClass } {
  for (const setFor of classChain(routeClass)) {
    const route = routes[setFor];
    if (route) return { route, setFor };
  }
  return { route: routes.main, setFor: 'main' };
}

/** The context window of each slot's route, in tokens: what Claude Code is launched with. */
export const slotWindows = ({ routes, slots }: RouteTable): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(slots).map(([slot, routeClass]) => [slot, windowOf((routes[routeClass] ?? routes.main).target)]),
  );
