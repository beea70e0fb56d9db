import { describe, expect, it } from 'vitest';
import { isTooDeep, pathText, settingsIssues } from '../../src/settings/validate.ts';
import { allUpstreams } from '../support/upstreams.ts';

/** The issues of a file, each as a sentence. */
const issues = (file: object): string[] =>
  settingsIssues({ ...file }).map(({ path, message }) => `${pathText(path)} ${message}`);

const address = 'http://gate.example';

describe('settings from a hostile file', () => {
  it('may not contain a member called __proto__ at any depth', () => {
    for (const [text, path] of [
      ['{"__proto__":{}}', '__proto__'],
      ['{"upstreams":{"__proto__":{"models":5}}}', 'upstreams.__proto__'],
      ['{"routes":[0,{"a":[{"__proto__":1}]}]}', 'routes[1].a[0].__proto__'],
    ] as const) {
      const found = settingsIssues(JSON.parse(text));
      expect(found.map((issue) => pathText(issue.path))).toEqual([path]);
      expect(found).toMatchObject([{ message: 'is not a valid name' }]);
    }
  });

  it('are too deep from 101 levels on, whatever strings contain', () => {
    const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
    expect(isTooDeep(nested(100))).toBe(false);
    expect(isTooDeep(nested(101))).toBe(true);
    expect(isTooDeep(nested(34, '{"a":[{"b":', '}]}'))).toBe(true);
    expect(isTooDeep(nested(101, '{"a":', '}'))).toBe(true);
    expect(isTooDeep(`[${'[],{},'.repeat(200)}0]`)).toBe(false);
    expect(isTooDeep(JSON.stringify({ text: '["\\'.repeat(500) }))).toBe(false);
    expect(isTooDeep(JSON.stringify({ text: '{'.repeat(500) }))).toBe(false);
    expect(isTooDeep('['.repeat(5_000_000))).toBe(true);
  });

  it('are named without control characters, and in at most 200 characters', () => {
    expect(pathText(['routes', '\x1b]0;title\x07', 1])).toBe('routes.?]0;title?[1]');
    expect(pathText(['upstreams', 'gate', 'models', 0, 'id'])).toBe('upstreams.gate.models[0].id');
    expect(pathText(['x'.repeat(500)])).toBe('x'.repeat(200));
  });
});

describe('a valid settings file', () => {
  it.each([
    {},
    { model: 'm', port: 0, effort: 'none', prefix: 'ctrl+g', kimiBaseUrl: address },
    { routes: { main: 'm', fast: { model: 'kimi/k3', effort: 'low' }, title: { model: 'm' } } },
    { fallback: { main: ['m', 'kimi/k3'], websearch: [] } },
    { budgets: { weekUsd: 1, monthUsd: 0, onLimit: 'switch', switchTo: 'kimi/k3' } },
    { budgets: { sessionUsd: 0, dayUsd: 2.5, repositories: { 'host.example/*': 1 }, warnAtPercent: 100 } },
    {
      upstreams: { gate: { dialect: 'chat', baseUrl: address, cost: 'metered', auth: { type: 'bearer', env: 'K_1' } } },
    },
    { upstreams: { kimi: { dialect: 'chat' }, openai: { cost: 'plan' } } },
    { upstreams: { kimi: { dialect: 'gemini', baseUrl: address } } },
    {
      upstreams: {
        openrouter: {
          models: [
            {
              id: 'm',
              contextWindow: 1,
              maxOutputTokens: 1,
              efforts: ['max'],
              vision: false,
              price: {
                input: 0,
                output: 1,
                cacheRead: 1,
                cacheWrite: 1,
                longAbove: 1,
                long: { input: 1, output: 1 },
                source: 's',
                date: '2026-11-22',
              },
            },
          ],
        },
      },
    },
  ])('is accepted: %j', (file) => {
    expect(issues(file)).toEqual([]);
  });
});

describe('an invalid settings file', () => {
  it.each([
    [{ colour: 1 }, 'colour is not a setting'],
    [{ modle: 'm' }, 'modle is not a setting (did you mean model?)'],
    [{ KIMIBASEURL: address }, 'KIMIBASEURL is not a setting (did you mean kimiBaseUrl?)'],
    [{ codexBathUrl: address }, 'codexBathUrl is not a setting (did you mean codexBaseUrl or codexAuthUrl?)'],
    [{ rotues: {} }, 'rotues is not a setting (did you mean routes?)'],
    [{ port: '80' }, 'port must be a whole number from 0 to 65535'],
    [{ port: 65_536 }, 'port must be a whole number from 0 to 65535'],
    [{ port: 1.5 }, 'port must be a whole number from 0 to 65535'],
    [{ upstreamHeadersTimeoutMs: 99 }, 'upstreamHeadersTimeoutMs must be a whole number from 100 to 86400000'],
    [{ model: '' }, 'model must be text'],
    [{ effort: 'huge' }, 'effort must be one of none, low, medium, high, xhigh, max'],
    [{ prefix: 'ctrl+c' }, 'prefix must look like ctrl+g'],
    [{ kimiBaseUrl: 'kimi' }, 'kimiBaseUrl must look like http://127.0.0.1:4000'],
    [{ codexTransport: 5 }, 'codexTransport must be one of http, websocket'],
    [{ kimiDialect: 'gemini' }, 'kimiDialect must be one of messages, chat'],
    [{ routes: { mian: 'm' } }, 'routes.mian is not a member (did you mean main?)'],
    [{ routes: { main: { model: 'm', efort: 'low' } } }, 'routes.main.efort is not a member (did you mean effort?)'],
    [{ fallback: { mian: [] } }, 'fallback.mian is not a member (did you mean main?)'],
    [{ budgets: { sessionUSD: 1 } }, 'budgets.sessionUSD is not a member (did you mean sessionUsd?)'],
    [{ budgets: { something: 1 } }, 'budgets.something is not a member'],
    [{ upstreams: { kimi: { baseUrll: '' } } }, 'upstreams.kimi.baseUrll is not a member (did you mean baseUrl?)'],
    [
      { upstreams: { kimi: { auth: { type: 'none', evn: 'K' } } } },
      'upstreams.kimi.auth.evn is not a member (did you mean env?)',
    ],
    [
      { upstreams: { kimi: { models: [{ id: 'm' }, { id: 'n', contextWindw: 5 }] } } },
      'upstreams.kimi.models[1].contextWindw is not a member (did you mean contextWindow?)',
    ],
    [
      { upstreams: { kimi: { models: [{ id: 'm', price: { input: 1, output: 2, chacheRead: 1 } }] } } },
      'upstreams.kimi.models[0].price.chacheRead is not a member (did you mean cacheRead?)',
    ],
    [
      { upstreams: { Gate: {} } },
      'upstreams.Gate is not a name: lower-case letters, digits and hyphens, beginning with a letter',
    ],
    [
      { upstreams: { gate: { dialect: 'odd', baseUrl: address } } },
      'upstreams.gate.dialect must be one of responses, chat, messages, gemini',
    ],
  ])('%j is rejected: %s', (file, message) => {
    expect(issues(file)).toEqual([message]);
  });

  it.each([{}, { dialect: 'chat' }, { baseUrl: address }])(
    'with an unknown upstream %j is rejected with the members that it needs',
    (upstream) => {
      expect(issues({ upstreams: { gate: upstream, kimi: {} } })).toEqual([
        'upstreams.gate needs "dialect" (responses, chat, messages, gemini) and "baseUrl": ccp knows no upstream of this name',
      ]);
    },
  );

  it.each([
    ['anthropic', 'chat', 'messages'],
    ['kimi', 'gemini', 'messages and chat'],
    ['ollama', 'gemini', 'chat and messages and responses'],
  ])('in which %s has the dialect %s is rejected with its dialects', (name, dialect, dialects) => {
    const [issue, ...more] = issues({ upstreams: { [name]: { dialect } } });
    expect(issue).toContain(`does not speak "${dialect}"; it speaks ${dialects}`);
    expect(more).toEqual([]);
  });

  // The wording of these is the schema library's; they name the member and what it must be.
  it.each([
    [{ routes: 5 }, 'routes', /object/],
    [{ routes: { main: 5 } }, 'routes.main', /string/],
    [{ routes: { main: { model: 'm', effort: 'huge' } } }, 'routes.main.effort', /none.*low.*medium.*high.*xhigh.*max/],
    [{ routes: { main: { effort: 'low' } } }, 'routes.main.model', /string/],
    [{ fallback: { main: 'm' } }, 'fallback.main', /array/],
    [{ fallback: { main: ['m', 5] } }, 'fallback.main[1]', /string/],
    [{ budgets: { sessionUsd: -1 } }, 'budgets.sessionUsd', />=0/],
    [{ budgets: { monthUsd: -1 } }, 'budgets.monthUsd', />=0/],
    [{ budgets: { onLimit: 'burn' } }, 'budgets.onLimit', /ask.*stop.*switch/],
    [{ budgets: { switchTo: 5 } }, 'budgets.switchTo', /string/],
    [{ budgets: { warnAtPercent: 0 } }, 'budgets.warnAtPercent', />=1/],
    [{ budgets: { warnAtPercent: 101 } }, 'budgets.warnAtPercent', /<=100/],
    [{ budgets: { repositories: { a: '1' } } }, 'budgets.repositories.a', /number/],
    [{ upstreams: 5 }, 'upstreams', /record/],
    [{ upstreams: { kimi: { cost: 'free' } } }, 'upstreams.kimi.cost', /metered.*plan.*local.*unknown/],
    [{ upstreams: { kimi: { baseUrl: 'kimi' } } }, 'upstreams.kimi.baseUrl', /http/],
    [{ upstreams: { kimi: { auth: { type: 'odd' } } } }, 'upstreams.kimi.auth.type', /bearer.*x-api-key.*none/],
    [{ upstreams: { kimi: { auth: { type: 'bearer', env: '1K' } } } }, 'upstreams.kimi.auth.env', /A-Za-z_/],
    [{ upstreams: { kimi: { models: [{ id: '' }] } } }, 'upstreams.kimi.models[0].id', />=1/],
    [
      { upstreams: { kimi: { models: [{ id: 'm', price: { input: 1 } }] } } },
      'upstreams.kimi.models[0].price.output',
      /number/,
    ],
  ])('%j is rejected at %s', (file, path, message) => {
    const [issue = '', ...more] = issues(file);
    expect(issue).toMatch(message);
    // The message continues the sentence that begins with the path.
    expect(issue.slice(0, path.length + 1)).toBe(`${path} `);
    expect(issue.slice(path.length + 1)).toMatch(/^[a-z]+ [a-z]+/);
    expect(more).toEqual([]);
  });

  it('has an issue for each fault', () => {
    expect(issues({ modle: 'm', port: -1, routes: { mian: 'm', fats: 'm' } })).toEqual([
      'port must be a whole number from 0 to 65535',
      'routes.mian is not a member (did you mean main?)',
      'routes.fats is not a member (did you mean fast?)',
      'modle is not a setting (did you mean model?)',
    ]);
  });

  it('is not an issue of the upstream’s own settings for any registered upstream', () => {
    for (const { name, dialect } of allUpstreams()) expect(issues({ upstreams: { [name]: { dialect } } })).toEqual([]);
  });
});

describe('the name of an own upstream', () => {
  const named = (name: string) => issues({ upstreams: { [name]: { dialect: 'chat', baseUrl: address } } });

  it('is at most 32 lower-case letters, digits and hyphens, beginning with a letter', () => {
    for (const name of ['g', 'gate', 'gate-2', `g${'a'.repeat(31)}`]) expect(named(name)).toEqual([]);
    for (const name of ['', '2gate', '-gate', 'Gate', 'ga te', 'ga/te', 'gäte', `g${'a'.repeat(32)}`])
      expect(named(name)).toEqual([
        `upstreams.${name} is not a name: lower-case letters, digits and hyphens, beginning with a letter`,
      ]);
  });
});
