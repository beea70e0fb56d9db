import { describe, expect, it } from 'vitest';
import { decide, defaultRules } from '../../src/routing/decide.ts';
import { type FallbackLists, fallbackSource } from '../../src/routing/fallback.ts';
import { facts, routeTo, tableOf } from '../support/routing.ts';

const target = (id: string, upstream = 'codex') => routeTo(id, upstream).target;
const decided = (lists: FallbackLists, extra: Parameters<typeof facts>[0] = {}) =>
  decide(facts(extra), { ...defaultRules, sources: [...defaultRules.sources, fallbackSource(lists)] }).candidates.map(
    ({ target: { upstream, model }, follows, reason }) => ({ name: `${upstream}/${model}`, follows, reason }),
  );
const names = (...args: Parameters<typeof decided>) => decided(...args).map(({ name }) => name);

describe('the fallback of the settings', () => {
  it('follows the route in the order of its list, for failures that another model can avoid', () => {
    const lists = { main: [target('heron-1', 'openai'), target('crane-1')] };
    const follows = ['wall', 'login', 'failure'];
    const reason = 'fallback: heron-1 cannot answer now';
    expect(decided(lists)).toEqual([
      expect.objectContaining({ name: 'codex/heron-1', follows: undefined }),
      { name: 'openai/heron-1', follows, reason },
      { name: 'codex/crane-1', follows, reason },
    ]);
  });

  it('is that of the class, the default one, or that of its parent class', () => {
    const lists = { main: [target('crane-1')], default: [target('stork-1')] };
    expect(names(lists, { requestClass: 'subagent' })).toEqual(['codex/heron-1', 'codex/stork-1']);
    expect(names({ main: lists.main }, { requestClass: 'subagent' })).toEqual(['codex/heron-1', 'codex/crane-1']);
    expect(names({ default: [target('stork-1')] }, { requestClass: 'subagent' })).toEqual([
      'codex/heron-1',
      'codex/stork-1',
    ]);
    expect(names({ ...lists, subagent: [] }, { requestClass: 'subagent' })).toEqual(['codex/heron-1']);
    expect(names({ main: [] })).toEqual(['codex/heron-1']);
  });

  it('is not the model of the route itself, and follows what was requested by name', () => {
    expect(names({ main: [target('heron-1'), target('crane-1')] })).toEqual(['codex/heron-1', 'codex/crane-1']);
    expect(names({ main: [target('heron-1')] }, { model: 'crane-1' })).toEqual(['codex/crane-1', 'codex/heron-1']);
  });

  it('has the model for a used-up budget at its end, for this reason alone', () => {
    const withSwitch = (lists: FallbackLists, budgetSwitch: string) =>
      decide(facts(), {
        ...defaultRules,
        sources: [...defaultRules.sources, fallbackSource(lists, target(budgetSwitch))],
      }).candidates.map(({ target: { model }, follows, reason }) => ({ model, follows, reason }));
    const last = { model: 'stork-1', follows: ['budget'], reason: 'the budget is used up' };
    expect(withSwitch({}, 'stork-1').slice(1)).toEqual([last]);
    expect(withSwitch({ main: [target('crane-1')] }, 'stork-1').slice(2)).toEqual([last]);
    // The route itself cannot replace itself.
    expect(withSwitch({}, 'heron-1')).toHaveLength(1);
  });

  it('is none for a switch, whose model the user has chosen', () => {
    expect(names({ default: [target('crane-1')] }, { requestedBy: 'user' })).toEqual(['codex/heron-1']);
  });

  it('keeps the effort of the route', () => {
    const table = tableOf({ main: routeTo('heron-1', 'codex', 'high') }, { 'heron-1': 'main' });
    const lists = { main: [target('crane-1')] };
    const rules = { ...defaultRules, sources: [...defaultRules.sources, fallbackSource(lists)] };
    expect(decide(facts({ table }), rules).candidates.map(({ effort }) => effort)).toEqual(['high', 'high']);
  });
});
