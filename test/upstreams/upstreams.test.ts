/** The registered upstreams, the catalogue and its prices. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loginFlows } from '../../src/credentials/logins/flows.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { costMicroUsd } from '../../src/models/cost.ts';
import { findModel } from '../../src/models/find.ts';
import { listedModel, mergedCatalogue, userModels } from '../../src/models/merge.ts';
import { isStale } from '../../src/models/price-age.ts';
import { readPrices } from '../../src/storage/prices-file.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { definitions } from '../../src/upstreams/definitions.ts';
import { allUpstreams, prepareOptions, type TestUpstreams, upstreamAt, upstreamNamed } from '../support/upstreams.ts';

const upstream = (name: string, options: TestUpstreams = {}) => upstreamNamed(name, options);
const request = validateRequest({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] });

describe('the registry', () => {
  it('contains upstreams that need no settings, each with a base URL for its dialect', () => {
    expect(definitions.map(({ name }) => name)).toEqual([
      'codex',
      'chatgpt',
      'openai',
      'anthropic',
      'kimi',
      'gemini',
      'openrouter',
      'deepseek',
      'moonshot',
      'zai',
      'litellm',
      'ollama',
      'lmstudio',
      'llamacpp',
      'vllm',
      'demo',
    ]);
    for (const { name, baseUrl } of allUpstreams()) expect(`${name} ${baseUrl}`).toMatch(/ (?:https?:\/\/[^/]|demo:)/);
  });

  it('contains every upstream with bundled models, and only known login flows', () => {
    const names = definitions.map(({ name }) => name);
    for (const row of bundledModels) expect(names).toContain(row.upstream);
    for (const { login } of definitions) if (login) expect(Object.keys(loginFlows)).toContain(login.flow);
  });

  it.each([
    ['kimi', 'https://kimi.example/coding/', 'messages', 'https://kimi.example/coding'],
    ['kimi', 'https://kimi.example/coding', 'chat', 'https://kimi.example/coding/v1'],
    ['litellm', 'http://127.0.0.1:9/v1', 'messages', 'http://127.0.0.1:9'],
    ['ollama', 'http://10.0.0.2:11434/v1', 'chat', 'http://10.0.0.2:11434/v1'],
    ['ollama', 'http://gpu:11434', 'chat', 'http://gpu:11434/v1'],
    ['ollama', 'http://gpu:11434/v1/', 'messages', 'http://gpu:11434'],
    ['kimi', 'https://api.kimi.com/coding/v1', 'messages', 'https://api.kimi.com/coding'],
    ['moonshot', 'https://api.moonshot.cn/anthropic', 'chat', 'https://api.moonshot.cn/v1'],
    ['openai', 'http://127.0.0.1:9', 'responses', 'http://127.0.0.1:9'],
    // A gateway's own version stays where the upstream's address has none.
    ['deepseek', 'https://gate.example/v1', 'chat', 'https://gate.example/v1'],
    ['deepseek', 'https://gate.example/anthropic', 'chat', 'https://gate.example'],
  ])('normalises the base URL of %s from %s for the %s dialect', (name, baseUrl, dialect, wanted) => {
    expect(upstream(name, { own: { [name]: { baseUrl, dialect } } }).baseUrl).toBe(wanted);
  });

  it('prefers a base URL from the environment to the settings, and from the settings to the default', () => {
    const custom = { kimi: { baseUrl: 'https://settings.example' } };
    expect(upstream('kimi', { custom }).baseUrl).toBe('https://settings.example');
    expect(upstream('kimi', { custom, own: { kimi: { baseUrl: 'https://variable.example' } } }).baseUrl).toBe(
      'https://variable.example',
    );
    expect(upstream('deepseek', { own: { deepseek: { dialect: 'chat' } } }).baseUrl).toBe('https://api.deepseek.com');
  });

  it('overrides the configured fields and keeps the rest', () => {
    const custom = { vllm: { baseUrl: 'http://gpu:8000', auth: { type: 'bearer', env: 'GPU_KEY' } } };
    const own = upstream('vllm', { custom });
    expect(own).toMatchObject({ dialect: 'chat', baseUrl: 'http://gpu:8000/v1', costKind: 'local' });
    expect(own.auth).toMatchObject({ type: 'bearer', variables: ['GPU_KEY'], isOptional: false });
    expect(own.modelList).toBe(upstream('vllm').modelList);
  });

  it('creates a custom upstream from the settings', () => {
    const custom = { gate: { dialect: 'messages', baseUrl: 'https://gate.example/', cost: 'metered' } };
    const own = upstream('gate', { custom });
    expect(own).toMatchObject({ dialect: 'messages', baseUrl: 'https://gate.example', costKind: 'metered' });
    expect(own).toMatchObject({ auth: { type: 'none' }, acceptsClientLogin: false });
  });

  it.each([
    ['https://api.anthropic.com', true],
    ['http://127.0.0.1:4010', false],
    ['https://api.anthropic.com.evil.example', false],
    ['https://evil.example/api.anthropic.com', false],
    ['http://127.0.0.1.evil.example', false],
  ])('allows the client’s own login at %s: %s', (baseUrl, wanted) => {
    expect(upstreamAt('anthropic', baseUrl).acceptsClientLogin).toBe(wanted);
  });

  it('allows the client’s own login for no upstream except anthropic', () => {
    for (const one of allUpstreams()) if (one.name !== 'anthropic') expect(one.acceptsClientLogin).toBe(false);
  });
});

describe('request URL and authentication', () => {
  const wanted: Record<string, Record<string, [url: string, auth: string]>> = {
    codex: { responses: ['https://chatgpt.com/backend-api/codex/responses', 'bearer'] },
    chatgpt: { responses: ['https://api.openai.com/v1/responses', 'bearer'] },
    openai: { responses: ['https://api.openai.com/v1/responses', 'bearer'] },
    demo: { responses: ['demo:/responses', 'none'] },
    anthropic: { messages: ['https://api.anthropic.com/v1/messages?beta=true', 'x-api-key'] },
    gemini: {
      gemini: [
        'https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse',
        'x-goog-api-key',
      ],
    },
    kimi: {
      messages: ['https://api.kimi.com/coding/v1/messages', 'bearer'],
      chat: ['https://api.kimi.com/coding/v1/chat/completions', 'bearer'],
    },
    openrouter: {
      chat: ['https://openrouter.ai/api/v1/chat/completions', 'bearer'],
      messages: ['https://openrouter.ai/api/v1/messages', 'bearer'],
    },
    deepseek: {
      messages: ['https://api.deepseek.com/anthropic/v1/messages', 'x-api-key'],
      chat: ['https://api.deepseek.com/chat/completions', 'bearer'],
    },
    moonshot: {
      messages: ['https://api.moonshot.ai/anthropic/v1/messages', 'bearer'],
      chat: ['https://api.moonshot.ai/v1/chat/completions', 'bearer'],
    },
    zai: {
      messages: ['https://api.z.ai/api/anthropic/v1/messages', 'bearer'],
      chat: ['https://api.z.ai/api/paas/v4/chat/completions', 'bearer'],
    },
    litellm: {
      chat: ['http://127.0.0.1:4000/v1/chat/completions', 'bearer'],
      messages: ['http://127.0.0.1:4000/v1/messages', 'bearer'],
      responses: ['http://127.0.0.1:4000/v1/responses', 'bearer'],
    },
    ...Object.fromEntries(
      Object.entries({ ollama: 11434, lmstudio: 1234, llamacpp: 8080, vllm: 8000 }).map(([name, port]) => {
        const auth = name === 'ollama' ? 'none' : 'bearer';
        return [
          name,
          {
            chat: [`http://127.0.0.1:${port}/v1/chat/completions`, auth],
            messages: [`http://127.0.0.1:${port}/v1/messages`, auth],
            responses: [`http://127.0.0.1:${port}/v1/responses`, auth],
          },
        ];
      }),
    ),
  };
  const cases = definitions.flatMap(({ name, baseUrls }) =>
    Object.keys(baseUrls).map((dialect) => [name, dialect] as const),
  );

  it.each(cases)('of %s in the %s dialect', (name, dialect) => {
    const { baseUrl, auth, translator } = upstream(name, { custom: { [name]: { dialect } } });
    const prepared = translator.prepare(request, prepareOptions());
    expect([baseUrl + prepared.path, auth.type]).toEqual(wanted[name]?.[dialect]);
  });
});

describe('cache_control marks', () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  const body = (model: string) => {
    const result = { type: 'tool_result', tool_use_id: 't', content: 'words', ...mark };
    const request = validateRequest({
      model: 'm',
      max_tokens: 9,
      system: [{ type: 'text', text: 'Be kind.', ...mark }],
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Read', input: {} }] },
        { role: 'user', content: [result] },
      ],
    });
    return JSON.parse(upstreamNamed('openrouter').translator.prepare(request, prepareOptions({ model })).body.text);
  };

  it('are sent to Anthropic models behind a gateway', () => {
    const { messages } = body('anthropic/claude-sonnet-5');
    expect(messages[0].content).toEqual([{ type: 'text', text: 'Be kind.', ...mark }]);
    expect(messages.at(-1).content).toEqual([{ type: 'text', text: 'words', ...mark }]);
  });

  it('are removed for other models', () => {
    expect(JSON.stringify(body('z-ai/glm-5.3'))).not.toContain('cache_control');
    expect(body('z-ai/glm-5.3').messages[0].content).toBe('Be kind.');
  });
});

describe('the catalogue', () => {
  it('merges bundled rows, listed rows and the user’s rows in ascending priority', () => {
    const own = userModels({
      codex: {},
      gate: { models: [{ id: 'm', contextWindow: 5_000, price: { input: 1, output: 2 } }] },
    });
    const listed = [
      { upstream: 'codex', id: 'gpt-5.5', contextWindow: 400_000 },
      { upstream: 'gate', id: 'm', contextWindow: 1 },
    ];
    const rows = mergedCatalogue(bundledModels, listed, own);
    const row = (id: string) =>
      rows.find((one) => one.id === id && one.upstream !== 'openai' && one.upstream !== 'chatgpt');
    expect(row('gpt-5.5')).toMatchObject({ contextWindow: 400_000, price: { input: 5 } });
    expect(row('m')).toMatchObject({
      contextWindow: 5_000,
      prefixed: true,
      price: { input: 1, cacheRead: 1, output: 2 },
    });
    expect(findModel('m', rows, [{ name: 'gate', hasPriorityTier: false }])).toBeUndefined();
    expect(findModel('gate/m', rows, [{ name: 'gate', hasPriorityTier: false }])?.row?.contextWindow).toBe(5_000);
  });

  it('marks the window of a row without one as assumed', () => {
    expect(mergedCatalogue([], [{ upstream: 'u', id: 'x' }], [])[0]).toMatchObject({
      contextWindow: 200_000,
      windowAssumed: true,
    });
  });

  it('ignores invalid rows and fields of a file', () => {
    expect(listedModel({ upstream: 'u' })).toBeUndefined();
    expect(listedModel({ upstream: 'u', id: 'x', contextWindow: 'many', price: { input: 'free' } })).toEqual({
      upstream: 'u',
      id: 'x',
    });
  });

  it('treats -fast as a service tier only for upstreams that have one', () => {
    const rows = mergedCatalogue(bundledModels, [{ upstream: 'openrouter', id: 'x-ai/grok-4' }], []);
    expect(findModel('openrouter/x-ai/grok-4-fast', rows, [{ name: 'openrouter', hasPriorityTier: false }])).toEqual({
      upstream: 'openrouter',
      model: 'x-ai/grok-4-fast',
      row: undefined,
    });
    expect(findModel('gpt-5.5-fast', rows, allUpstreams())?.priority).toBe(true);
  });

  it('sends k2.6 as kimi-k2.6, and does not resolve claude ids without an upstream prefix', () => {
    expect(findModel('k2.6', bundledModels, [])?.row?.sendAs).toBe('kimi-k2.6');
    expect(findModel('claude-opus-5-5', bundledModels, [])).toBeUndefined();
    expect(findModel('anthropic/claude-opus-5-5', bundledModels, [])?.upstream).toBe('anthropic');
  });
});

describe('prices', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccp-prices-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (content: unknown): string => {
    const path = join(folder, 'prices.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  it('from the user’s file override the bundled ones, including long-context tiers and cache writes', () => {
    const long = { input: 20, output: 60 };
    const rows = mergedCatalogue(
      bundledModels,
      [],
      readPrices(
        file({
          prices: {
            'codex/gpt-5.5': {
              input: 7,
              cacheRead: 1,
              cacheWrite: 9,
              output: 40,
              longAbove: 1_000,
              long,
              date: '2026-11-20',
            },
            'openrouter/some/model': { input: 1, output: 2 },
          },
        }),
      ),
    );
    const priced = (upstream: string, id: string) =>
      rows.find((row) => row.upstream === upstream && row.id === id)?.price;
    const price = priced('codex', 'gpt-5.5');
    expect(price).toMatchObject({ input: 7, cacheWrite: 9, long: { input: 20, cacheRead: 20, output: 60 } });
    expect(priced('openrouter', 'some/model')).toMatchObject({ input: 1, cacheRead: 1, output: 2 });
    const usage = {
      input_tokens: 100,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 300,
      output_tokens: 10,
    };
    expect(price && costMicroUsd(usage, price)).toBe(100 * 7 + 200 * 1 + 300 * 9 + 10 * 40);
    expect(price && costMicroUsd({ ...usage, input_tokens: 900 }, price)).toBe(
      900 * 20 + 200 * 20 + 300 * 20 + 10 * 60,
    );
  });

  it.each([
    ['{', /must look like/],
    [{ prices: { 'gpt-5.5': { input: 1, output: 2 } } }, /"gpt-5\.5" must be UPSTREAM\/MODEL/],
    [{ prices: { 'codex/gpt-5.5': { input: 1 } } }, /"codex\/gpt-5\.5" must be/],
  ])('in the form %j are rejected with an error that names the file and row', (content, expected) => {
    expect(() => readPrices(file(content))).toThrow(expected);
    expect(() => readPrices(join(folder, 'nowhere'))).toThrow(/cannot be read/);
  });

  it('with an old date are stale, and the bundled ones are current', () => {
    const now = Date.parse('2026-11-22');
    for (const { price } of bundledModels) if (price) expect(isStale(price, now)).toBe(false);
    const old = { input: 1, cacheRead: 1, output: 1, source: 's', date: '2026-01-02' };
    expect(isStale(old, now)).toBe(true);
    expect(isStale({ ...old, date: '' }, now)).toBe(false);
    // 180 days after 2 January.
    const limit = Date.parse('2026-07-01');
    expect(isStale(old, limit)).toBe(false);
    expect(isStale(old, limit + 1)).toBe(true);
  });
});
