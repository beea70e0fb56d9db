/** What the launcher keeps of a session, so that a restarted proxy continues it. */
import { findModel } from '../models/find.ts';
import type { ModelRow } from '../models/types.ts';
import { type RouteTable, withRoute } from '../routing/table.ts';
import type { RouteView, SessionEvent } from '../session/events.ts';
import type { ProxyStart } from '../session/ipc.ts';
import { isCharged, isEnded, meteredCost } from '../session/paid.ts';
import { reduce } from '../session/reduce.ts';
import { initialState, type SessionState } from '../session/state.ts';

export interface SessionMemoryOptions {
  readonly routes: RouteTable;
  /** The routes as the session shows them. */
  readonly views: readonly RouteView[];
  readonly catalogue: readonly ModelRow[];
}

/** Nothing was measured of a request that its proxy cannot report. */
const noHealth = {
  headersMs: undefined,
  firstTokenMs: undefined,
  durationMs: 0,
  longestSilenceMs: 0,
  pings: 0,
  retries: 0,
  bytes: 0,
};

export class SessionMemory {
  readonly #options: SessionMemoryOptions;
  #routes: RouteTable;
  /** Metered cost, for the session's budget. */
  #spentMicroUsd = 0;
  #allowances: ProxyStart['allowances'] = {};
  #state: SessionState | undefined;
  readonly #runningIds = new Set<string>();
  #isConfirmationOpen = false;

  constructor(options: SessionMemoryOptions) {
    this.#options = options;
    this.#routes = options.routes;
  }

  /** What a proxy is started with. The state is `undefined` for the first one. */
  get known(): Pick<ProxyStart, 'routes' | 'spentMicroUsd' | 'allowances' | 'state'> {
    return {
      routes: this.#routes,
      spentMicroUsd: this.#spentMicroUsd,
      allowances: this.#allowances,
      state: this.#state,
    };
  }

  /** @param now epoch milliseconds. */
  add(events: readonly SessionEvent[], now: number): void {
    for (const event of events) this.#note(event);
    this.#state = events.reduce(reduce, this.#state ?? initialState(now, this.#options.views));
  }

  #note(event: SessionEvent): void {
    if (event.type === 'request_started') this.#runningIds.add(event.id);
    else if (event.type === 'spending')
      this.#allowances = Object.fromEntries(event.budgets.map((view) => [view.name, view.allowedMicroUsd]));
    else if (event.type === 'confirmation') this.#isConfirmationOpen = event.question !== undefined;
    else if (event.type === 'route_changed') this.#switchRoute(event.route);
    else if (isCharged(event)) {
      if (isEnded(event)) this.#runningIds.delete(event.id);
      this.#spentMicroUsd += meteredCost(event);
    }
  }

  /** A switch must survive a crash of the proxy. */
  #switchRoute({ routeClass, upstream, model }: RouteView): void {
    const upstreams = [{ name: upstream, hasPriorityTier: false }];
    const target = findModel(`${upstream}/${model}`, this.#options.catalogue, upstreams);
    const { effort } = this.#routes.routes[routeClass] ?? this.#routes.routes.main;
    if (target) this.#routes = withRoute(this.#routes, routeClass, { target, effort });
  }

  /**
   * The end of what a dead proxy can no longer report: each request that was running, and its question.
   * @param at epoch milliseconds.
   */
  endOfDeadProxy(at: number): SessionEvent[] {
    const ended = [...this.#runningIds].map(
      (id): SessionEvent => ({
        type: 'failed',
        at,
        id,
        verdict: 'truncated',
        code: 'reset',
        message: 'The proxy died while this request ran.',
        status: 500,
        health: noHealth,
      }),
    );
    this.#runningIds.clear();
    if (this.#isConfirmationOpen)
      ended.push({ type: 'confirmation', at, id: `confirmation_${at}`, question: undefined });
    this.#isConfirmationOpen = false;
    return ended;
  }
}
