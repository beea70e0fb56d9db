import { describe, expect, it } from 'vitest';
import type { RequestClass, RouteClass } from '../../src/routing/classes.ts';
import type { DecisionFacts } from '../../src/routing/facts.ts';
import {
  compactionRoutes,
  noHistory,
  routeThatFits,
  sameTarget,
  summaryTokens,
  withPreviousRoute,
} from '../../src/routing/history.ts';
import { proposeFromTable, requestedRoute } from '../../src/routing/proposals.ts';
import { classChain, type Route, routeFor, withRoute } from '../../src/routing/table.ts';
import { facts, routeTo, tableOf } from '../support/routing.ts';

const slots = { 'heron-1': 'main', 'wren-1': 'fast' } as const;
const table = tableOf({ fast: routeTo('wren-1', 'codex', 'low') }, slots);
const requested = (model: string, extra: Partial<DecisionFacts> = {}) => {
  const { target, routeClass, reason, effort } = requestedRoute(facts({ model, table, ...extra }));
  return { model: `${target.upstream}/${target.model}`, routeClass, reason, effort };
};

describe('the reason of a slot', () => {
  it('names the slot, and the model that it was switched to', () => {
    expect(requested('heron-1').reason).toBe('heron-1 is the main slot of this session');
    const switched = withRoute(table, 'main', routeTo('crane-1'));
    expect(requested('heron-1', { table: switched }).reason).toBe(
      'heron-1 is the main slot of this session, which was switched to codex/crane-1',
    );
    expect(requested('wren-1', { table: switched }).reason).toBe('wren-1 is the fast slot of this session');
    const named = tableOf({}, { 'codex/heron-1': 'main' });
    expect(requested('codex/heron-1', { table: named }).reason).toBe('codex/heron-1 is the main slot of this session');
  });
});

describe('the route of an agent type', () => {
  const agents = { Explore: routeTo('wren-1', 'codex', 'low') };
  const withAgents = { ...withRoute(table, 'subagent', routeTo('crane-1')), agents };
  const agent = (extra: Partial<DecisionFacts>) =>
    requested('heron-1', { table: withAgents, requestClass: 'subagent', agentType: 'Explore', ...extra });

  it('precedes that of the class', () => {
    expect(agent({})).toEqual({
      model: 'codex/wren-1',
      routeClass: 'subagent',
      effort: 'low',
      reason: 'agents of the type Explore have a route of their own',
    });
    expect(agent({ agentType: 'Plan' })).toMatchObject({ model: 'codex/crane-1' });
    expect(agent({ agentType: undefined })).toMatchObject({ model: 'codex/crane-1' });
    expect(agent({ agentType: 'toString' })).toMatchObject({ model: 'codex/crane-1' });
  });

  it('is not that of a compaction of the agent, nor of a name that the user gives', () => {
    expect(agent({ requestClass: 'compaction' }).model).toBe('codex/heron-1');
    expect(agent({ requestedBy: 'user' }).model).toBe('codex/heron-1');
  });
});

describe('the route of a requested model', () => {
  it('is that of its slot, with the slot’s effort, for the client', () => {
    const moved = withRoute(table, 'main', routeTo('crane-1', 'codex', 'high'));
    expect(requested('heron-1', { table: moved, effort: 'max' })).toEqual({
      model: 'codex/crane-1',
      routeClass: 'main',
      effort: 'high',
      reason: expect.stringMatching(/^heron-1 .* main slot/),
    });
    expect(requested('wren-1')).toMatchObject({ model: 'codex/wren-1', routeClass: 'fast', effort: 'low' });
  });

  it('is the model itself, with the requested effort, for the user', () => {
    const moved = withRoute(table, 'main', routeTo('crane-1'));
    expect(requested('heron-1', { table: moved, requestedBy: 'user', effort: 'max' })).toEqual({
      model: 'codex/heron-1',
      routeClass: 'main',
      effort: 'max',
      reason: expect.stringMatching(/^heron-1 .*name/),
    });
    expect(() => requested('opus', { requestedBy: 'user' })).toThrow(/not a model/);
    expect(() => requested('claude-opus-9', { requestedBy: 'user' })).toThrow(/not a model/);
    expect(() => requested('claude-ccp-heron-1', { requestedBy: 'user' })).toThrow(/not a model/);
  });

  it('ignores the window suffix and the prefix of model lists', () => {
    expect(requested('heron-1[1m]').model).toBe('codex/heron-1');
    expect(requested('claude-ccp-crane-1').model).toBe('codex/crane-1');
    expect(requested('claude-ccp-heron-1[1m]').reason).toContain('main slot');
  });

  it('is not a slot for a name that is a property of Object.prototype', () => {
    expect(() => requested('toString')).toThrow(/not a model/);
    expect(() => requested('constructor')).toThrow(/not a model/);
  });

  it.each<[string, RouteClass, RegExp]>([
    ['claude-opus-5', 'main', /^claude-opus-5 .*opus tier; opus .* main$/],
    ['claude-sonnet-5', 'main', /^claude-sonnet-5 .*sonnet tier; sonnet .* main$/],
    ['fable', 'main', /^fable .*fable tier; fable .* main$/],
    ['haiku', 'fast', /^haiku .*haiku tier; haiku .* fast$/],
    ['claude-3-5-haiku-1', 'fast', /^claude-3-5-haiku-1 .*haiku tier; haiku .* fast$/],
    ['claude-unheard-of', 'main', /^claude-unheard-of .*main tier$/],
  ])('for %s is %s, with its reason', (model, routeClass, reason) => {
    expect(requested(model)).toMatchObject({ routeClass, reason: expect.stringMatching(reason) });
  });

  it('falls back to main when fast has no route', () => {
    const alone = tableOf({}, slots);
    expect(requested('haiku', { table: alone }).reason).toMatch(/^haiku .*haiku tier; haiku .* fast; fast .* main$/);
  });

  it.each<[RequestClass, RouteClass]>([
    ['subagent', 'subagent'],
    ['compaction', 'compaction'],
    ['websearch', 'websearch'],
    ['webfetch', 'webfetch'],
    ['title', 'title'],
    ['classifier', 'classifier'],
  ])('for a %s request is its own when one is set, for slots and for tiers', (requestClass, routeClass) => {
    const own = withRoute(table, routeClass, routeTo('stork-1'));
    for (const model of ['heron-1', 'wren-1', 'claude-opus-5', 'haiku']) {
      expect(requested(model, { requestClass, table: own })).toMatchObject({ model: 'codex/stork-1', routeClass });
      expect(requested(model, { requestClass }).model).not.toBe('codex/stork-1');
    }
  });

  it('for a turn on the small model is not main', () => {
    expect(requested('wren-1', { requestClass: 'turn' }).model).toBe('codex/wren-1');
    expect(requested('wren-1', { requestClass: 'title' }).model).toBe('codex/wren-1');
    expect(requested('heron-1', { requestClass: 'title' }).model).toBe('codex/heron-1');
  });

  it('with an upstream prefix has the class of its request', () => {
    expect(requested('codex/crane-1', { requestClass: 'subagent' })).toMatchObject({ routeClass: 'subagent' });
  });
});

describe('the routes of a compaction', () => {
  const history = { compactionRoute: undefined, previousRoutes: [routeTo('stork-1'), routeTo('crane-1')] };
  const proposed = (extra: Partial<DecisionFacts> = {}) =>
    proposeFromTable(facts({ table, requestClass: 'compaction', history, ...extra })).map(
      ({ target, routeClass, follows }) => [target.model, routeClass, follows?.join() ?? 'first'],
    );
  const behind = [
    ['stork-1', 'compaction', 'overflow'],
    ['crane-1', 'compaction', 'overflow'],
  ];

  it('are main and, after an overflow, the previous ones', () => {
    expect(proposed()).toEqual([['heron-1', 'main', 'first'], ...behind]);
  });

  it('are only the requested one for a subagent or a turn', () => {
    expect(proposed({ isMainConversation: false })).toEqual([['heron-1', 'main', 'first']]);
    expect(proposed({ requestClass: 'turn' })).toEqual([['heron-1', 'main', 'first']]);
  });

  it('start with one that fits the history and its summary when main does not', () => {
    const fits = 200_000 - summaryTokens;
    expect(proposed({ inputTokens: () => fits })[0]).toEqual(['heron-1', 'main', 'first']);
    expect(proposed({ inputTokens: () => fits + 1 })).toEqual([['stork-1', 'compaction', 'first'], behind[1]]);
    const smaller = { ...history, previousRoutes: [routeTo('crane-1'), routeTo('stork-1')] };
    expect(proposed({ history: smaller, inputTokens: () => 400_000 - summaryTokens })[0]?.[0]).toBe('crane-1');
    expect(proposed({ history: smaller, inputTokens: () => 400_001 - summaryTokens })[0]?.[0]).toBe('stork-1');
  });

  it('start with main when none fits the history', () => {
    expect(proposed({ inputTokens: () => 9_000_000 })[0]).toEqual(['heron-1', 'main', 'first']);
  });

  it('start with the compaction route of a switch', () => {
    const left = { ...history, compactionRoute: routeTo('crane-1', 'codex', 'high') };
    const [first, ...larger] = proposeFromTable(facts({ table, requestClass: 'compaction', history: left }));
    expect(first).toMatchObject({
      effort: 'high',
      routeClass: 'compaction',
      reason: expect.stringContaining('history fits'),
    });
    expect(first?.target.model).toBe('crane-1');
    expect(first?.follows).toBeUndefined();
    expect(larger).toMatchObject([
      { target: { model: 'stork-1' }, reason: expect.stringMatching(/^crane-1 cannot compact/) },
    ]);
  });

  it('have the configured compaction route before the previous ones', () => {
    const set = withRoute(table, 'compaction', routeTo('crane-1'));
    expect(compactionRoutes(set, history).map(({ target }) => target.model)).toEqual(['crane-1', 'stork-1', 'crane-1']);
    expect(compactionRoutes(table, noHistory)).toEqual([]);
    expect(proposed({ table: set })).toEqual([
      ['crane-1', 'compaction', 'first'],
      ['stork-1', 'compaction', 'overflow'],
    ]);
  });
});

describe('the history of routes', () => {
  const models = (routes: readonly Route[]) => routes.map(({ target }) => target.model);

  it('contains each target once, newest first, and at most eight', () => {
    const one = withPreviousRoute([routeTo('crane-1'), routeTo('wren-1')], routeTo('wren-1'));
    expect(models(one)).toEqual(['wren-1', 'crane-1']);
    let many: readonly Route[] = [];
    for (let index = 1; index <= 10; index++) many = withPreviousRoute(many, routeTo(`bird-${index}`));
    expect(models(many)).toEqual([10, 9, 8, 7, 6, 5, 4, 3].map((index) => `bird-${index}`));
    expect(withPreviousRoute([routeTo('heron-1')], routeTo('heron-1', 'openai'))).toHaveLength(2);
  });

  it('finds the first route with a sufficient window, including an exact one', () => {
    const routes = [routeTo('wren-1'), routeTo('heron-1'), routeTo('crane-1')];
    expect(routeThatFits(50_000, routes)?.target.model).toBe('wren-1');
    expect(routeThatFits(50_001, routes)?.target.model).toBe('heron-1');
    expect(routeThatFits(400_001, routes)).toBeUndefined();
  });

  it('distinguishes targets by upstream and model', () => {
    const { target } = routeTo('heron-1');
    expect(sameTarget(target, { ...target, row: undefined })).toBe(true);
    expect(sameTarget(target, routeTo('heron-1', 'openai').target)).toBe(false);
    expect(sameTarget(target, routeTo('crane-1').target)).toBe(false);
  });
});

describe('the route table', () => {
  it('is not modified by a change', () => {
    const changed = withRoute(table, 'fast', routeTo('crane-1'));
    expect(changed.routes.fast?.target.model).toBe('crane-1');
    expect(changed.slots).toBe(table.slots);
    expect(table.routes.fast?.target.model).toBe('wren-1');
  });

  it('uses the nearest configured route for a class', () => {
    expect(classChain('title')).toEqual(['title', 'fast', 'main']);
    expect(classChain('opus')).toEqual(['opus', 'main']);
    expect(classChain('main')).toEqual(['main']);
    expect(routeFor('title', table)).toMatchObject({ setFor: 'fast', route: { target: { model: 'wren-1' } } });
    expect(routeFor('title', tableOf())).toMatchObject({ setFor: 'main', route: { target: { model: 'heron-1' } } });
    const own = withRoute(table, 'title', routeTo('crane-1'));
    expect(routeFor('title', own)).toMatchObject({ setFor: 'title', route: { target: { model: 'crane-1' } } });
  });
});
