import { beforeEach, expect, it } from 'vitest';
import { SessionMemory } from '../../src/launch/session-memory.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { birds, routeTo, tableOf } from '../support/routing.ts';
import { sampleRoute } from '../support/samples.ts';
import { cancelledEvent, completedEvent, failedEvent, sampleTokens, startedEvent } from '../support/session-events.ts';

const routes = tableOf({ main: routeTo('heron-1', 'codex', 'high'), fast: routeTo('wren-1') });
let memory: SessionMemory;

beforeEach(() => {
  memory = new SessionMemory({ routes, views: [sampleRoute], catalogue: birds });
});

const add = (...events: SessionEvent[]) => memory.add(events, 500);
const switched = (model: string, routeClass: 'main' | 'subagent' = 'main'): SessionEvent => ({
  type: 'route_changed',
  at: 1,
  id: 's',
  previous: 'codex/heron-1',
  route: { ...sampleRoute, routeClass, model },
  compactionRoute: undefined,
});

it('the first proxy is started with the routes alone', () => {
  expect(memory.known).toEqual({ routes, spentMicroUsd: 0, allowances: {}, state: undefined });
});

it('a later proxy continues the state, which began with the first event', () => {
  add(startedEvent('a'));
  expect(memory.known.state).toMatchObject({ startedAt: 500, routes: [sampleRoute], running: [{ id: 'a' }] });
  memory.add([completedEvent('a')], 900);
  expect(memory.known.state).toMatchObject({ startedAt: 500, running: [], totals: { requests: 1 } });
});

it('metered cost is added up: of requests and of attempts, and no other kind', () => {
  const incompleteUsage = { tokens: sampleTokens, measured: false, costMicroUsd: 7, costKind: 'metered' as const };
  add(
    completedEvent('a', { costKind: 'metered', costMicroUsd: 100 }),
    completedEvent('b', { costKind: 'plan', costMicroUsd: 1_000 }),
    failedEvent('c', { incompleteUsage }),
    cancelledEvent('d', { incompleteUsage }),
    {
      type: 'attempt_failed',
      at: 1,
      id: 'e',
      verdict: 'truncated',
      code: 'truncated',
      route: sampleRoute,
      health: completedEvent('e').health,
      incompleteUsage,
    },
  );
  expect(memory.known.spentMicroUsd).toBe(121);
});

it('a switch keeps the effort of its class, or of the main one; an unknown model changes nothing', () => {
  add(switched('crane-1'));
  expect(memory.known.routes.routes.main).toEqual(routeTo('crane-1', 'codex', 'high'));
  add(switched('stork-1', 'subagent'));
  expect(memory.known.routes.routes.subagent).toEqual(routeTo('stork-1', 'codex', 'high'));
  expect(memory.known.routes.routes.fast).toEqual(routes.routes.fast);
  const before = memory.known.routes;
  add(switched(''));
  expect(memory.known.routes).toEqual(before);
});

it('requests that a dead proxy cannot end fail, once each', () => {
  add(startedEvent('a'), startedEvent('b'), startedEvent('c'), completedEvent('a'));
  add({
    type: 'attempt_failed',
    at: 1,
    id: 'b',
    verdict: 'truncated',
    code: 'truncated',
    route: sampleRoute,
    health: completedEvent('b').health,
    incompleteUsage: undefined,
  } as never);
  expect(memory.endOfDeadProxy(77)).toEqual(
    ['b', 'c'].map((id) => ({
      type: 'failed',
      at: 77,
      id,
      verdict: 'truncated',
      code: 'reset',
      message: 'The proxy died while this request ran.',
      status: 500,
      health: {
        headersMs: undefined,
        firstTokenMs: undefined,
        durationMs: 0,
        longestSilenceMs: 0,
        pings: 0,
        retries: 0,
        bytes: 0,
      },
    })),
  );
  expect(memory.endOfDeadProxy(78)).toEqual([]);
});

it('an open question of a dead proxy is closed, and an answered one is not', () => {
  const question = { id: 'q', text: 'Switch', isFromProgram: true };
  add({ type: 'confirmation', at: 1, id: 'q', question });
  expect(memory.endOfDeadProxy(9)).toEqual([
    { type: 'confirmation', at: 9, id: 'confirmation_9', question: undefined },
  ]);
  expect(memory.endOfDeadProxy(10)).toEqual([]);
  add(
    { type: 'confirmation', at: 1, id: 'q', question },
    { type: 'confirmation', at: 2, id: 'q', question: undefined },
  );
  expect(memory.endOfDeadProxy(11)).toEqual([]);
});

it('what was allowed beyond the budgets is the newest view of each', () => {
  const view = (name: 'session' | 'day', allowedMicroUsd: number) =>
    ({ name, limitMicroUsd: 10, spentMicroUsd: 0, allowedMicroUsd, isEstimated: false }) as never;
  add({ type: 'spending', at: 1, id: 's', budgets: [view('session', 5)] } as never);
  add({ type: 'spending', at: 1, id: 's', budgets: [view('session', 6), view('day', 0)] } as never);
  expect(memory.known.allowances).toEqual({ session: 6, day: 0 });
});
