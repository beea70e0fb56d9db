import { describe, expect, it } from 'vitest';
import { RouteState, routeViews } from '../../../src/proxy/session/route-state.ts';
import type { SessionEvent } from '../../../src/session/events.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { birds, candidate, routeTo, tableOf } from '../../support/routing.ts';
import { allUpstreams } from '../../support/upstreams.ts';

describe('the routes of a session', () => {
  it('are shown for each class that has its own', () => {
    const table = tableOf({ fast: routeTo('wren-1', 'gone'), subagent: routeTo('crane-1', 'codex', 'high') });
    const view = { upstream: 'codex', costKind: 'plan', effort: undefined };
    expect(routeViews(table, { catalogue: birds, upstreams: allUpstreams() })).toEqual(
      expect.arrayContaining([
        { ...view, routeClass: 'main', model: 'heron-1', contextWindow: 200_000 },
        { ...view, routeClass: 'subagent', model: 'crane-1', contextWindow: 400_000, effort: 'high' },
        expect.objectContaining({ routeClass: 'fast', upstream: 'gone', model: 'wren-1', costKind: 'unknown' }),
      ]),
    );
    expect(routeViews(table, { catalogue: birds, upstreams: allUpstreams() })).toHaveLength(3);
  });

  it('change for the requests that follow', () => {
    const state = new RouteState(tableOf(), new FakeClock(), () => {});
    const before = state.table;
    state.set('fast', routeTo('wren-1'));
    expect(state.table.routes.fast).toEqual(routeTo('wren-1'));
    expect(state.table.routes.main).toEqual(routeTo('heron-1'));
    expect(before.routes.fast).toBeUndefined();
    expect(state.clientLogins).toEqual(new Set());
  });
});

it('turns that leave the main route, and come back, are reported once', () => {
  const clock = new FakeClock();
  const events: SessionEvent[] = [];
  const state = new RouteState(tableOf(), clock, (event) => events.push(event));
  const note = (id: string) => state.noteTurn(candidate(id, { reason: 'Claude Code asked for it' }));
  for (const id of ['heron-1', 'crane-1', 'crane-1', 'stork-1', 'heron-1', 'heron-1']) note(id);
  const at = clock.now();
  const warning = (message: string) => ({ type: 'warning', at, id: `model_${at}`, message });
  expect(events).toEqual([
    warning('turns go to codex/crane-1, not to the main route: Claude Code asked for it'),
    warning('turns go to codex/stork-1, not to the main route: Claude Code asked for it'),
    warning('turns follow the main route again (codex/heron-1)'),
  ]);
});
