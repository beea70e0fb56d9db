import { beforeEach, describe, expect, it } from 'vitest';
import type { ProxyDeps } from '../../../src/proxy/deps.ts';
import type { Session } from '../../../src/proxy/session/session.ts';
import { spendingSwitch, switchRoute } from '../../../src/proxy/session/switch-route.ts';
import { defaultRules } from '../../../src/routing/decide.ts';
import { noHistory } from '../../../src/routing/history.ts';
import type { Route, RouteTable } from '../../../src/routing/table.ts';
import type { SessionEvent } from '../../../src/session/events.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { birds, routeTo, row, tableOf } from '../../support/routing.ts';
import { allUpstreams } from '../../support/upstreams.ts';

const gate = { dialect: 'chat', baseUrl: 'http://127.0.0.1:1', auth: { type: 'none' } };
const directory = {
  catalogue: [...birds, row('jay-1', 100_000, { upstream: 'gate' })],
  upstreams: allUpstreams({ custom: { gate, paid: { ...gate, cost: 'metered' } } }),
};
let events: SessionEvent[];
let switched: unknown[][];
let routesSet: [string, Route][];
beforeEach(() => {
  events = [];
  switched = [];
  routesSet = [];
});

const make = (table: RouteTable, contextTokens = 0) => {
  const session = {
    bus: { state: { contextTokens }, publish: (event: SessionEvent) => events.push(event) },
    routes: {
      table,
      clientLogins: new Set(),
      chooseSubstitute: () => {},
      set: (routeClass: string, route: Route) => routesSet.push([routeClass, route]),
    },
    limits: { decideAgain: () => {} },
    caches: { outages: { forget: () => {} } },
    compaction: { history: noHistory, switched: (...args: unknown[]) => switched.push(args) },
  } as unknown as Session;
  const clock = new FakeClock();
  return {
    session,
    deps: { routing: { directory, rules: defaultRules }, ports: { clock } } as unknown as ProxyDeps,
    clock,
  };
};

describe('a switch that can spend money', () => {
  const spending = (routeClass: 'main' | 'subagent', model: string, table = tableOf()) => {
    const { session, deps } = make(table);
    return spendingSwitch(routeClass, model, session, deps);
  };

  it('is one to a metered model, or to one whose price is unknown', () => {
    expect(spending('main', 'openai/heron-1')).toBe('Switch main to openai/heron-1, which is paid by tokens');
    expect(spending('subagent', 'paid/jay-1')).toBe('Switch subagent to paid/jay-1, which is paid by tokens');
    expect(spending('main', 'gate/jay-1')).toBe('Switch main to gate/jay-1, which has an unknown price');
    expect(spending('main', 'crane-1')).toBeUndefined();
  });

  it('is none to the model that the class uses already', () => {
    const table = tableOf({ subagent: routeTo('heron-1', 'openai') });
    expect(spending('subagent', 'openai/heron-1', table)).toBeUndefined();
    expect(spending('main', 'openai/heron-1', table)).toBeDefined();
    // A class without a route uses the main one.
    const metered = tableOf({ main: routeTo('heron-1', 'openai') });
    expect(spending('subagent', 'openai/heron-1', metered)).toBeUndefined();
  });
});

describe('a switch', () => {
  it('of the main route changes the conversation’s compaction, and is published with both models', () => {
    const { session, deps, clock } = make(tableOf(), 150_000);
    const view = switchRoute('main', 'wren-1', session, deps);
    const route = { target: expect.objectContaining({ model: 'wren-1' }), effort: undefined };
    expect(routesSet).toEqual([['main', route]]);
    expect(switched).toEqual([[routeTo('heron-1'), routeTo('heron-1')]]);
    expect(view).toMatchObject({ routeClass: 'main', upstream: 'codex', model: 'wren-1', costKind: 'plan' });
    expect(events).toEqual([
      {
        type: 'route_changed',
        at: clock.now(),
        id: `switch_${clock.now()}`,
        route: view,
        previous: 'codex/heron-1',
        compactionRoute: 'heron-1',
      },
    ]);
  });

  it('of another class leaves the conversation alone', () => {
    const { session, deps } = make(tableOf(), 150_000);
    switchRoute('subagent', 'wren-1', session, deps);
    expect(switched).toEqual([]);
    expect(events).toMatchObject([{ previous: 'codex/heron-1', compactionRoute: undefined }]);
  });
});
