/** What stands around a request and its answer: headers, counts, limits, failures, and answers in one piece. */
import { describe, expect, it } from 'vitest';
import { native, prepared, translator } from '../../../support/messages.ts';
import { row } from '../../../support/routing.ts';

describe('where and how a request goes', () => {
  const client = { 'anthropic-beta': 'b', 'x-app': 'cli', 'anthropic-version': 'theirs', cookie: 'c', host: 'h' };

  it('is the path of Messages, with the client’s headers and a version', () => {
    const found = prepared({}, {}, { client });
    expect(found.path).toBe('/v1/messages');
    expect(found.headers).toEqual({ 'anthropic-version': 'theirs', 'anthropic-beta': 'b', 'x-app': 'cli' });
    expect(prepared({}).headers).toEqual({ 'anthropic-version': '2023-06-01' });
    expect(prepared({}, native).path).toBe('/v1/messages?beta=true');
  });
});

describe('what a host can', () => {
  it('is what its profile and the model say', () => {
    expect(translator().abilities(undefined)).toEqual({
      images: 'yes',
      imagesInResults: 'yes',
      pdf: 'noted',
      parallelTools: 'yes',
      stopSequences: 'yes',
      structuredOutput: 'yes',
      webSearch: 'noted',
      thinking: 'yes',
      countTokens: 'emulated',
    });
    expect(translator(native).abilities(undefined)).toMatchObject({ pdf: 'yes', webSearch: 'yes', countTokens: 'yes' });
    expect(translator().abilities(row('m', 1, { vision: false }))).toMatchObject({
      images: 'noted',
      imagesInResults: 'noted',
    });
    expect(translator().abilities(row('m', 1, { vision: true })).images).toBe('yes');
    expect(translator({ images: false }).abilities(row('m', 1, { vision: true })).images).toBe('noted');
    expect([translator().countsTokens, translator(native).countsTokens]).toEqual([false, true]);
  });
});

describe('a count of tokens', () => {
  const body = {
    system: 'Be brief.',
    tools: [{ name: 'Read', input_schema: {} }],
    tool_choice: { type: 'any' },
    thinking: { type: 'adaptive' },
    temperature: 1,
    metadata: { user_id: 'u' },
  };

  it('is asked of a host that counts, with the members that it takes', () => {
    const { count } = prepared(body, native);
    expect(count?.path).toBe('/v1/messages/count_tokens?beta=true');
    expect(JSON.parse(count?.body.text ?? '')).toEqual({
      model: 'heron-1',
      messages: [{ role: 'user', content: 'x' }],
      system: 'Be brief.',
      tools: body.tools,
      tool_choice: body.tool_choice,
      thinking: body.thinking,
    });
    expect(prepared(body, { counts: true }).count?.path).toBe('/v1/messages/count_tokens');
    expect(prepared(body).count).toBeUndefined();
  });

  it('is read from the answer', () => {
    const { count } = prepared({}, native);
    expect(
      [{ input_tokens: 5 }, { input_tokens: '5' }, {}, 'x', undefined].map((answer) => count?.read(answer)),
    ).toEqual([5, ...Array(4).fill(undefined)]);
  });
});

describe('the headers of an answer', () => {
  const limit = (window: string, used: string, reset?: string) => ({
    [`anthropic-ratelimit-unified-${window}-utilization`]: used,
    ...(reset === undefined ? {} : { [`anthropic-ratelimit-unified-${window}-reset`]: reset }),
  });
  const quota = (headers: Record<string, string>) => prepared({}, native).readHeaders(headers).quota;

  it('tell the limits of a plan', () => {
    expect(quota({ ...limit('5h', '0.25', '1790000000'), ...limit('7d', '0.5') })).toEqual({
      windows: [
        { name: '5h', usedPercent: 25, resetsAt: 1_790_000_000_000 },
        { name: 'week', usedPercent: 50, resetsAt: undefined },
      ],
      plan: undefined,
      credits: undefined,
    });
    expect(quota(limit('5h', '1.7', 'soon'))?.windows).toEqual([{ name: '5h', usedPercent: 100, resetsAt: undefined }]);
    expect(quota(limit('5h', '-1', '0'))?.windows).toEqual([{ name: '5h', usedPercent: 0, resetsAt: undefined }]);
    expect(quota(limit('5h', 'much'))).toBeUndefined();
    expect(quota({})).toBeUndefined();
  });

  it('go on to Claude Code from Anthropic, as far as it reads them', () => {
    const headers = {
      'anthropic-ratelimit-x': '1',
      'cf-ray': 'r',
      'x-should-retry': 'true',
      'set-cookie': 'c',
      'x-anthropic-x': 'no',
      'cf-ray-id': 'no',
      'x-should-retry-x': 'no',
    };
    const own = prepared({}, native).readHeaders(headers);
    expect(own.forClient).toEqual({ 'anthropic-ratelimit-x': '1', 'cf-ray': 'r', 'x-should-retry': 'true' });
    expect(own).toMatchObject({ requestedModel: 'heron-1', servedModel: undefined });
    expect(prepared({}).readHeaders(headers)).not.toHaveProperty('forClient');
  });
});

describe('a refusal', () => {
  const refused = (message: string, body: Record<string, unknown> = {}, type = 'invalid_request_error') =>
    prepared(body).failure(400, {}, JSON.stringify({ type: 'error', error: { type, message } }));

  it.each([
    'temperature',
    'top_p',
    'top_k',
    'service_tier',
    'stop_sequences',
    'metadata',
    'context_management',
    'container',
    'diagnostics',
    'speed',
    'inference_geo',
    'thinking',
  ])('of %s is one of a field that an answer can do without', (field) => {
    const body = { [field]: 'x' };
    const error = prepared(body, native).failure(
      400,
      {},
      JSON.stringify({ error: { message: `${field}: Extra inputs are not permitted` } }),
    );
    expect(error).toMatchObject({ code: 'field_refused', field });
  });

  it('of a member of the output’s settings is of that member', () => {
    const thinking = { type: 'adaptive' };
    expect(
      refused('output_config.effort: Extra inputs are not permitted', { output_config: { effort: 'low' }, thinking })
        .field,
    ).toBe('output_config.effort');
    expect(
      refused('output_config.format: Extra inputs are not permitted', { output_config: { format: {} } }).field,
    ).toBe('output_config.format');
    expect(
      refused('This model does not support the effort parameter.', { output_config: { effort: 'low' }, thinking })
        .field,
    ).toBe('output_config.effort');
  });

  it.each([
    'messages.0.content.0.text.cache_control: Extra inputs are not permitted',
    'tools.0.cache_control.ttl: unexpected',
    '"cache_control": unknown member',
  ])('of a mark of a cache is of all marks: %s', (message) => {
    expect(refused(message)).toMatchObject({ code: 'field_refused', field: 'cache_control marks' });
  });

  it('of something else says nothing of marks', () => {
    expect(refused('cache_control is fine; messages: unknown').code).toBe('upstream_invalid');
    expect(refused('cache_control: unexpected', {}, 'overloaded_error').field).not.toBe('cache_control marks');
    expect(prepared({}).failure(401, {}, '{"error":{"message":"cache_control: unexpected"}}').code).toBe(
      'credential_rejected',
    );
  });

  it('at a full limit says when it ends', () => {
    const headers = {
      'anthropic-ratelimit-unified-5h-utilization': '1',
      'anthropic-ratelimit-unified-5h-reset': String(2_000),
    };
    const error = prepared({}, native, {}).failure(
      429,
      headers,
      '{"error":{"type":"rate_limit_error","message":"No."}}',
    );
    expect(error).toMatchObject({ code: 'plan_limit', retryAfterSec: 2_000 });
  });
});

describe('an answer in one piece', () => {
  const events = (message: object) => prepared({}).fromJson?.({ ...message });
  const message = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    model: 'heron-1',
    content: [
      { type: 'text', text: 'a' },
      { type: 'tool_use', id: 't', name: 'Read', input: { path: 'a' } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 2 },
  };

  it('is the events of one that streams', () => {
    expect(events(message)).toEqual([
      {
        type: 'message_start',
        message: { type: 'message', id: 'msg_1', role: 'assistant', model: 'heron-1', usage: message.usage },
      },
      { type: 'content_block_start', index: 0, content_block: message.content[0] },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: message.content[1] },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"path":"a"}' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: message.usage },
      { type: 'message_stop' },
    ]);
  });

  it('keeps details of its end, and arguments that are text or missing', () => {
    const parts = (extra: object) => events({ ...message, ...extra }) ?? [];
    expect(parts({ stop_details: { a: 1 } }).at(-2)).toMatchObject({ delta: { stop_details: { a: 1 } } });
    const json = (input: unknown) =>
      parts({ content: [{ type: 'tool_use', input }] }).find(({ type }) => type === 'content_block_delta')?.delta;
    expect(json('{"a":1}')).toMatchObject({ partial_json: '{"a":1}' });
    expect(json(undefined)).toMatchObject({ partial_json: '{}' });
    expect(json(null)).toMatchObject({ partial_json: '{}' });
  });

  it('is known by its type or its role, and nothing otherwise', () => {
    expect(events({ ...message, type: undefined })).toHaveLength(8);
    expect(events({ ...message, role: undefined })).toHaveLength(8);
    expect(events({ ...message, type: 'odd', role: 'user' })).toEqual([]);
    expect(events({})).toEqual([]);
  });

  it('may be an error', () => {
    const error = { type: 'api_error', message: 'No.' };
    expect(events({ type: 'error', error })).toEqual([{ type: 'error', error }]);
    expect(events({ error })).toEqual([{ type: 'error', error }]);
    expect(events({ ...message, error: null })).toHaveLength(8);
  });
});
