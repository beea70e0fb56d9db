/** A candidate contains the upstream, the request parameters, and the cost kind. */
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/routing/candidate.ts';
import { decide } from '../../src/routing/decide.ts';
import { targetNamed, upstreamNamed } from '../../src/routing/directory.ts';
import { birds, facts, routeTo, row, tableOf } from '../support/routing.ts';
import { allUpstreams } from '../support/upstreams.ts';

const directory = { catalogue: birds, upstreams: allUpstreams() };
const only = (extra: Parameters<typeof facts>[0]): Candidate => {
  const { candidates, denied } = decide(facts(extra));
  expect(denied).toEqual([]);
  expect(candidates).toHaveLength(1);
  return candidates[0]!;
};

describe('a candidate', () => {
  it('has the window, price, and token count of its own model', () => {
    const price = { input: 1, cacheRead: 0.1, output: 4, source: 'a test', date: '2026-01-01' };
    const priced = { ...directory, catalogue: [row('heron-1', 123_000, { price }), ...birds.slice(2)] };
    const found = only({
      directory: priced,
      requestedBy: 'user',
      effort: 'low',
      inputTokens: (name) => name.length,
    });
    expect(found).toMatchObject({
      contextWindow: 123_000,
      price,
      inputTokens: 'heron-1'.length,
      effort: 'low',
      upstream: { name: 'codex' },
    });
    expect(only({ model: 'crane-1' })).toMatchObject({ contextWindow: 400_000, price: undefined });
    expect(only({ model: 'crane-1' }).inputTokens).toBeUndefined();
  });

  it('of an unknown model has the default window', () => {
    expect(only({ model: 'codex/new-1' }).contextWindow).toBe(200_000);
  });

  it('has the cost kind of the client’s plan only when its login is forwarded', () => {
    const [claude, key] = ['anthropic/claude-x-5', 'openai/heron-1'];
    const logins = { clientLogins: new Set(['anthropic', 'openai']) };
    expect(only({ model: claude, ...logins })).toMatchObject({ credential: 'client', costKind: 'plan' });
    expect(only({ model: claude })).toMatchObject({ credential: 'own', costKind: 'metered' });
    expect(only({ model: key, ...logins })).toMatchObject({ credential: 'own', costKind: 'metered' });
    expect(only({ model: 'codex/heron-1' })).toMatchObject({ credential: 'own', costKind: 'plan' });
  });

  it('of an upstream without authentication needs no credential', () => {
    const custom = { nest: { dialect: 'chat', baseUrl: 'http://127.0.0.1:1', cost: 'local' } };
    const upstreams = allUpstreams({ custom });
    expect(only({ model: 'nest/owl-1', directory: { catalogue: birds, upstreams } })).toMatchObject({
      credential: 'none',
      costKind: 'local',
    });
  });
});

describe('a name in the directory', () => {
  it('is found by id, or by upstream and id', () => {
    expect(targetNamed('crane-1', directory)).toMatchObject({ upstream: 'codex', model: 'crane-1' });
    expect(targetNamed('openai/heron-1', directory)).toMatchObject({ upstream: 'openai', row: { prefixed: true } });
  });

  const refusal = (name: string): string => {
    try {
      targetNamed(name, directory);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'unknown_model' });
      return (thrown as Error).message;
    }
    throw new Error('it was found');
  };

  it('is rejected with similar names, if there are any', () => {
    expect(refusal('crane-2')).toBe('$.model: "crane-2" is not a model ccp knows. Did you mean crane-1?');
    expect(refusal('something-else-entirely')).toBe('$.model: "something-else-entirely" is not a model ccp knows.');
    const twins = { ...directory, catalogue: [row('teal-1', 1), row('teal-2', 1)] };
    expect(() => targetNamed('teal-3', twins)).toThrow('Did you mean teal-1, teal-2?');
  });

  it('is rejected with the upstreams there are, if it names none of them', () => {
    expect(refusal('nowhere/crane')).toMatch(
      /^\$\.model: "nowhere\/crane" is not a model ccp knows\. There is no upstream "nowhere"; there are \w+, /,
    );
  });

  it('is truncated in the error and not compared when it is long', () => {
    expect(refusal('x'.repeat(150))).toBe(`$.model: "${'x'.repeat(100)}" is not a model ccp knows.`);
    const long = row('x'.repeat(100), 1);
    const named = { ...directory, catalogue: [long] };
    expect(() => targetNamed(`${'x'.repeat(99)}y`, named)).toThrow(/Did you mean x{100}\?/);
    expect(() => targetNamed(`${'x'.repeat(100)}y`, named)).toThrow(/knows\.$/);
  });

  it('must have an existing upstream', () => {
    expect(upstreamNamed('kimi', directory).name).toBe('kimi');
    expect(() => upstreamNamed('nest', directory)).toThrow(
      expect.objectContaining({ code: 'unknown_model', message: '$.model: there is no upstream "nest".' }),
    );
    const lost = tableOf({ main: routeTo('owl-1', 'nest') }, { 'owl-1': 'main' });
    expect(() => decide(facts({ model: 'owl-1', table: lost }))).toThrow(/no upstream "nest"/);
  });
});
