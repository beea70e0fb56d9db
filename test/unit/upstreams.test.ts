/** Which upstreams there are, what they list, and what of their lists is believed. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/models/catalogue.ts';
import { costMicroUsd } from '../../src/models/cost.ts';
import { findModel } from '../../src/models/find.ts';
import { listReaders, llamacppWindow } from '../../src/models/lists.ts';
import { listedModel, mergedCatalogue, userModels } from '../../src/models/merge.ts';
import { isStale } from '../../src/models/price-age.ts';
import { sha256 } from '../../src/platform/randomness.ts';
import { readPrices } from '../../src/storage/prices-file.ts';
import { validateRequest } from '../../src/translate/messages/validate.ts';
import { buildUpstream } from '../../src/translate/registry/build.ts';
import { upstreamEntries } from '../../src/translate/registry/entries.ts';
import { presets } from '../../src/translate/registry/presets.ts';

const entries = (custom: object = {}, base: Record<string, string> = {}, dialects: Record<string, string> = {}) =>
  upstreamEntries({
    custom: custom as Record<string, unknown>,
    baseUrlOf: (name) => base[name],
    loginToLoopback: false,
    dialectOf: (name) => dialects[name],
  });
const plainOptions = {
  model: 'm',
  row: undefined,
  effort: undefined,
  account: '',
  sessionId: undefined,
  client: {},
  withoutReasoning: new Set<string>(),
  priority: false,
  without: new Set<string>(),
  hash: sha256,
  warn: () => {},
  clockTime: String,
  now: () => 0,
};
const entry = (name: string, ...more: Parameters<typeof entries>) => entries(...more).find((one) => one.name === name)!;

describe('presets', () => {
  it('need no settings, and each has an address in its dialect', () => {
    expect(presets.map(({ name }) => name)).toEqual([
      'anthropic',
      'kimi',
      'openrouter',
      'deepseek',
      'moonshot',
      'zai',
      'litellm',
      'ollama',
      'lmstudio',
      'llamacpp',
      'vllm',
    ]);
    for (const one of entries()) {
      expect(one.baseUrl).toMatch(/^https?:\/\/[^/]/);
      expect(buildUpstream(one).name).toBe(one.name);
    }
  });

  it.each([
    ['kimi', { kimi: 'https://kimi.example/coding/' }, {}, 'https://kimi.example/coding'],
    ['kimi', { kimi: 'https://kimi.example/coding' }, { kimi: 'chat' }, 'https://kimi.example/coding/v1'],
    ['litellm', { litellm: 'http://127.0.0.1:9/v1' }, { litellm: 'messages' }, 'http://127.0.0.1:9'],
    ['ollama', { ollama: 'http://10.0.0.2:11434/v1' }, {}, 'http://10.0.0.2:11434/v1'],
    ['deepseek', {}, { deepseek: 'chat' }, 'https://api.deepseek.com'],
    ['ollama', { ollama: 'http://gpu:11434' }, {}, 'http://gpu:11434/v1'],
    ['ollama', { ollama: 'http://gpu:11434/v1/' }, { ollama: 'messages' }, 'http://gpu:11434'],
    ['kimi', { kimi: 'https://api.kimi.com/coding/v1' }, {}, 'https://api.kimi.com/coding'],
    ['moonshot', { moonshot: 'https://api.moonshot.cn/anthropic' }, { moonshot: 'chat' }, 'https://api.moonshot.cn/v1'],
  ])('%s is moved by a variable, in either dialect', (name, base, dialects, wanted) => {
    expect(entry(name, {}, base, dialects).baseUrl).toBe(wanted);
  });

  it('take from the settings what differs, and keep the rest', () => {
    const own = entry('vllm', { vllm: { baseUrl: 'http://gpu:8000', auth: { type: 'bearer', env: 'GPU_KEY' } } });
    expect(own).toMatchObject({ dialect: 'chat', baseUrl: 'http://gpu:8000/v1', costKind: 'local', list: 'vllm' });
    expect(own.auth).toEqual({ type: 'bearer', env: ['GPU_KEY'], optional: false });
  });

  it('a name of the user’s own is what the settings say', () => {
    const own = entry('gate', { gate: { dialect: 'messages', baseUrl: 'https://gate.example/', cost: 'metered' } });
    expect(own).toMatchObject({ dialect: 'messages', baseUrl: 'https://gate.example', costKind: 'metered' });
    expect(buildUpstream(own)).toMatchObject({ anonymous: 'always', clientLogin: false });
  });

  it.each([
    ['https://api.anthropic.com', true],
    ['http://127.0.0.1:4010', false],
    ['https://api.anthropic.com.evil.example', false],
    ['https://evil.example/api.anthropic.com', false],
    ['http://127.0.0.1.evil.example', false],
  ])('the client’s own login may go to %s: %s', (baseUrl, wanted) => {
    expect(buildUpstream(entry('anthropic', {}, { anthropic: baseUrl })).clientLogin).toBe(wanted);
  });

  it('nobody else ever gets the client’s own login', () => {
    for (const one of entries()) if (one.name !== 'anthropic') expect(buildUpstream(one).clientLogin).toBe(false);
  });
});

describe('every preset, in every dialect it has', () => {
  const wanted: Record<string, Record<string, [url: string, auth: string]>> = {
    anthropic: { messages: ['https://api.anthropic.com/v1/messages?beta=true', 'x-api-key'] },
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
      Object.entries({ ollama: 11434, lmstudio: 1234, llamacpp: 8080, vllm: 8000 }).map(([name, port]) => [
        name,
        {
          chat: [`http://127.0.0.1:${port}/v1/chat/completions`, 'bearer'],
          messages: [`http://127.0.0.1:${port}/v1/messages`, 'bearer'],
          responses: [`http://127.0.0.1:${port}/v1/responses`, 'bearer'],
        },
      ]),
    ),
  };
  const cases = presets.flatMap(({ name, baseUrls }) =>
    Object.keys(baseUrls).map((dialect) => [name, dialect] as const),
  );

  it.each(cases)('%s as %s', (name, dialect) => {
    const upstream = buildUpstream(entry(name, { [name]: { dialect } }));
    const prepared = upstream.prepare(
      validateRequest({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }),
      plainOptions,
    );
    expect([upstream.baseUrl + prepared.path, upstream.auth]).toEqual(wanted[name]?.[dialect]);
  });
});

describe('cache marks', () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  const body = (model: string) => {
    const upstream = buildUpstream(entry('openrouter'));
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
    return JSON.parse(upstream.prepare(request, { ...plainOptions, model }).body);
  };

  it('reach Anthropic’s models behind a gateway', () => {
    const { messages } = body('anthropic/claude-sonnet-5');
    expect(messages[0].content).toEqual([{ type: 'text', text: 'Be kind.', ...mark }]);
    expect(messages.at(-1).content).toEqual([{ type: 'text', text: 'words', ...mark }]);
  });

  it('reach nobody else', () => {
    expect(JSON.stringify(body('z-ai/glm-5.3'))).not.toContain('cache_control');
    expect(body('z-ai/glm-5.3').messages[0].content).toBe('Be kind.');
  });
});

describe('lists', () => {
  const today = '2026-11-22';
  const read = (kind: string, answer: unknown) => listReaders[kind]?.(answer, today);

  it.each([
    ['vllm', { data: [{ id: 'a', max_model_len: 8192 }] }, [{ id: 'a', contextWindow: 8192 }]],
    [
      'codex',
      {
        models: [
          {
            slug: 'gpt-9',
            visibility: 'list',
            context_window: 5,
            supported_reasoning_levels: [{ effort: 'low' }, { effort: 'odd' }],
          },
          { slug: 'h', visibility: 'hide' },
        ],
      },
      [{ id: 'gpt-9', contextWindow: 5, efforts: ['low'] }],
    ],
    [
      'kimi',
      {
        data: [
          {
            id: 'k3',
            context_length: 9,
            supports_image_in: true,
            think_efforts: { valid_efforts: ['low', 'high', 'max'] },
          },
        ],
      },
      [{ id: 'k3', contextWindow: 9, efforts: ['low', 'high', 'max'], vision: true }],
    ],
    [
      'lmstudio',
      {
        data: [
          { id: 'm', type: 'vlm', max_context_length: 9, loaded_context_length: 4 },
          { id: 'e', type: 'embeddings' },
        ],
      },
      [{ id: 'm', contextWindow: 4, vision: true }],
    ],
    ['openai', { data: [{ id: 'x' }, { nope: 1 }, null] }, [{ id: 'x' }]],
    ['openai', 'garbage', []],
  ])('of %s', (kind, answer, wanted) => {
    expect(read(kind, answer)).toEqual(wanted);
  });

  it('of OpenRouter bring prices per million', () => {
    const pricing = { prompt: '0.000003', completion: '0.000015', input_cache_read: '0.0000003' };
    const [model] = read('openrouter', { data: [{ id: 'v/m', context_length: 7, pricing }] }) ?? [];
    expect(model?.price).toMatchObject({ input: 3, output: 15, cacheRead: 0.3, date: today });
    expect(read('openrouter', { data: [{ id: 'v/n', pricing: { prompt: '-1', completion: '-1' } }] })).toEqual([
      { id: 'v/n' },
    ]);
  });

  it('llama.cpp tells the window of one slot', () => {
    expect(llamacppWindow({ default_generation_settings: { n_ctx: 4096 }, n_ctx: 1 })).toEqual({ contextWindow: 4096 });
  });
});

describe('the catalogue', () => {
  it('has bundled rows, what was listed above them, and the user’s rows on top', () => {
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
    expect(findModel('m', rows, ['gate'])).toBeUndefined();
    expect(findModel('gate/m', rows, ['gate'])?.row?.contextWindow).toBe(5_000);
  });

  it('a row without a window says that it is assumed', () => {
    expect(mergedCatalogue([], [{ upstream: 'u', id: 'x' }], [])[0]).toMatchObject({
      contextWindow: 200_000,
      windowAssumed: true,
    });
  });

  it('broken rows of a file are left out', () => {
    expect(listedModel({ upstream: 'u' })).toBeUndefined();
    expect(listedModel({ upstream: 'u', id: 'x', contextWindow: 'many', price: { input: 'free' } })).toEqual({
      upstream: 'u',
      id: 'x',
    });
  });

  it('-fast is a tier only where there is one; elsewhere it is a name', () => {
    const rows = mergedCatalogue(bundledModels, [{ upstream: 'openrouter', id: 'x-ai/grok-4' }], []);
    expect(findModel('openrouter/x-ai/grok-4-fast', rows, ['openrouter'])).toEqual({
      upstream: 'openrouter',
      model: 'x-ai/grok-4-fast',
      row: undefined,
    });
    expect(findModel('gpt-5.5-fast', rows, [])?.priority).toBe(true);
  });

  it('k2.6 is sent as kimi-k2.6, claude ids are never looked up bare', () => {
    expect(findModel('k2.6', bundledModels, [])?.row?.sendAs).toBe('kimi-k2.6');
    expect(findModel('claude-opus-5-5', bundledModels, [])).toBeUndefined();
    expect(findModel('anthropic/claude-opus-5-5', bundledModels, [])?.upstream).toBe('anthropic');
  });
});

describe('prices', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccp-prices-'));
  const file = (content: unknown): string => {
    const path = join(folder, 'prices.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  it('of the user’s own file stand above the bundled ones, tiers and cache writes included', () => {
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
  ])('%j are an error that names file and row', (content, expected) => {
    expect(() => readPrices(file(content))).toThrow(expected);
    expect(() => readPrices(join(folder, 'nowhere'))).toThrow(/cannot be read/);
  });

  it('that were read long ago are stale; the bundled ones are not yet', () => {
    const now = Date.parse('2026-11-22');
    for (const { price } of bundledModels) if (price) expect(isStale(price, now)).toBe(false);
    const old = { input: 1, cacheRead: 1, output: 1, source: 's', date: '2026-01-02' };
    expect(isStale(old, now)).toBe(true);
    expect(isStale({ ...old, date: '' }, now)).toBe(false);
  });
});
