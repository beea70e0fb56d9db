/** The user's settings applied to the registry. */
import { describe, expect, it } from 'vitest';
import type { OwnSetting } from '../../src/upstreams/definition.ts';
import { definitions } from '../../src/upstreams/definitions.ts';
import { baseName, namedLogins, upstreamOfLogin } from '../../src/upstreams/login-name.ts';
import { type OwnValue, resolveUpstreams } from '../../src/upstreams/resolve.ts';
import { allUpstreams, type TestUpstreams, upstreamAt, upstreamNamed } from '../support/upstreams.ts';

const codex = (transport: string) => upstreamNamed('codex', { own: { codex: { transport } } });
const gate = (settings: object = {}) =>
  upstreamNamed('gate', { custom: { gate: { dialect: 'chat', baseUrl: 'https://gate.example', ...settings } } });

describe('the upstreams', () => {
  it('are the registered ones, each once, and then the user’s own', () => {
    const custom = { kimi: { cost: 'metered' }, gate: {}, other: {} };
    expect(allUpstreams({ custom }).map(({ name }) => name)).toEqual([
      ...definitions.map(({ name }) => name),
      'gate',
      'other',
    ]);
  });

  it.each([
    ['Anthropic’s', 'know the models of Claude Code', 'hasClientModels', ['anthropic']],
    ['OpenAI’s', 'have a priority tier', 'hasPriorityTier', ['codex', 'chatgpt', 'openai']],
  ] as const)('are only %s that %s', (_whose, _what, member, wanted) => {
    const having = allUpstreams({ custom: { gate: {} } }).filter((one) => one[member]);
    expect(having.map(({ name }) => name)).toEqual(wanted);
    for (const one of allUpstreams()) expect(typeof one[member]).toBe('boolean');
  });

  it('forward Claude Code’s own headers only where the upstream needs them', () => {
    const forwarding = allUpstreams().filter(({ forwardedHeaders }) => forwardedHeaders !== 'none');
    expect(forwarding.map(({ name, forwardedHeaders }) => [name, forwardedHeaders])).toEqual([
      ['anthropic', 'all'],
      ['kimi', 'user-agent'],
    ]);
  });

  it('have error rows of their own only for ChatGPT’s token sharing', () => {
    expect(upstreamNamed('chatgpt').failures).toMatchObject({ invalid_token: { code: 'credential_rejected' } });
    expect(upstreamNamed('codex').failures).toEqual({});
  });
});

describe('the cost kind', () => {
  it.each([
    ['openai', 'metered', false],
    ['codex', 'plan', false],
    ['litellm', 'unknown', false],
    ['ollama', 'local', true],
    ['demo', 'local', true],
  ])('of %s is %s, and whether it is local is %s', (name, costKind, local) => {
    expect(upstreamNamed(name)).toMatchObject({ costKind, attributes: { local } });
  });

  it('of the settings replaces that of the registry, and an upstream of cost local is local', () => {
    const cost = (name: string, value: string) => upstreamNamed(name, { custom: { [name]: { cost: value } } });
    expect(cost('litellm', 'local')).toMatchObject({ costKind: 'local', attributes: { local: true } });
    expect(cost('ollama', 'metered')).toMatchObject({ costKind: 'metered', attributes: { local: true } });
    expect(cost('openai', 'plan')).toMatchObject({ costKind: 'plan', attributes: { local: false } });
    expect(cost('openai', 'free').costKind).toBe('metered');
  });
});

describe('the headers of an upstream', () => {
  it('identify ccp, the account and the session to Codex', () => {
    const { headers } = upstreamNamed('codex');
    expect(headers({ accountId: 'acct-fake', sessionId: 'abc' })).toStrictEqual({
      originator: 'ccp',
      'chatgpt-account-id': 'acct-fake',
      'session-id': 'abc',
    });
    expect(headers({ accountId: undefined, sessionId: undefined })).toStrictEqual({ originator: 'ccp' });
  });

  it('contain no session id that a header cannot contain', () => {
    const session = (sessionId: string) =>
      upstreamNamed('codex').headers({ accountId: undefined, sessionId })['session-id'];
    expect(session('a b\r\nx: y\u00e9~!')).toBe('a_b__x:_y_~!');
    expect(session('x'.repeat(65))).toBe('x'.repeat(64));
  });

  it('are none for the others', () => {
    for (const name of ['openai', 'anthropic', 'ollama'])
      expect(upstreamNamed(name).headers({ accountId: 'acct-fake', sessionId: 'abc' })).toEqual({});
  });
});

describe('an own upstream', () => {
  it('without further settings has an unknown cost, no credential and no local attribute', () => {
    expect(gate()).toMatchObject({
      costKind: 'unknown',
      auth: { type: 'none', variables: [], isOptional: true, takesApiKeys: true },
      credentialHint: '',
      attributes: { local: false },
      transport: 'http',
      login: undefined,
      quotaEndpoint: undefined,
    });
    expect(gate({ cost: 'local' }).attributes.local).toBe(true);
  });

  it('names its setting in the hint about an address that refuses connections', () => {
    expect(gate().startHint).toBe('Check that it runs, and upstreams.gate.baseUrl in the settings.');
  });

  it.each([
    ['chat', 'https://gate.example/models'],
    ['responses', 'https://gate.example/models'],
    ['gemini', 'https://gate.example/v1beta/models?pageSize=1000'],
    ['messages', undefined],
  ])('of the %s dialect has its model list at %s', (dialect, url) => {
    const { baseUrl, modelList } = gate({ dialect });
    expect(modelList?.url(baseUrl)).toBe(url);
  });

  it('sends requests to its address in its dialect', () => {
    expect(gate({ baseUrl: 'https://gate.example/api/v1//' })).toMatchObject({
      dialect: 'chat',
      baseUrl: 'https://gate.example/api/v1',
    });
    expect(gate({ dialect: 'gemini' }).dialect).toBe('gemini');
  });
});

describe('the credential of an upstream', () => {
  it.each([
    ['bearer', 'GATE_KEY', { type: 'bearer', variables: ['GATE_KEY'], isOptional: false }],
    ['x-api-key', 'GATE_KEY', { type: 'x-api-key', variables: ['GATE_KEY'], isOptional: false }],
    ['x-goog-api-key', undefined, { type: 'x-goog-api-key', variables: [], isOptional: false }],
    ['none', undefined, { type: 'none', variables: [], isOptional: true }],
    ['odd', 'GATE_KEY', { type: 'bearer', variables: ['GATE_KEY'], isOptional: false }],
  ])('is sent as %s from %s', (type, env, wanted) => {
    expect(gate({ auth: { type, env } }).auth).toMatchObject(wanted);
    expect(upstreamNamed('openai', { custom: { openai: { auth: { type, env } } } }).auth).toMatchObject(wanted);
  });

  it.each([
    ['openai', {}, 'Run `ccp auth login openai`, or set OPENAI_API_KEY.'],
    ['codex', {}, 'Run `ccp auth login codex`, or set CCP_CODEX_ACCESS_TOKEN.'],
    ['gemini', {}, 'Run `ccp auth login gemini`, or set GEMINI_API_KEY.'],
    ['ollama', {}, ''],
    ['openai', { auth: { type: 'bearer', env: 'OWN_KEY' } }, 'Run `ccp auth login openai`, or set OWN_KEY.'],
    ['openai', { auth: { type: 'bearer' } }, 'Run `ccp auth login openai`.'],
    ['openai', { auth: { type: 'none' } }, ''],
    [
      'gate',
      { auth: { type: 'bearer' } },
      'Run `ccp auth login gate`, or name its variable in upstreams.gate.auth.env.',
    ],
    ['gate', { auth: { type: 'bearer', env: 'GATE_KEY' } }, 'Run `ccp auth login gate`, or set GATE_KEY.'],
  ])('of %s with %j, when missing, has the remedy %j', (name, settings, hint) => {
    expect(upstreamNamed(name, { custom: { [name]: settings } }).credentialHint).toBe(hint);
  });

  it('of Anthropic, when missing, may also be Claude Code’s own login', () => {
    const { credentialHint } = upstreamNamed('anthropic', { custom: { anthropic: { auth: { type: 'none' } } } });
    expect(credentialHint).toContain('ANTHROPIC_API_KEY');
    expect(credentialHint).toContain('claude /login');
  });

  it('of a login comes from the upstream’s auth server, or from the one in the settings', () => {
    expect(upstreamNamed('kimi').login).toEqual({ flow: 'kimi', authUrl: 'https://auth.kimi.com' });
    const own = { kimi: { authUrl: 'https://auth.example/kimi//' }, openai: { authUrl: 'https://auth.example' } };
    expect(upstreamNamed('kimi', { own }).login).toEqual({ flow: 'kimi', authUrl: 'https://auth.example/kimi' });
    expect(upstreamNamed('openai', { own }).login).toBeUndefined();
  });
});

describe('Claude Code’s own login', () => {
  const isAllowed = (baseUrl: string, options: TestUpstreams = {}) =>
    upstreamAt('anthropic', baseUrl, options).acceptsClientLogin;

  it.each([
    'http://127.0.0.1:4010',
    'http://127.0.0.1',
    'http://127.10.20.30/path',
    'https://localhost:4010/',
    'HTTP://LOCALHOST',
    'http://[::1]:4010',
  ])('may be sent to %s when the user allows loopback', (baseUrl) => {
    expect(isAllowed(baseUrl, { loginToLoopback: true })).toBe(true);
    expect(isAllowed(baseUrl)).toBe(false);
  });

  it.each([
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1@evil.example',
    'http://127.0.0.1:4010@evil.example/',
    'http://localhost.evil.example',
    'http://evil.example/127.0.0.1',
    'http://evil.example/?http://localhost/',
    'http://[::1].evil.example',
    'http://[::2]',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'ftp://127.0.0.1',
    'https://api.anthropic.com@evil.example',
    'http://api.anthropic.com',
    'https://api.anthropic.com:8443',
    'nonsense',
  ])('is never sent to %s', (baseUrl) => {
    expect(isAllowed(baseUrl, { loginToLoopback: true })).toBe(false);
    expect(isAllowed(baseUrl)).toBe(false);
  });

  it('may be sent to any path of Anthropic’s own address', () => {
    expect(isAllowed('https://api.anthropic.com/v1/')).toBe(true);
    expect(isAllowed('https://API.anthropic.com:443')).toBe(true);
  });
});

describe('the transport of an upstream', () => {
  it('is HTTP unless the setting names another one that it supports', () => {
    expect(upstreamNamed('codex').transport).toBe('http');
    expect(codex('websocket').transport).toBe('websocket');
    expect(codex('http').transport).toBe('http');
    expect(codex('in-process').transport).toBe('http');
    expect(upstreamNamed('openai', { own: { openai: { transport: 'websocket' } } }).transport).toBe('http');
    expect(upstreamNamed('demo').transport).toBe('in-process');
  });
});

describe('the precedence of an upstream’s settings', () => {
  const kimi = (from: OwnValue['from'], custom: object) => {
    const own: Partial<Record<OwnSetting, string>> = { baseUrl: 'https://own.example', dialect: 'chat' };
    const upstreams = resolveUpstreams({
      custom: { kimi: custom },
      ownSetting: (name, setting) => {
        const value = name === 'kimi' ? own[setting] : undefined;
        return value === undefined ? undefined : { value, from };
      },
      logins: [],
      keepsCostKind: false,
      loginToLoopback: false,
    });
    return upstreams.find(({ name }) => name === 'kimi');
  };
  const custom = { baseUrl: 'https://custom.example', dialect: 'messages' };

  it.each([
    ['a variable', 'environment', custom, { baseUrl: 'https://own.example/v1', dialect: 'chat' }],
    ['`upstreams` in the file', 'file', custom, { baseUrl: 'https://custom.example', dialect: 'messages' }],
    ['its own setting in the file', 'file', {}, { baseUrl: 'https://own.example/v1', dialect: 'chat' }],
  ] as const)('prefers %s', (_name, from, settings, wanted) => {
    expect(kimi(from, settings)).toMatchObject(wanted);
  });

  it('ignores a dialect that does not exist', () => {
    expect(kimi('file', { dialect: 'odd' })?.dialect).toBe('messages');
  });
});

describe('a named login', () => {
  const custom = {
    gate: { dialect: 'chat', baseUrl: 'https://gate.example/v1', auth: { type: 'bearer', env: 'GATE_KEY' } },
    open: { dialect: 'chat', baseUrl: 'https://open.example/v1' },
  };
  const logins = [
    'codex#work',
    'codex#work',
    'gate#team',
    'open#x',
    'nobody#x',
    'chatgpt#work',
    'codex',
    'codex#',
    'codex#a b',
  ];
  const all = allUpstreams({ custom, logins, own: { codex: { baseUrl: 'https://relay.example/codex' } } });
  const names = all.map(({ name }) => name).filter((name) => name.includes('#'));
  const named = (name: string) => all.find((one) => one.name === name);

  it('is an upstream of its own, once, where the upstream exists and takes a credential', () => {
    expect(names).toEqual(['codex#work', 'gate#team']);
  });

  it('has the address and the protocol of its upstream, and only a stored credential', () => {
    const [base, work] = [named('codex'), named('codex#work')];
    expect(work).toMatchObject({
      baseUrl: 'https://relay.example/codex',
      dialect: base?.dialect,
      costKind: 'plan',
      login: base?.login,
      acceptsClientLogin: false,
      auth: { type: 'bearer', variables: [], isOptional: false },
    });
    expect(work?.auth.accountVariable).toBeUndefined();
    expect(work?.modelList).toBeUndefined();
    expect(work?.credentialHint).toContain('`ccp auth login codex#work`');
    expect(named('gate#team')?.auth).toEqual({ type: 'bearer', variables: [], isOptional: false, takesApiKeys: true });
    expect(named('gate')?.auth.variables).toEqual(['GATE_KEY']);
  });

  it('is found where the settings name it', () => {
    expect(
      namedLogins({ model: 'codex#work/gpt-5.5', fallback: { main: ['kimi/k2.6', ['kimi#b/k2.6']] }, n: 1 }),
    ).toEqual(['codex#work', 'kimi#b']);
    expect(namedLogins(['a#b', 'A#b/m', 'codex/gpt#5', null, undefined])).toEqual(['a#b']);
    expect([baseName('codex#work'), baseName('codex'), upstreamOfLogin('codex')]).toEqual([
      'codex',
      'codex',
      undefined,
    ]);
  });
});

describe('the kind of cost in the settings', () => {
  const kindOf = (cost: string, baseUrl: string, keepsCostKind: boolean) =>
    allUpstreams({ custom: { gate: { dialect: 'chat', baseUrl, cost } }, keepsCostKind }).find(
      ({ name }) => name === 'gate',
    )?.costKind;

  it.each([
    ['plan', 'https://far.example', 'plan', 'unknown'],
    ['local', 'https://far.example', 'local', 'unknown'],
    ['metered', 'https://far.example', 'metered', 'metered'],
    ['local', 'http://127.0.0.1:9', 'local', 'local'],
  ])('%s at %s is %s, and %s where a policy has ceilings', (cost, url, free, governed) => {
    expect([kindOf(cost, url, false), kindOf(cost, url, true)]).toEqual([free, governed]);
  });
});
