/** State shared by all requests of one session. */
import { initialState } from '../../session/state.ts';
import { BudgetKeeper } from '../budget-keeper.ts';
import { CacheWatch } from '../cache-watch.ts';
import { Confirmation } from '../confirmation.ts';
import type { ProxyDeps } from '../deps.ts';
import { FanOut } from '../fan-out.ts';
import { LastUsage } from '../last-usage.ts';
import { LimitHold } from '../limit-hold.ts';
import { Outages } from '../outages.ts';
import { OutboundCheck } from '../outbound-check.ts';
import { QuotaPoll } from '../quota-poll.ts';
import { Refusals } from '../refusals.ts';
import { RejectedFields } from '../rejected-fields.ts';
import { Resends } from '../resends.ts';
import type { SessionTitle } from '../session-title.ts';
import { TokenCounts } from '../token-counts.ts';
import { UnknownPrices } from '../unknown-price.ts';
import { Warnings } from '../warnings.ts';
import { auditWriter } from './audit-writer.ts';
import { CompactionState } from './compaction-state.ts';
import { EventBus } from './event-bus.ts';
import { ledgerWriter } from './ledger-writer.ts';
import { RouteState, routeViews } from './route-state.ts';

export interface Session {
  readonly bus: EventBus;
  readonly routes: RouteState;
  readonly compaction: CompactionState;
  readonly budget: BudgetKeeper;
  readonly confirmation: Confirmation;
  readonly unknownPrices: UnknownPrices;
  readonly outbound: OutboundCheck;
  readonly limits: LimitHold;
  readonly fanOut: FanOut;
  readonly caches: SessionCaches;
  readonly title: SessionTitle | undefined;
}

/** Results of earlier requests that later requests use. */
export interface SessionCaches {
  readonly rejected: RejectedFields;
  readonly refusals: Refusals;
  readonly resends: Resends;
  readonly tokenCounts: TokenCounts;
  readonly cacheWatch: CacheWatch;
  readonly lastUsage: LastUsage;
  readonly outages: Outages;
  readonly quotaPoll: QuotaPoll;
  readonly warnings: Warnings;
}

export function createSession(deps: ProxyDeps, title: SessionTitle | undefined): Session {
  const { routing, money } = deps;
  const { clock } = deps.ports;
  const views = routeViews(routing.routes, routing.directory);
  const bus = new EventBus(
    // The new process begins without a pending compaction, and no request waits in it.
    deps.state
      ? {
          ...deps.state,
          compared: money.compared,
          compactionRoute: undefined,
          confirmation: undefined,
          wall: undefined,
          fanOut: undefined,
          substitutes: {},
        }
      : initialState(clock.now(), views, money.compared),
  );
  const budget = new BudgetKeeper(deps, bus.publish);
  bus.subscribe(ledgerWriter(deps));
  bus.subscribe((event) => budget.onEvent(event));
  bus.subscribe(auditWriter(deps.audit));
  const quotaPoll = new QuotaPoll(deps, (upstream, quota) => {
    const at = clock.now();
    bus.publish({ type: 'quota', at, id: `quota_${at}`, upstream, quota });
  });
  const outages = new Outages(clock, deps.walls);
  const confirmation = new Confirmation(money.spendingRequests, money.canAskUser, clock, bus.publish);
  void budget.refresh();
  return {
    bus,
    routes: new RouteState(routing.routes, clock, bus.publish),
    compaction: new CompactionState(clock, bus.publish),
    budget,
    confirmation,
    unknownPrices: new UnknownPrices(money, confirmation),
    outbound: new OutboundCheck(deps, confirmation),
    fanOut: new FanOut(deps.fanOut, clock, bus.publish),
    limits: new LimitHold(clock, outages, bus.publish, money.canAskUser),
    caches: {
      rejected: new RejectedFields(),
      refusals: new Refusals(deps),
      resends: new Resends(deps),
      tokenCounts: new TokenCounts(deps),
      cacheWatch: new CacheWatch(deps),
      lastUsage: new LastUsage(deps),
      outages,
      quotaPoll,
      warnings: new Warnings(),
    },
    title,
  };
}
