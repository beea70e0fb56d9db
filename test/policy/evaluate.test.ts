/** What a policy allows: rules as a table, every way round a denial, and that a further file only narrows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { PolicyDocument, PolicyRule } from '../../src/policy/policy.ts';
import type { PolicySubject } from '../../src/policy/subject.ts';
import { customUpstreams, gate, layer, policyOf, subject } from '../support/policy.ts';

type Rule = Partial<PolicyRule> & { effect: 'allow' | 'deny' };
const isAllowed = (document: Omit<PolicyDocument, 'version'>, one: PolicySubject) =>
  evaluate(policyOf(layer(document)), one) === undefined;
const rules = (...list: Rule[]) => ({ rules: list });

describe('a rule', () => {
  it.each<[string, Rule[], string, boolean]>([
    ['denies everything without a condition', [{ effect: 'deny' }], 'openai/gpt-5.5', false],
    ['denies an upstream', [{ effect: 'deny', upstreams: ['codex'] }], 'codex/gpt-5.5', false],
    ['leaves others alone', [{ effect: 'deny', upstreams: ['codex'] }], 'openai/gpt-5.5', true],
    ['denies a model by its id', [{ effect: 'deny', models: ['gpt-5.5'] }], 'codex/gpt-5.5', false],
    ['denies models by a glob', [{ effect: 'deny', models: ['GPT-5*'] }], 'openai/gpt-5.5', false],
    ['denies a model of one upstream', [{ effect: 'deny', models: ['codex/gpt-5.5'] }], 'openai/gpt-5.5', true],
    ['denies the last part of an id', [{ effect: 'deny', models: ['gpt-5.5'] }], 'openrouter/openai/gpt-5.5', false],
    ['denies what is sent', [{ effect: 'deny', models: ['kimi-k2.6'] }], 'kimi/k2.6', false],
    ['needs all its conditions', [{ effect: 'deny', upstreams: ['codex'], models: ['other'] }], 'codex/gpt-5.5', true],
    ['allows only what it matches', [{ effect: 'allow', upstreams: ['codex'] }], 'openai/gpt-5.5', false],
    ['allows what it matches', [{ effect: 'allow', upstreams: ['codex'] }], 'codex/gpt-5.5', true],
    [
      'loses to a denial',
      [
        { effect: 'allow', upstreams: ['codex'] },
        { effect: 'deny', models: ['gpt-5.5'] },
      ],
      'codex/gpt-5.5',
      false,
    ],
    [
      'is enough beside others',
      [
        { effect: 'allow', models: ['x'] },
        { effect: 'allow', upstreams: ['*'] },
      ],
      'codex/a',
      true,
    ],
    ['allows by address', [{ effect: 'allow', upstreams: ['https://*.example/v1'] }], 'gate/m', true],
    ['allows by address and path', [{ effect: 'allow', upstreams: ['https://gate.example/v2'] }], 'gate/m', false],
    ['allows no part of a name', [{ effect: 'allow', upstreams: ['https://*.example/v'] }], 'gate/m', false],
    ['allows no longer host', [{ effect: 'allow', upstreams: ['https://gate.exam'] }], 'gate/m', false],
    ['allows no host across dots', [{ effect: 'allow', upstreams: ['https://*ample/v1'] }], 'gate/m', false],
    ['allows a domain at any depth', [{ effect: 'allow', upstreams: ['https://*.com'] }], 'copy/m', true],
    ['is about this machine', [{ effect: 'allow', attributes: { local: true } }], 'near/m', true],
    [
      'is about this machine, not what the settings call local',
      [{ effect: 'allow', attributes: { local: true } }],
      'cheap/m',
      false,
    ],
    ['is about what is not known', [{ effect: 'deny', attributes: { region: ['unknown'] } }], 'codex/gpt-5.5', false],
    ['is about training', [{ effect: 'deny', attributes: { trainsOnData: true } }], 'codex/gpt-5.5', true],
    ['may demand to know', [{ effect: 'deny', attributes: { trainsOnData: 'unknown' } }], 'codex/gpt-5.5', false],
    ['is about retention', [{ effect: 'allow', attributes: { retention: ['none'] } }], 'codex/gpt-5.5', false],
    ['is about a class', [{ effect: 'deny', classes: ['subagent'] }], 'codex/gpt-5.5', true],
    ['is about the class of the route', [{ effect: 'deny', classes: ['main'] }], 'codex/gpt-5.5', false],
  ])('%s', (_name, list, name, allowed) => {
    expect(isAllowed(rules(...list), subject(name))).toBe(allowed);
  });

  it.each<[string, boolean]>([
    ['git.example.org/team/app', true],
    ['git.example.org/TEAM/App', true],
    ['git.example.org/team/*', true],
    ['git.example.org/*', false],
    ['git.example.org/**', true],
    ['/home/u/work/**', true],
    ['/home/u/work/app/', true],
    ['/home/u/work', false],
    ['git.example.org/team/app2', false],
    ['gitXexample.org/team/app', false],
  ])('about the repository %s matches: %s', (pattern, matches) => {
    const one = subject('codex/gpt-5.5');
    expect(isAllowed(rules({ effect: 'deny', repositories: [pattern] }), one)).toBe(!matches);
    expect(isAllowed({ requireUpstream: { [pattern]: 'openai' } }, one)).toBe(!matches);
    expect(isAllowed({ requireUpstream: { [pattern]: 'codex' } }, one)).toBe(true);
  });
});

describe('an upstream is what its address is', () => {
  const denied = rules({ effect: 'deny', upstreams: ['codex'] });
  const allowed = rules({ effect: 'allow', upstreams: ['codex'] });

  it.each(['copy/gpt-5.5', 'dotted/gpt-5.5', 'codex#work/gpt-5.5', 'codex/gpt-5.5'])(
    '%s is denied as codex',
    (name) => {
      expect(isAllowed(denied, subject(name))).toBe(false);
      expect(isAllowed(allowed, subject(name))).toBe(true);
    },
  );

  it('a known name at another address is denied by the name, and not allowed by it', () => {
    const moved = { own: { codex: { baseUrl: 'https://relay.example/codex' } } };
    expect(isAllowed(denied, subject('codex/gpt-5.5', {}, moved))).toBe(false);
    expect(isAllowed(allowed, subject('codex/gpt-5.5', {}, moved))).toBe(false);
    expect(
      isAllowed(rules({ effect: 'allow', upstreams: ['https://relay.example'] }), subject('codex/a', {}, moved)),
    ).toBe(true);
  });

  it('a name of the settings allows nothing: it could be any address', () => {
    expect(isAllowed(rules({ effect: 'allow', upstreams: ['gate'] }), subject('gate/m'))).toBe(false);
    expect(isAllowed(rules({ effect: 'allow', upstreams: [gate] }), subject('gate/m'))).toBe(true);
    expect(isAllowed(rules({ effect: 'deny', upstreams: ['gate'] }), subject('gate/m'))).toBe(false);
  });

  it('a local preset is whatever answers on this machine; the demo is inside ccp', () => {
    expect(isAllowed(rules({ effect: 'allow', upstreams: ['ollama'] }), subject('near/m'))).toBe(true);
    expect(isAllowed(rules({ effect: 'allow', upstreams: ['demo'] }), subject('demo/demo'))).toBe(true);
    expect(isAllowed(rules({ effect: 'allow', attributes: { local: true } }), subject('demo/demo'))).toBe(true);
  });
});

describe('the other spellings of an address', () => {
  const at = (baseUrl: string) => subject('x/m', {}, { custom: { x: { dialect: 'chat', baseUrl } } });
  const verdicts = (effect: 'allow' | 'deny', pattern: string, urls: string[]) =>
    urls.map((url) => isAllowed(rules({ effect, upstreams: [pattern] }), at(url)));

  it.each<[string, string[]]>([
    [
      'https://llm.example.com',
      [
        ...['http://llm.example.com/v1', 'https://llm.example.com:8443', 'https://LLM.example.com./v1'],
        'https://eu.llm.example.com',
      ],
    ],
    [
      'https://h.example/a',
      ['https://h.example/A/b', 'https://h.example/%61', 'https://h.example//a', 'https://h.example/x;/a'],
    ],
    [
      'http://127.0.0.1:4000',
      [
        ...['http://localhost:4000', 'http://x.localhost', 'http://[::1]:5', 'http://127.9.9.9', 'http://0.0.0.0:2'],
        ...['http://[::ffff:127.0.0.1]:1', 'http://2130706433:1', 'http://0x7f.1'],
      ],
    ],
  ])('a denial of %s holds for all of them', (pattern, urls) => {
    expect(verdicts('deny', pattern, urls)).toEqual(urls.map(() => false));
  });

  it('a denial leaves another host and another path alone', () => {
    expect(
      verdicts('deny', 'https://llm.example.com', ['https://other.example.com', 'https://notllm.example.com']),
    ).toEqual([true, true]);
    expect(verdicts('deny', 'https://h.example/a', ['https://h.example/b', 'https://h.example/ab'])).toEqual([
      true,
      true,
    ]);
  });

  it('an allowance holds for the exact address alone', () => {
    const urls = ['/a', '/a/b', '/%61', '/a//b', '/A'].map((path) => `https://h.example${path}`);
    expect(verdicts('allow', 'https://h.example/a', urls)).toEqual([true, true, false, false, false]);
    const others = ['http://h.example/a', 'https://h.example:8443/a', 'https://x.h.example/a'];
    expect(verdicts('allow', 'https://h.example/a', others)).toEqual([false, false, false]);
  });
});

describe('the other names of a model', () => {
  it.each([
    'openai/gpt-5.5-2026-11-01',
    'openai/gpt-5.5-20261101',
    'openrouter/openai/gpt-5.5:free',
    'openai/gpt-5.5:x',
  ])('%s is denied with it, and not allowed with it', (name) => {
    expect(isAllowed(rules({ effect: 'deny', models: ['gpt-5.5'] }), subject(name))).toBe(false);
    expect(isAllowed(rules({ effect: 'allow', models: ['gpt-5.5'] }), subject(name))).toBe(false);
  });

  it('what is sent must be allowed too', () => {
    expect(isAllowed(rules({ effect: 'allow', models: ['k2.6'] }), subject('kimi/k2.6'))).toBe(false);
    expect(isAllowed(rules({ effect: 'allow', models: ['*k2.6'] }), subject('kimi/k2.6'))).toBe(true);
  });

  it.each(['openai/gpt-5.5%20', 'openai/gpt 5.5', 'openai/gpt-5.5\u200b'])(
    '%j cannot be judged by its name',
    (name) => {
      const denied = evaluate(policyOf(layer(rules({ effect: 'deny', models: ['other'] }))), subject(name));
      expect(denied?.rule).toBe('model id');
    },
  );
});

it('another remote of a repository, or one around it, is denied with it, and allows nothing', () => {
  const repository = { name: 'git.example.org/team/app', root: '/w/app', aliases: ['git.example.org/open/app', '/w'] };
  const one = subject('codex/gpt-5.5', { repository });
  for (const pattern of ['git.example.org/open/*', '/w']) {
    expect(isAllowed(rules({ effect: 'deny', repositories: [pattern] }), one)).toBe(false);
    expect(isAllowed(rules({ effect: 'allow', repositories: [pattern] }), one)).toBe(false);
  }
});

it('a pattern with many wildcards is read in linear time', () => {
  const pattern = `${'*a'.repeat(30)}*b`;
  const list = rules({ effect: 'deny', models: [pattern], upstreams: [`https://${'*a.'.repeat(20)}example`] });
  expect(isAllowed(list, subject(`openai/${'a'.repeat(200)}`))).toBe(true);
  expect(isAllowed(rules({ effect: 'deny', models: [pattern] }), subject(`openai/${'a'.repeat(150)}b`))).toBe(false);
});

describe('the files', () => {
  it('must all allow, the strongest is named, and its message is said', () => {
    const system = layer({
      ...rules({ effect: 'deny', id: 'no-codex', upstreams: ['codex'], reason: 'It left.' }),
      message: 'Ask Ann.',
    });
    const repository = layer(rules({ effect: 'allow', upstreams: ['openai'] }), 'repository', '/r/.ccp/policy.json');
    expect(evaluate(policyOf(system, repository), subject('codex/gpt-5.5'))).toEqual({
      path: '/etc/ccp/system.json',
      rule: 'no-codex',
      reason: 'It left.',
      message: 'Ask Ann.',
      overrideMinutes: 0,
    });
    expect(evaluate(policyOf(system, repository), subject('kimi/k3'))).toMatchObject({
      path: '/r/.ccp/policy.json',
      rule: 'allow rules',
    });
    expect(evaluate(policyOf(system, repository), subject('openai/gpt-5.5'))).toBeUndefined();
  });

  it('that cannot be used allow nothing', () => {
    const broken = { ...policyOf(), problems: [{ path: '/etc/ccp/policy.json', message: 'rules must be an array.' }] };
    expect(evaluate(broken, subject('codex/gpt-5.5'))).toMatchObject({
      rule: 'the file itself',
      reason: expect.stringContaining('must be an array'),
    });
  });

  it('may deny what has no known price', () => {
    const document = { budgets: { onUnknownPrice: 'deny' as const } };
    expect(isAllowed(document, subject('gate/m', { hasKnownCost: false }))).toBe(false);
    expect(isAllowed(document, subject('gate/m'))).toBe(true);
    expect(isAllowed({ budgets: { onUnknownPrice: 'ask' } }, subject('gate/m', { hasKnownCost: false }))).toBe(true);
  });
});

describe('a denial that is lifted', () => {
  const system = layer({ ...rules({ effect: 'deny', id: 'no', upstreams: ['codex'] }), override: { maxMinutes: 30 } });
  const lifted = (path: string, rule = 'no', until = 2_000) => ({
    ...policyOf(system),
    overrides: [{ path, rule, until, reason: 'x', hash: 'h' }],
  });
  const allowed = (policy: Parameters<typeof evaluate>[0]) => evaluate(policy, subject('codex/gpt-5.5')) === undefined;

  it('holds for its rule, its file and its time, where the file permits it', () => {
    expect(allowed(lifted(system.path))).toBe(true);
    expect([
      allowed(lifted('/other.json')),
      allowed(lifted(system.path, 'other')),
      allowed(lifted(system.path, 'no', 1_000)),
    ]).toEqual([false, false, false]);
    const strict = layer(rules({ effect: 'deny', id: 'no', upstreams: ['codex'] }));
    expect(allowed({ ...lifted(strict.path), layers: [strict] })).toBe(false);
    const other = layer({ ...strict.document, override: { rules: ['another'] } });
    expect(allowed({ ...lifted(other.path), layers: [other] })).toBe(false);
  });

  it('does not lift the next one', () => {
    const both = layer({
      ...rules({ effect: 'deny', id: 'no', upstreams: ['codex'] }, { effect: 'deny', id: 'no2' }),
      override: {},
    });
    expect(evaluate({ ...lifted(both.path), layers: [both] }, subject('codex/gpt-5.5'))).toMatchObject({
      rule: 'no2',
      overrideMinutes: 60,
    });
  });
});

describe('as properties', () => {
  const names = ['codex', 'openai', 'kimi', 'gate', '*', 'https://*.example/v1'];
  const rule = fc.record(
    {
      effect: fc.constantFrom('allow' as const, 'deny' as const),
      upstreams: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
      models: fc.array(fc.constantFrom('gpt-5.5', 'gpt-*', 'k3', '*'), { minLength: 1, maxLength: 2 }),
      classes: fc.array(fc.constantFrom('main', 'subagent', 'turn'), { minLength: 1, maxLength: 2 }),
      repositories: fc.array(fc.constantFrom('git.example.org/**', '/elsewhere'), { minLength: 1, maxLength: 2 }),
      attributes: fc.record({ local: fc.boolean() }),
    },
    { requiredKeys: ['effect'] },
  ) as fc.Arbitrary<PolicyRule>;
  const document = fc.record(
    {
      rules: fc.array(rule, { maxLength: 5 }),
      requireUpstream: fc.dictionary(fc.constantFrom('git.example.org/**', '/no'), fc.constantFrom(...names)),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Omit<PolicyDocument, 'version'>>;
  const subjects = [
    'codex/gpt-5.5',
    'openai/gpt-5.5',
    'kimi/k3',
    'gate/m',
    'copy/gpt-5.5',
    'near/m',
    'codex#work/gpt-5.5',
  ].flatMap((name) => [subject(name), subject(name, { classes: ['subagent', 'subagent'] })]);
  const allowedOf = (...documents: Omit<PolicyDocument, 'version'>[]) => {
    const policy = policyOf(...documents.map((one, index) => layer(one, 'system', `/etc/ccp/${index}.json`)));
    return subjects.map((one) => evaluate(policy, one) === undefined);
  };
  const narrows = (wide: boolean[], narrow: boolean[]) => narrow.every((allowed, index) => !allowed || wide[index]);

  it('a further file never allows more, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 3 }), document, fc.nat(3), (documents, added, at) => {
        const more = [...documents.slice(0, at), added, ...documents.slice(at)];
        return narrows(allowedOf(...documents), allowedOf(...more));
      }),
    );
  });

  it('a further denial never allows more', () => {
    fc.assert(
      fc.property(document, rule, (one, added) => {
        const more = { ...one, rules: [...(one.rules ?? []), { ...added, effect: 'deny' as const }] };
        return narrows(allowedOf(one), allowedOf(more));
      }),
    );
  });

  it('a renamed upstream is decided as its address', () => {
    const options = (name: string) => ({
      custom: { [name]: { dialect: 'responses', baseUrl: 'https://chatgpt.com/backend-api/codex' } },
    });
    fc.assert(
      fc.property(document, fc.stringMatching(/^[b-z][a-z]{3,9}$/), (one, name) => {
        if (name in (customUpstreams.custom ?? {})) return true;
        const policy = policyOf(layer(one));
        const renamed = evaluate(policy, subject(`${name}/gpt-5.5`, {}, options(name))) === undefined;
        const plain = evaluate(policy, subject('codex/gpt-5.5')) === undefined;
        return !renamed || plain;
      }),
    );
  });
});
