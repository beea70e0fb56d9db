import { describe, expect, it } from 'vitest';
import { defaultRules } from '../../src/routing/decide.ts';
import {
  decideNamed,
  launchRoutes,
  type NamedModel,
  type RouteChoices,
  RouteNameError,
  routeNamed,
  slotId,
} from '../../src/routing/launch-routes.ts';
import { birds, facts, routeTo, row } from '../support/routing.ts';
import { upstreamNamed } from '../support/upstreams.ts';

const { directory } = facts();
const named = (model: string, effort?: NamedModel['effort'], from = '--model'): NamedModel => ({ model, effort, from });
const launched = (choices: Partial<RouteChoices> = {}, where = directory) =>
  launchRoutes(
    { main: named('heron-1'), fast: named('wren-1'), others: {}, agents: {}, ...choices },
    where,
    defaultRules,
  );

describe('the routes of a launch', () => {
  it('include those of agent types, and only if there are any', () => {
    expect(launched().table).not.toHaveProperty('agents');
    const { table } = launched({ agents: { Explore: named('wren-1', 'low', 'The setting routes.agents.Explore') } });
    expect(table.agents).toMatchObject({ Explore: { target: { model: 'wren-1' }, effort: 'low' } });
    expect(() =>
      launched({ agents: { Explore: named('nothing', undefined, 'The setting routes.agents.Explore') } }),
    ).toThrow(RouteNameError);
  });

  it('are main and fast, each with its configured effort', () => {
    const { table, main, fast, subagent, tiers } = launched({
      main: named('heron-1', 'high'),
      fast: named('wren-1', 'low'),
    });
    expect(table.routes).toMatchObject({
      main: { target: { model: 'heron-1' }, effort: 'high' },
      fast: { target: { model: 'wren-1' }, effort: 'low' },
    });
    expect(Object.keys(table.routes).sort()).toEqual(['fast', 'main']);
    expect(table.slots).toEqual({ 'heron-1': 'main', 'wren-1': 'fast' });
    expect([main.model, fast.model, subagent, tiers]).toEqual(['heron-1', 'wren-1', undefined, {}]);
  });

  it('have a slot for each tier and for subagents, and none for classes without a client model', () => {
    const others = {
      opus: named('crane-1'),
      haiku: named('codex/tit-1'),
      sonnet: named('codex/lark-1'),
      fable: named('codex/owl-1'),
      subagent: named('stork-1'),
      compaction: named('codex/teal-1', 'max'),
    };
    const { table, subagent, tiers } = launched({ others });
    expect(table.slots).toEqual({
      'heron-1': 'main',
      'wren-1': 'fast',
      'crane-1': 'opus',
      'codex/tit-1': 'haiku',
      'codex/lark-1': 'sonnet',
      'codex/owl-1': 'fable',
      'stork-1': 'subagent',
    });
    expect(table.routes.compaction).toMatchObject({ target: { model: 'teal-1' }, effort: 'max' });
    expect(subagent?.model).toBe('stork-1');
    expect(Object.entries(tiers).map(([tier, { model }]) => `${tier} ${model}`)).toEqual([
      'haiku tit-1',
      'opus crane-1',
      'sonnet lark-1',
      'fable owl-1',
    ]);
  });

  it('assign an id used by several classes to main, then to fast, then to a tier', () => {
    const heron = named('heron-1');
    expect(launched({ fast: heron, others: { opus: heron, subagent: heron } }).table.slots).toEqual({
      'heron-1': 'main',
    });
    expect(launched({ fast: named('wren-1'), others: { haiku: named('wren-1') } }).table.slots).toEqual({
      'heron-1': 'main',
      'wren-1': 'fast',
    });
    expect(launched({ others: { subagent: named('crane-1'), opus: named('crane-1') } }).table.slots['crane-1']).toBe(
      'opus',
    );
  });

  it('use the small model of the main upstream, or main itself, without an effort, when fast is not set', () => {
    const small = upstreamNamed('codex').smallModel;
    expect(small).toBeDefined();
    const known = { ...directory, catalogue: [...birds, row(small ?? '', 100_000)] };
    const { table } = launched({ main: named('heron-1', 'high'), fast: undefined }, known);
    expect(table.routes.fast).toMatchObject({ target: { upstream: 'codex', model: small } });
    expect(table.routes.fast?.effort).toBeUndefined();
    const without = { ...directory, upstreams: [{ ...upstreamNamed('codex'), smallModel: undefined }] };
    const alone = launched({ main: named('heron-1', 'high'), fast: undefined }, without).table;
    expect(alone.routes.fast).toMatchObject({ target: { model: 'heron-1' } });
    expect(alone.routes.fast?.effort).toBeUndefined();
    const payers = {
      ...directory,
      upstreams: ['openai', 'codex'].map((name) => ({ ...upstreamNamed(name), smallModel: `${name}-small` })),
    };
    expect(launched({ fast: undefined }, payers).fast).toMatchObject({ upstream: 'codex', model: 'codex-small' });
  });

  it('are rejected with the flag or setting that contains an unknown model', () => {
    const nothing = (from: string) => named('nothing-at-all', undefined, from);
    const refused = (choices: Partial<RouteChoices>): unknown => {
      try {
        return launched(choices);
      } catch (thrown) {
        return thrown;
      }
    };
    for (const [choices, from] of [
      [{ main: nothing('--model') }, '--model'],
      [{ fast: nothing('--fast') }, '--fast'],
      [{ others: { opus: nothing('routes.opus') } }, 'routes.opus'],
    ] as const) {
      const error = refused(choices);
      expect(error).toBeInstanceOf(RouteNameError);
      expect(error).toMatchObject({
        from,
        reason: { code: 'unknown_model' },
        message: '$.model: "nothing-at-all" is not a model ccp knows.',
      });
    }
  });

  it('are rejected by a rule that denies them, and unexpected errors are rethrown', () => {
    const denying = {
      ...defaultRules,
      gates: [() => ({ ...routeTo('heron-1'), kind: 'policy' as const, rule: 'team', message: 'No herons.' })],
    };
    expect(() => routeNamed(named('heron-1'), directory, denying)).toThrow('No herons. (rule: team)');
    const broken = {
      ...defaultRules,
      gates: [
        () => {
          throw new TypeError('broken');
        },
      ],
    };
    expect(() => routeNamed(named('heron-1'), directory, broken)).toThrow(TypeError);
  });
});

describe('a model requested by name', () => {
  it('is decided like a turn of the main conversation requested by the user', () => {
    const [candidate] = decideNamed('crane-1', directory, defaultRules, { effort: 'low' }).candidates;
    expect(candidate).toMatchObject({ target: { model: 'crane-1' }, effort: 'low', routeClass: 'main' });
    expect(() => decideNamed('opus', directory, defaultRules)).toThrow(/not a model/);
  });
});

describe('the model id in Claude Code', () => {
  it('has no prefix for Anthropic models, and is the typed name for others', () => {
    const target = (upstream: string) => ({ upstream, model: 'claude-x-5', row: undefined });
    expect(slotId(target('anthropic'), directory)).toBe('claude-x-5');
    expect(slotId(target('openai'), directory)).toBe('openai/claude-x-5');
    expect(slotId(routeTo('heron-1').target, directory)).toBe('heron-1');
    expect(slotId({ ...routeTo('heron-1').target, priority: true }, directory)).toBe('heron-1-fast');
  });
});
