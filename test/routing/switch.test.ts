import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { RequestClass, RouteClass } from '../../src/routing/classes.ts';
import { type DecisionRules, defaultRules } from '../../src/routing/decide.ts';
import type { DecisionFacts } from '../../src/routing/facts.ts';
import { decideSwitch, type SwitchFacts } from '../../src/routing/switch.ts';
import { facts, routeTo, tableOf } from '../support/routing.ts';

const { directory, history, clientLogins } = facts();
const switchTo = (extra: Partial<SwitchFacts> = {}, rules: DecisionRules = defaultRules) =>
  decideSwitch(
    {
      routeClass: 'main',
      model: 'wren-1',
      table: tableOf(),
      directory,
      history,
      clientLogins,
      contextTokens: 0,
      ...extra,
    },
    rules,
  );
const compactor = (extra: Partial<SwitchFacts>) => switchTo(extra).compactionRoute?.target.model;

describe('a switch of the main model', () => {
  it('uses the named model with the effort of the route that the class follows', () => {
    const table = tableOf({ main: routeTo('heron-1', 'codex', 'high'), fast: routeTo('heron-1', 'codex', 'low') });
    expect(switchTo({ table }).candidate).toMatchObject({ target: { model: 'wren-1' }, effort: 'high' });
    expect(switchTo({ table, routeClass: 'fast' }).candidate.effort).toBe('low');
    expect(switchTo({ table, routeClass: 'subagent' }).candidate.effort).toBe('high');
  });

  it('needs no compaction when the history fits, including exactly', () => {
    expect(compactor({ contextTokens: 50_000 })).toBeUndefined();
  });

  it('compacts on the current route, which fits the history', () => {
    expect(compactor({ contextTokens: 50_001 })).toBe('heron-1');
    expect(compactor({ contextTokens: 200_000 })).toBe('heron-1');
  });

  it('compacts on the compaction route first, then on the current route, then on a previous one', () => {
    const previous = { ...history, previousRoutes: [routeTo('stork-1'), routeTo('crane-1')] };
    expect(compactor({ contextTokens: 60_000, history: previous })).toBe('heron-1');
    expect(compactor({ contextTokens: 300_000, history: previous })).toBe('stork-1');
    const set = tableOf({ compaction: routeTo('crane-1') });
    expect(compactor({ contextTokens: 60_000, table: set, history: previous })).toBe('crane-1');
    expect(compactor({ contextTokens: 900_000, table: set, history: previous })).toBe('stork-1');
    const small = tableOf({ compaction: routeTo('wren-1') });
    expect(compactor({ contextTokens: 60_000, table: small, history: previous })).toBe('heron-1');
  });

  it('is rejected with the token numbers when no route fits the history', () => {
    expect(() => switchTo({ contextTokens: 200_001 })).toThrow(
      expect.objectContaining({
        code: 'switch_refused',
        message: expect.stringMatching(/^200001 tokens .* wren-1 .* 50000\b.* no route/),
      }),
    );
  });

  it('is rejected for an unknown model', () => {
    expect(() => switchTo({ model: 'nothing-at-all' })).toThrow(CcpError);
    expect(() => switchTo({ model: 'opus' })).toThrow(/not a model/);
  });
});

describe('a switch of another class', () => {
  it('needs no compaction: only the main conversation has a history', () => {
    for (const routeClass of ['fast', 'subagent', 'compaction'] as const)
      expect(compactor({ routeClass, contextTokens: 900_000 })).toBeUndefined();
  });

  it.each<[RouteClass, RequestClass]>([
    ['main', 'turn'],
    ['fast', 'turn'],
    ['opus', 'turn'],
    ['subagent', 'subagent'],
    ['compaction', 'compaction'],
    ['title', 'title'],
    ['websearch', 'websearch'],
    ['webfetch', 'webfetch'],
    ['classifier', 'classifier'],
  ])('of %s is checked by the rules of a %s request', (routeClass, requestClass) => {
    const seen: DecisionFacts[] = [];
    switchTo(
      { routeClass },
      {
        ...defaultRules,
        gates: [
          (_candidate, given) => {
            seen.push(given);
            return undefined;
          },
        ],
      },
    );
    expect(seen[0]).toMatchObject({ requestClass, requestedBy: 'user', isMainConversation: routeClass === 'main' });
  });
});
