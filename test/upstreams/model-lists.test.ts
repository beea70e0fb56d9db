/** The model lists of the registered upstreams: where each is, and what is read from it. */
import { describe, expect, it } from 'vitest';
import type { ListDetails, ModelList } from '../../src/upstreams/model-lists.ts';
import { upstreamNamed } from '../support/upstreams.ts';

const today = '2026-11-22';

function listOf(name: string): ModelList {
  const { modelList } = upstreamNamed(name);
  if (!modelList) throw new Error(`${name} has no model list`);
  return modelList;
}

function detailsOf(name: string): ListDetails {
  const { details } = listOf(name);
  if (!details) throw new Error(`the list of ${name} has no details`);
  return details;
}

describe('the address of a model list', () => {
  it.each([
    ['codex', 'https://host.example/backend-api/codex', '/backend-api/codex/models?client_version=0.169.0'],
    ['gemini', 'https://host.example', '/v1beta/models?pageSize=1000'],
    ['openai', 'https://host.example/v1', '/v1/models'],
    ['deepseek', 'https://host.example', '/models'],
    ['moonshot', 'https://host.example/anthropic', '/v1/models'],
    ['moonshot', 'https://host.example/anthropic/team', '/anthropic/team/models'],
    ['kimi', 'https://host.example/coding', '/coding/v1/models'],
    ['kimi', 'https://host.example/coding/v1', '/coding/v1/models'],
    ['openrouter', 'https://host.example/api/v1', '/api/v1/models'],
    ['vllm', 'https://host.example/v1', '/v1/models'],
    ['vllm', 'https://host.example', '/v1/models'],
    ['vllm', 'https://host.example/v1/team', '/v1/team/v1/models'],
    ['llamacpp', 'https://host.example/v1', '/v1/models'],
    ['litellm', 'https://host.example/v1', '/model/info'],
    ['lmstudio', 'https://host.example/v1', '/api/v0/models'],
    ['ollama', 'https://host.example/v1', '/api/tags'],
  ])('of %s at %s is %s', (name, baseUrl, path) => {
    expect(listOf(name).url(baseUrl)).toBe(`https://host.example${path}`);
  });

  it('needs a credential on every host except OpenRouter', () => {
    expect(listOf('openrouter').isPublic).toBe(true);
    for (const name of ['codex', 'openai', 'kimi', 'gemini']) expect(listOf(name).isPublic).toBeUndefined();
  });

  it('is followed by requests for details to Ollama and llama.cpp', () => {
    const ollama = detailsOf('ollama');
    expect(ollama.sharedUrl('http://host.example/v1')).toBe('http://host.example/api/ps');
    expect(ollama.perModel?.url('http://host.example/v1')).toBe('http://host.example/api/show');
    expect(JSON.parse(ollama.perModel?.body('qwen3:8b') ?? '')).toEqual({ model: 'qwen3:8b' });
    expect(detailsOf('llamacpp').sharedUrl('http://host.example/v1')).toBe('http://host.example/props');
  });
});

describe('the model list', () => {
  const read = (name: string, answer: unknown) => listOf(name).read(answer, today);

  it.each([
    ['openai', 'the rows with an id', { data: [{ id: 'x' }, { nope: 1 }, null] }, [{ id: 'x' }]],
    [
      'openai',
      'names that are called slug or model_name',
      { data: [{ slug: 's' }, { model_name: 'n' }, { id: '' }] },
      [{ id: 's' }, { id: 'n' }],
    ],
    ['openai', 'the id rather than another name', { data: [{ id: 'x', slug: 'y', model_name: 'z' }] }, [{ id: 'x' }]],
    [
      'vllm',
      'the first of several windows',
      { data: [{ id: 'a', context_length: 1, max_model_len: 2 }] },
      [{ id: 'a', contextWindow: 1 }],
    ],
    ['vllm', 'the window of vLLM', { data: [{ id: 'a', max_model_len: 8192 }] }, [{ id: 'a', contextWindow: 8192 }]],
    [
      'vllm',
      'no window of zero',
      { data: [{ id: 'a', context_length: 0, context_window: 4 }] },
      [{ id: 'a', contextWindow: 4 }],
    ],
    [
      'vllm',
      'no window that is text',
      { data: [{ id: 'a', context_length: '9', meta: { n_ctx: 5 } }] },
      [{ id: 'a', contextWindow: 5 }],
    ],
    ['vllm', 'no negative window', { data: [{ id: 'a', context_length: -1 }] }, [{ id: 'a' }]],
    [
      'codex',
      'the visible models with their efforts',
      {
        models: [
          {
            slug: 'gpt-9',
            visibility: 'list',
            context_window: 5,
            supported_reasoning_levels: [{ effort: 'low' }, { effort: 'odd' }],
          },
          { slug: 'gpt-8', supported_reasoning_levels: [] },
          { slug: 'h', visibility: 'hide' },
        ],
      },
      [{ id: 'gpt-9', contextWindow: 5, efforts: ['low'] }, { id: 'gpt-8' }],
    ],
    [
      'kimi',
      'what each model accepts',
      {
        data: [
          {
            id: 'k3',
            context_length: 9,
            supports_image_in: true,
            think_efforts: { valid_efforts: ['low', 'high', 'max'] },
          },
          { id: 'k2', supports_image_in: false, think_efforts: { valid_efforts: ['odd'] } },
          { id: 'k1', supports_image_in: 'yes' },
        ],
      },
      [
        { id: 'k3', contextWindow: 9, efforts: ['low', 'high', 'max'], vision: true },
        { id: 'k2', vision: false },
        { id: 'k1' },
      ],
    ],
    [
      'lmstudio',
      'the window of a loaded model',
      {
        data: [
          { id: 'm', type: 'vlm', max_context_length: 9, loaded_context_length: 4 },
          { id: 'l', type: 'llm', max_context_length: 9 },
          { id: 'e', type: 'embeddings' },
        ],
      },
      [
        { id: 'm', contextWindow: 4, vision: true },
        { id: 'l', contextWindow: 9 },
      ],
    ],
    [
      'gemini',
      'the chat models with their limits',
      {
        models: [
          {
            name: 'models/gemini-9',
            supportedGenerationMethods: ['countTokens', 'generateContent'],
            inputTokenLimit: 9,
            outputTokenLimit: 3,
          },
          { name: 'tuned/models/x', supportedGenerationMethods: ['generateContent'] },
          { name: 'models/', supportedGenerationMethods: ['generateContent'] },
          { supportedGenerationMethods: ['generateContent'] },
          { name: 'models/counter', supportedGenerationMethods: ['countTokens'] },
          { name: 'models/gemini-9-tts', supportedGenerationMethods: ['generateContent'] },
          { name: 'models/unknown' },
        ],
      },
      [{ id: 'gemini-9', contextWindow: 9, maxOutputTokens: 3 }, { id: 'tuned/models/x' }],
    ],
    [
      'ollama',
      'the names of the models',
      { models: [{ name: 'a:1', model: 'b:1' }, { model: 'c:1' }, {}] },
      [{ id: 'a:1' }, { id: 'c:1' }],
    ],
  ])('of %s contains %s', (name, _what, answer, wanted) => {
    expect(read(name, answer)).toStrictEqual(wanted);
  });

  it.each(['codex', 'openai', 'kimi', 'openrouter', 'gemini', 'litellm', 'lmstudio', 'ollama'])(
    'of %s is empty in a response of another form',
    (name) => {
      for (const answer of [undefined, null, 'text', [], {}, { data: 1, models: 1 }, { data: [1], models: [[]] }])
        expect(read(name, answer)).toStrictEqual([]);
    },
  );

  it.each([
    'text-embedding-3',
    'whisper-1',
    'gpt-9-TTS',
    'gpt-9-transcribe',
    'omni-moderation',
    'dall-e-3',
    'gpt-image-1',
    'rerank-2',
    'gpt-realtime',
    'gpt-audio',
    'sora-2',
  ])('omits %s, which does not support chat', (id) => {
    expect(read('openai', { data: [{ id }, { id: 'chat-1' }] })).toStrictEqual([{ id: 'chat-1' }]);
  });
});

describe('the prices in a model list', () => {
  const openrouter = (model: object) => listOf('openrouter').read({ data: [{ id: 'v/m', ...model }] }, today)[0];
  const litellm = (model_info: unknown) =>
    listOf('litellm').read({ data: [{ model_name: 'm', model_info }] }, today)[0];

  it('of OpenRouter are dollars per token as text', () => {
    const pricing = {
      prompt: '0.000003',
      completion: '0.000015',
      input_cache_read: '0.0000003',
      input_cache_write: '0.00000375',
    };
    const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
    expect(openrouter({ pricing })?.price).toStrictEqual({ ...price, source: 'OpenRouter’s own list', date: today });
  });

  it('of OpenRouter include free models, and charge cached input as input when it has no price', () => {
    const rates = (pricing: object) => openrouter({ pricing })?.price;
    expect(rates({ prompt: '0', completion: '0' })).toMatchObject({ input: 0, output: 0, cacheRead: 0 });
    const price = rates({ prompt: '0.000002', completion: '0.000004' });
    expect(price).toMatchObject({ input: 2, cacheRead: 2, output: 4 });
    expect(price).not.toHaveProperty('cacheWrite');
    expect(rates({ prompt: '0.00000012345', completion: '1' })?.input).toBe(0.1235);
  });

  it.each([
    { prompt: '-1', completion: '-1' },
    { prompt: '0.000002' },
    { completion: '0.000002' },
    { prompt: 'free', completion: '0' },
    { prompt: 0.000002, completion: 0.000004 },
    undefined,
  ])('of OpenRouter are omitted for %j', (pricing) => {
    expect(openrouter({ pricing })).toStrictEqual({ id: 'v/m' });
  });

  it('of OpenRouter come with the limits of the first provider and with what the model accepts', () => {
    const top_provider = { context_length: 5, max_completion_tokens: 3 };
    const limits = openrouter({
      context_length: 7,
      top_provider,
      architecture: { input_modalities: ['text', 'image'] },
    });
    expect(limits).toStrictEqual({ id: 'v/m', contextWindow: 5, maxOutputTokens: 3, vision: true });
    const text = openrouter({ context_length: 7, top_provider: {}, architecture: { input_modalities: ['text'] } });
    expect(text).toStrictEqual({ id: 'v/m', contextWindow: 7, vision: false });
  });

  it('of LiteLLM are dollars per token as numbers', () => {
    const costs = { input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 };
    const cache = { cache_read_input_token_cost: 0.0000003, cache_creation_input_token_cost: 0.00000375 };
    const origin = { source: 'LiteLLM’s own table', date: today };
    expect(litellm({ ...costs, ...cache })?.price).toStrictEqual({
      input: 3,
      output: 15,
      cacheRead: 0.3,
      cacheWrite: 3.75,
      ...origin,
    });
    expect(litellm(costs)?.price).toStrictEqual({ input: 3, output: 15, cacheRead: 3, ...origin });
    expect(litellm({ ...costs, input_cost_per_token: 0 })?.price).toMatchObject({ input: 0, output: 15, cacheRead: 0 });
    expect(litellm({ ...costs, output_cost_per_token: 0.000003 })?.price).toMatchObject({ input: 3, output: 3 });
  });

  it.each([
    { input_cost_per_token: 0.000003 },
    { output_cost_per_token: 0.000003 },
    { input_cost_per_token: 0, output_cost_per_token: 0 },
    { input_cost_per_token: '0.000003', output_cost_per_token: '0.000003' },
    undefined,
  ])('of LiteLLM are unknown for %j', (info) => {
    expect(litellm(info)).toStrictEqual({ id: 'm' });
  });

  it('of LiteLLM come with the limits of the model and with what it accepts', () => {
    const limits = { max_input_tokens: 7, max_tokens: 5, max_output_tokens: 3, supports_vision: true };
    expect(litellm(limits)).toStrictEqual({ id: 'm', contextWindow: 7, maxOutputTokens: 3, vision: true });
    expect(litellm({ max_tokens: 5, supports_vision: false })).toStrictEqual({
      id: 'm',
      contextWindow: 5,
      vision: false,
    });
    expect(litellm({ supports_vision: null })).toStrictEqual({ id: 'm' });
  });

  it.each([
    ['chat', true],
    ['responses', true],
    [null, true],
    ['embedding', false],
    ['image_generation', false],
  ])('of LiteLLM are for models of mode %j: %s', (mode, isListed) => {
    expect(litellm({ mode })).toStrictEqual(isListed ? { id: 'm' } : undefined);
  });
});

describe('the details of a local model', () => {
  const llamacpp = (props: unknown) => detailsOf('llamacpp').merge({ id: 'm', vision: true }, props, undefined);
  const ollama = (show: unknown, loaded?: unknown) => detailsOf('ollama').merge({ id: 'm' }, loaded, show);

  it('of llama.cpp are the window of one slot, else that of the server', () => {
    const props = { default_generation_settings: { n_ctx: 4096 }, n_ctx: 8192 };
    expect(llamacpp(props)).toStrictEqual({ id: 'm', vision: true, contextWindow: 4096 });
    expect(llamacpp({ n_ctx: 8192 })).toStrictEqual({ id: 'm', vision: true, contextWindow: 8192 });
    expect(llamacpp(undefined)).toStrictEqual({ id: 'm', vision: true });
  });

  const trained = (window: unknown) => ({ model_info: { 'general.size': 9, 'qwen3.context_length': window } });
  const assumed = (contextWindow: number) => ({ id: 'm', contextWindow, windowAssumed: true });

  it.each([
    ['that the model was trained for', trained(8_192), assumed(8_192)],
    ['of Ollama’s default for a larger model', trained(262_144), assumed(32_768)],
    ['of Ollama’s default for an unknown model', trained('many'), assumed(32_768)],
    ['of Ollama’s default without a response', undefined, assumed(32_768)],
    ['of the model’s parameters', { parameters: 'num_ctx 16384', ...trained(9) }, { id: 'm', contextWindow: 16_384 }],
    [
      'of parameters on several lines',
      { parameters: 'stop "<end>"\nnum_ctx        65536\ntop_k 3' },
      { id: 'm', contextWindow: 65_536 },
    ],
    ['of no other parameter', { parameters: 'old_num_ctx 5' }, assumed(32_768)],
  ])('of Ollama are the window %s', (_name, show, wanted) => {
    expect(ollama(show)).toStrictEqual(wanted);
  });

  it('of a running Ollama model are the window with which it was started', () => {
    const show = { parameters: 'num_ctx 16384' };
    const running = (model: object) => ({ models: [{ name: 'other', context_length: 1 }, model] });
    const started = { id: 'm', contextWindow: 4_096 };
    expect(ollama(show, running({ name: 'm', context_length: 4_096 }))).toStrictEqual(started);
    expect(ollama(show, running({ name: 'alias', model: 'm', context_length: 4_096 }))).toStrictEqual(started);
    expect(ollama(trained(9), running({ name: 'm', context_length: 4_096 }))).toStrictEqual(started);
    expect(ollama(show, running({ name: 'm' }))).toStrictEqual({ id: 'm', contextWindow: 16_384 });
    expect(ollama(show, running({}))).toStrictEqual({ id: 'm', contextWindow: 16_384 });
  });

  it('of Ollama are its capabilities', () => {
    const capable = (...capabilities: string[]) => ollama({ capabilities });
    expect(capable('completion', 'vision')).toStrictEqual({ ...assumed(32_768), vision: true });
    expect(capable('tools', 'thinking')).toStrictEqual({
      ...assumed(32_768),
      vision: false,
      efforts: ['none', 'low', 'medium', 'high'],
    });
    expect(ollama({ capabilities: 'vision' })).toStrictEqual(assumed(32_768));
  });
});
