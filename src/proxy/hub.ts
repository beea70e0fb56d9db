/** The session's truth: route table, state, and everyone who listens. */
import { CcpError } from '../errors/ccp-error.ts';
import { type LedgerRequest, ledgerEntry } from '../ledger/from-event.ts';
import { nameOf, windowOf } from '../models/find.ts';
import { type RouteClass, routeClasses } from '../routing/classes.ts';
import { type Directory, type Route, type RouteChoice, type RouteTable, withRoute } from '../routing/table.ts';
import type { RouteView, SessionEvent } from '../session/events.ts';
import { isEnded } from '../session/paid.ts';
import { reduce } from '../session/reduce.ts';
import { initialState, type SessionState } from '../session/state.ts';
import { BudgetKeeper } from './budget-keeper.ts';
import { CacheWatch } from './cache-watch.ts';
import type { ProxyDeps } from './deps.ts';
import { Lessons } from './lessons.ts';
import { QuotaPoll } from './quota-poll.ts';
import { Refusals } from './refusals.ts';
import { TokenCounts } from './token-counts.ts';
import { Warnings } from './warnings.ts';

const mostHeld = 8;

export class SessionHub {
  readonly #deps: ProxyDeps;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #running = new Map<string, LedgerRequest>();
  readonly lessons = new Lessons();
  readonly warnings = new Warnings();
  readonly refusals: Refusals;
  readonly quotaPoll: QuotaPoll;
  readonly tokenCounts: TokenCounts;
  readonly cacheWatch: CacheWatch;
  readonly budget: BudgetKeeper;
  /** Compactions go there until one has succeeded: the history does not fit the main route. */
  #compactsOn: Route | undefined;
  /** Main routes of before, newest first: what outgrows the present one fits one of them. */
  #held: readonly Route[] = [];
  /** Where Claude Code's own choice sends the turns, when that is not the main route. */
  #movedTo: string | undefined;
  #table: RouteTable;
  #state: SessionState;

  constructor(deps: ProxyDeps) {
    this.#deps = deps;
    this.#table = deps.routes;
    this.tokenCounts = new TokenCounts(deps);
    this.refusals = new Refusals(deps);
    this.cacheWatch = new CacheWatch(deps);
    this.budget = new BudgetKeeper(deps, (event) => this.publish(event));
    this.quotaPoll = new QuotaPoll(deps, (upstream, quota) => {
      const at = deps.clock.now();
      this.publish({ type: 'quota', at, id: `quota_${at}`, upstream, quota });
    });
    this.#state = initialState(deps.clock.now(), this.routeViews(), deps.compared);
    void this.budget.refresh();
  }

  get table(): RouteTable {
    return this.#table;
  }

  get state(): SessionState {
    return this.#state;
  }

  get directory(): Directory {
    return { catalogue: this.#deps.catalogue, upstreams: Object.keys(this.#deps.upstreams) };
  }

  readonly publish = (event: SessionEvent): void => {
    this.#state = reduce(this.#state, event);
    this.#remember(event);
    this.budget.heard(event);
    for (const listener of this.#listeners) listener(event);
  };

  /** Every request gets its line, however many run at once: the state lists only some. */
  #remember(event: SessionEvent): void {
    const request = this.#running.get(event.id);
    if (event.type === 'request_started') {
      this.#running.set(event.id, { requestClass: event.requestClass, askedModel: event.askedModel, route: undefined });
    } else if (event.type === 'routed' && request) {
      this.#running.set(event.id, { ...request, route: event.route });
    } else if (isEnded(event)) {
      this.#running.delete(event.id);
      const entry = ledgerEntry(event, request, this.#deps);
      if (entry) this.#deps.appendLedger(entry);
      this.#deps.log.info({ ...event, route: request?.route, requestClass: request?.requestClass }, event.type);
    }
  }

  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get compactsOn(): Route | undefined {
    return this.#compactsOn;
  }

  /**
   * Holds for requests that start from now on; running ones finish where they began.
   * @throws CcpError `switch_refused` when the history fits neither the new route nor one that could compact it.
   */
  switchRoute(routeClass: RouteClass, route: Route): RouteView {
    const before = this.#table.routes[routeClass] ?? this.#table.routes.main;
    if (routeClass === 'main') {
      this.#compactsOn = this.#compactor(route);
      this.#held = [before, ...this.#held.filter((one) => nameOf(one.target) !== nameOf(before.target))].slice(
        0,
        mostHeld,
      );
    }
    this.#table = withRoute(this.#table, routeClass, route);
    const view = this.view(routeClass, route);
    const at = this.#deps.clock.now();
    const { upstream, model } = before.target;
    const compactsOn = this.#compactsOn && nameOf(this.#compactsOn.target);
    this.publish({
      type: 'route_changed',
      at,
      id: `switch_${at}`,
      route: view,
      previous: `${upstream}/${model}`,
      compactsOn,
    });
    return view;
  }

  /** Claude Code's own `/model` can move the turns, too: that is news as a switch is. */
  turnsGoTo({ target, reason }: RouteChoice): void {
    const { main } = this.#table.routes;
    const moved = nameOf(target) === nameOf(main.target) ? undefined : `${target.upstream}/${target.model}`;
    if (moved === this.#movedTo) return;
    this.#movedTo = moved;
    const at = this.#deps.clock.now();
    const message =
      moved === undefined
        ? `turns follow the main route again (${main.target.upstream}/${main.target.model})`
        : `turns go to ${moved}, not to the main route: ${reason}`;
    this.publish({ type: 'warning', at, id: `model_${at}`, message });
  }

  /** From now on the history fits. @param contextTokens what is left of it, after a compaction. */
  compacted(contextTokens: number | undefined): void {
    if (!this.#compactsOn && contextTokens === undefined) return;
    this.#compactsOn = undefined;
    const at = this.#deps.clock.now();
    this.publish({ type: 'compacted', at, id: `compacted_${at}`, contextTokens });
  }

  /** The route for compactions, else the newest main route that held so much. */
  holderOf(tokens: number, newest: readonly Route[] = []): Route | undefined {
    const { compaction } = this.#table.routes;
    return [...(compaction ? [compaction] : []), ...newest, ...this.#held].find(
      ({ target }) => windowOf(target) >= tokens,
    );
  }

  /** Who can compact a history that does not fit the new route; `undefined` when it fits. */
  #compactor({ target }: Route): Route | undefined {
    const { contextTokens } = this.#state;
    if (contextTokens <= windowOf(target)) return undefined;
    const holder = this.holderOf(contextTokens, [this.#table.routes.main]);
    if (holder) return holder;
    throw new CcpError(
      'switch_refused',
      `${contextTokens} tokens are in use, ${nameOf(target)} holds ${windowOf(target)}, and no route of this session can compact them.`,
    );
  }

  view(routeClass: RouteClass, { target, effort }: Route): RouteView {
    return {
      routeClass,
      upstream: target.upstream,
      model: target.model,
      effort,
      contextWindow: windowOf(target),
      costKind: this.#deps.upstreams[target.upstream]?.upstream.costKind ?? 'unknown',
    };
  }

  routeViews(): RouteView[] {
    return routeClasses.flatMap((name) => {
      const route = this.#table.routes[name];
      return route ? [this.view(name, route)] : [];
    });
  }
}
