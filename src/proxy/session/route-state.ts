/** The session's route table, and the events published about it. */
import { fullName, nameOf, type Target, windowOf } from '../../models/find.ts';
import type { CostKind } from '../../models/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Candidate } from '../../routing/candidate.ts';
import { type RouteClass, routeClasses } from '../../routing/classes.ts';
import type { Directory } from '../../routing/directory.ts';
import { type Route, type RouteTable, withRoute } from '../../routing/table.ts';
import type { RouteView, SessionEvent } from '../../session/events.ts';
import { fallbackIncident } from '../../session/format.ts';

export function routeView(routeClass: RouteClass, { target, effort }: Route, costKind: CostKind): RouteView {
  const { upstream, model } = target;
  return { routeClass, upstream, model, effort, contextWindow: windowOf(target), costKind };
}

/** One view for each class that has a route of its own. */
export const routeViews = ({ routes }: RouteTable, { upstreams }: Directory): RouteView[] =>
  routeClasses.flatMap((routeClass) => {
    const route = routes[routeClass];
    if (!route) return [];
    const upstream = upstreams.find(({ name }) => name === route.target.upstream);
    return [routeView(routeClass, route, upstream?.costKind ?? 'unknown')];
  });

export class RouteState {
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  readonly #chosenSubstitutes = new Map<string, Target>();
  #table: RouteTable;
  /** The target of turns when Claude Code's own model choice differs from the main route. */
  #turnTarget: string | undefined;
  /** Turns go to a fallback of the settings. */
  #isOnFallback = false;
  /** The upstreams that Claude Code's own login was used for in the newest decision. */
  clientLogins: ReadonlySet<string> = new Set();

  constructor(table: RouteTable, clock: Clock, publish: (event: SessionEvent) => void) {
    this.#table = table;
    this.#clock = clock;
    this.#publish = publish;
  }

  get table(): RouteTable {
    return this.#table;
  }

  /** Models that the user chose at a limit, by the route (`UPSTREAM/MODEL`) whose requests they take. */
  get chosenSubstitutes(): ReadonlyMap<string, Target> {
    return this.#chosenSubstitutes;
  }

  /** @param substitute takes the requests of the route; `undefined`: its limit is over. */
  chooseSubstitute(route: string, substitute: Target | undefined): void {
    const before = this.#chosenSubstitutes.get(route);
    if (before === undefined && substitute === undefined) return;
    if (substitute === undefined) this.#chosenSubstitutes.delete(route);
    else this.#chosenSubstitutes.set(route, substitute);
    const at = this.#clock.now();
    const model = substitute && fullName(substitute);
    this.#publish({ type: 'substitute', at, id: `substitute_${at}`, route, model });
  }

  /** Applies to requests that start from now on. Running requests keep their route. */
  set(routeClass: RouteClass, route: Route): void {
    this.#table = withRoute(this.#table, routeClass, route);
  }

  /** Publishes a warning when Claude Code's own `/model` or a fallback changes the target of turns. */
  noteTurn({ target, reason, follows }: Candidate): void {
    const { main } = this.#table.routes;
    const turnTarget = nameOf(target) === nameOf(main.target) ? undefined : fullName(target);
    if (turnTarget === this.#turnTarget) return;
    this.#turnTarget = turnTarget;
    const at = this.#clock.now();
    const message =
      turnTarget === undefined
        ? `turns follow the main route again (${fullName(main.target)})`
        : `turns go to ${turnTarget}, not to the main route: ${reason}`;
    const isFallback = follows !== undefined || this.#isOnFallback;
    this.#isOnFallback = follows !== undefined;
    this.#publish({ type: 'warning', at, id: `${isFallback ? fallbackIncident : 'model_'}${at}`, message });
  }
}
