/** One chat request: its messages, tools, limits and thinking fields, for hosts of every kind. */
import { describe, expect, it } from 'vitest';
import type { Effort, ModelRow } from '../../../../src/models/types.ts';
import { toolUseId } from '../../../../src/translate/anthropic/call-id.ts';
import { sealReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import type { PrepareOptions } from '../../../../src/translate/dialect.ts';
import { type ChatProfile, plainChat } from '../../../../src/translate/dialects/chat/profile.ts';
import { translateRequest } from '../../../../src/translate/dialects/chat/request.ts';
import { prepareOptions } from '../../../support/upstreams.ts';

type Profile = Partial<Omit<ChatProfile, 'capabilities'>> & { capabilities?: Partial<ChatProfile['capabilities']> };
const rowWith = (more: Partial<ModelRow>) =>
  ({ efforts: ['low', 'medium', 'high'], contextWindow: 100_000, ...more }) as unknown as ModelRow;
const rejecting = (...fields: string[]) => ({ fields: new Set(fields), reasoning: new Set<string>() });

function translated(more: Record<string, unknown> = {}, profile: Profile = {}, options: Partial<PrepareOptions> = {}) {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });
  const capabilities = { ...plainChat.capabilities, ...profile.capabilities };
  const result = translateRequest(
    request,
    'nest',
    { ...plainChat, ...profile, capabilities },
    prepareOptions({ model: 'heron', ...options }),
  );
  return { ...result, body: JSON.parse(JSON.stringify(result.body)) };
}
const messagesOf = (messages: unknown[], profile: Profile = {}, options: Partial<PrepareOptions> = {}) =>
  translated({ messages }, profile, options).body.messages;
const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });
const text = (value: string, more = {}) => ({ type: 'text', text: value, ...more });
const use = (id: string, name = 'Bash', input: unknown = { a: 1 }) => ({ type: 'tool_use', id, name, input });
const result = (id: string, content: unknown = 'ok', more = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const imagePart = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const call = (id: string, name = 'Bash', args = '{"a":1}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

describe('a chat request', () => {
  it('has nothing that is not needed', () => {
    const { body, warnings, stopSequences } = translated();
    expect(body).toEqual({
      model: 'heron',
      messages: [{ role: 'user', content: 'x' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect([warnings, stopSequences]).toEqual([[], []]);
  });

  it('keeps the stop sequences for ccp', () => {
    const { body, stopSequences } = translated({ stop_sequences: ['END', 5] });
    expect(stopSequences).toEqual(['END']);
    expect(body).not.toHaveProperty('stop');
  });

  it('has the system prompt as one text, or as parts with cache marks', () => {
    const system = [text('One.', { cache_control: { type: 'ephemeral' } }), text('Two.')];
    const first = (profile: Profile, model: string) => translated({ system }, profile, { model }).body.messages[0];
    expect(first({}, 'claude-x')).toEqual({ role: 'system', content: 'One.\n\nTwo.' });
    const marked = { role: 'system', content: [system[0], text('Two.')] };
    expect(first({ cacheMarks: true }, 'claude-x')).toEqual(marked);
    expect(first({ cacheMarks: true }, 'anthropic/x')).toEqual(marked);
    expect(first({ cacheMarks: true }, 'my-anthropic/x')).toEqual({ role: 'system', content: 'One.\n\nTwo.' });
  });

  it('has the session, extra fields and sampling where the host takes them', () => {
    const more = { temperature: 0.5, top_p: 0.9 };
    expect(translated(more, {}, { sessionId: 's.1' }).body).toMatchObject({ temperature: 0.5, top_p: 0.9 });
    const { body } = translated(
      more,
      { sampling: false, sessionField: 'prompt_cache_key', extra: { odd: 1 } },
      { sessionId: 's.1' },
    );
    expect(body).toMatchObject({ prompt_cache_key: expect.stringMatching(/^s_1_\w+$/), odd: 1 });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('top_p');
    expect(Object.keys(translated({}, { sessionField: 'user' }).body)).not.toContain('user');
    expect(Object.keys(translated({}, {}, { sessionId: 's' }).body)).not.toContain('none');
  });

  it('omits the fields that the host has rejected', () => {
    expect(translated({ temperature: 1 }, {}, { rejected: rejecting('temperature') }).body).not.toHaveProperty(
      'temperature',
    );
  });

  it('omits a web search with a note', () => {
    const { body, warnings } = translated({ tools: [{ type: 'web_search_20250305', name: 'search' }], system: 's' });
    const note = '[search omitted: nest cannot search the web]';
    expect(warnings).toEqual([note]);
    expect(body.messages[0]).toEqual({ role: 'system', content: `s\n\n${note}` });
    expect(body).not.toHaveProperty('tools');
  });

  it('with MCP servers is an error', () => {
    expect(() => translated({ mcp_servers: [{}] })).toThrow(expect.objectContaining({ code: 'cannot_carry' }));
  });

  describe('with limits', () => {
    const limit = (max_tokens: number | undefined, row?: Partial<ModelRow>, prompt = 'x') =>
      translated(
        { max_tokens, messages: [{ role: 'user', content: prompt }] },
        { tokenField: 'max_completion_tokens' },
        { row: row && rowWith(row) },
      ).body.max_completion_tokens;

    it('has that of the client, the model and the context window', () => {
      expect(limit(500)).toBe(500);
      expect(limit(undefined)).toBeUndefined();
      expect(limit(undefined, { maxOutputTokens: 5 })).toBeUndefined();
      expect(limit(5_000, { maxOutputTokens: 4_000 })).toBe(4_000);
      expect(limit(5_000, { maxOutputTokens: 8_000 })).toBe(5_000);
      // A prompt of 1 + 4 tokens, with a margin of 15 %.
      expect(limit(5_000, { contextWindow: 3_000 })).toBe(2_994);
      expect(limit(5_000, { contextWindow: 3_000, maxOutputTokens: 2_000 })).toBe(2_000);
    });

    it('reserves 1,024 tokens for the answer', () => {
      expect(limit(5_000, { contextWindow: 2_000 }, 'x'.repeat(36_000))).toBe(1_024);
    });
  });

  describe('for structured output', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    const format = (more: object = {}) => ({
      output_config: { format: { type: 'json_schema', schema: { $schema: 's', ...schema }, ...more } },
    });
    const instruction = `Answer with one JSON object that follows this schema, and nothing else: ${JSON.stringify(schema)}`;

    it('has the schema, strict where possible', () => {
      expect(translated(format()).body.response_format).toEqual({
        type: 'json_schema',
        json_schema: { name: 'output', schema, strict: true },
      });
      expect(translated(format({ name: 'my name', schema: { type: 'object' } })).body.response_format).toEqual({
        type: 'json_schema',
        json_schema: { name: expect.stringMatching(/^my_name_\w+$/), schema: { type: 'object' }, strict: false },
      });
      expect(translated({ output_config: { format: { type: 'text', schema } } }).body).not.toHaveProperty(
        'response_format',
      );
    });

    it('has the schema in words for a host without schemas', () => {
      const { body } = translated(format(), { structured: 'json_object' });
      expect(body.response_format).toEqual({ type: 'json_object' });
      expect(body.messages[0]).toEqual({ role: 'system', content: instruction });
    });

    it('has the schema in words after the host has rejected it', () => {
      const { body } = translated(format(), {}, { rejected: rejecting('user', 'response_format=json_schema') });
      expect(body.messages[0]).toEqual({ role: 'system', content: instruction });
      expect(translated(format()).body.messages[0].role).toBe('user');
    });
  });
});

describe('the tools of a chat request', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const tools = [{ name: 'Bash', description: 'Runs.', input_schema: schema, strict: true }, { name: 'Read' }];
  const fields = (tool_choice: unknown, profile: Profile = {}, options: Partial<PrepareOptions> = {}) => {
    const { body } = translated({ tools, tool_choice }, profile, options);
    return body;
  };

  it('are functions', () => {
    expect(fields(undefined).tools).toEqual([
      { type: 'function', function: { name: 'Bash', description: 'Runs.', parameters: schema, strict: true } },
      { type: 'function', function: { name: 'Read', description: '', parameters: { type: 'object', properties: {} } } },
    ]);
    expect(fields(undefined)).not.toHaveProperty('parallel_tool_calls');
  });

  it.each([
    [{ type: 'auto' }, true, undefined],
    [{ type: 'none' }, true, 'none'],
    [{ type: 'none' }, false, 'none'],
    [{ type: 'any' }, true, 'required'],
    [{ type: 'any' }, false, undefined],
    [{ type: 'tool', name: 'Bash' }, true, { type: 'function', function: { name: 'Bash' } }],
    [{ type: 'tool', name: 'Bash' }, false, undefined],
  ])('are chosen by %j for a host that can be forced, %s: %j', (choice, forcedTools, expected) => {
    expect(fields(choice, { forcedTools }).tool_choice).toEqual(expected);
  });

  it('are called one at a time on request', () => {
    expect(fields({ type: 'auto', disable_parallel_tool_use: true }).parallel_tool_calls).toBe(false);
  });

  it('are omitted when none may be called and the host rejects the choice', () => {
    const rejected = rejecting('user', 'tool_choice=none');
    expect(fields({ type: 'none' }, {}, { rejected })).not.toHaveProperty('tools');
    expect(fields({ type: 'any' }, {}, { rejected })).toHaveProperty('tools');
  });
});

describe('the thinking fields of a chat request', () => {
  const fields = (
    thinking: ChatProfile['thinking'],
    more: Record<string, unknown>,
    {
      efforts = ['low', 'medium', 'high', 'xhigh', 'max'],
      effort,
    }: { efforts?: Effort[] | undefined; effort?: Effort } = {},
  ) => {
    const { model, messages, stream, stream_options, ...rest } = translated(
      more,
      { thinking },
      {
        row: rowWith({ efforts }),
        effort,
      },
    ).body;
    return rest;
  };
  const effort = (level: Effort) => ({ output_config: { effort: level }, thinking: { type: 'adaptive' } });
  const disabled = { thinking: { type: 'disabled' } };
  const adaptive = { thinking: { type: 'adaptive' } };
  /** An effort is used only where the request asks for thinking. */
  const unused = { output_config: { effort: 'high' } };
  const none: Effort[] = [];

  it.each<[ChatProfile['thinking'], Record<string, unknown>, Effort[] | undefined, unknown]>([
    ['effort', effort('max'), undefined, { reasoning_effort: 'max' }],
    ['effort', effort('max'), ['low', 'high'], { reasoning_effort: 'high' }],
    ['effort', effort('max'), none, {}],
    ['effort', adaptive, undefined, {}],
    ['effort', unused, undefined, {}],
    ['type', {}, undefined, { thinking: { type: 'disabled', clear_thinking: false } }],
    ['type', adaptive, undefined, { thinking: { type: 'enabled', clear_thinking: false } }],
    ['type', effort('low'), undefined, { thinking: { type: 'enabled', clear_thinking: false } }],
    ['type', unused, undefined, { thinking: { type: 'disabled', clear_thinking: false } }],
    ['type', disabled, undefined, { thinking: { type: 'disabled', clear_thinking: false } }],
    ['type-or-effort', effort('low'), undefined, { reasoning_effort: 'low' }],
    ['type-or-effort', effort('medium'), undefined, { reasoning_effort: 'low' }],
    ['type-or-effort', effort('high'), undefined, { reasoning_effort: 'high' }],
    ['type-or-effort', effort('xhigh'), undefined, { reasoning_effort: 'max' }],
    ['type-or-effort', effort('max'), undefined, { reasoning_effort: 'max' }],
    ['type-or-effort', disabled, undefined, {}],
    ['type-or-effort', adaptive, undefined, {}],
    ['type-or-effort', adaptive, none, { thinking: { type: 'enabled' } }],
    ['type-or-effort', disabled, none, { thinking: { type: 'disabled' } }],
    ['type-and-effort', adaptive, none, {}],
    ['type-and-effort', adaptive, undefined, { thinking: { type: 'enabled' } }],
    ['type-and-effort', effort('low'), undefined, { thinking: { type: 'enabled' }, reasoning_effort: 'high' }],
    ['type-and-effort', effort('max'), undefined, { thinking: { type: 'enabled' }, reasoning_effort: 'max' }],
    ['type-and-effort', disabled, undefined, { thinking: { type: 'disabled' } }],
    ['type-with-effort', disabled, undefined, { thinking: { type: 'disabled' } }],
    ['type-with-effort', adaptive, undefined, { thinking: { type: 'enabled', keep: 'all' } }],
    ['type-with-effort', effort('max'), none, { thinking: { type: 'enabled', keep: 'all' } }],
    ['type-with-effort', effort('max'), undefined, { thinking: { type: 'enabled', keep: 'all', effort: 'max' } }],
    ['reasoning', disabled, undefined, { reasoning: { enabled: false } }],
    ['reasoning', unused, undefined, { reasoning: { enabled: false } }],
    ['reasoning', adaptive, undefined, { reasoning: { enabled: true } }],
    ['reasoning', effort('high'), undefined, { reasoning: { effort: 'high' } }],
    ['template', adaptive, none, {}],
    ['template', adaptive, undefined, { chat_template_kwargs: { enable_thinking: true } }],
    ['template', disabled, undefined, { chat_template_kwargs: { enable_thinking: false } }],
  ])('in the form %s for %j and the efforts %j are %j', (form, more, efforts, expected) => {
    expect(fields(form, more, { efforts })).toEqual(expected);
  });

  it('follow the effort of the route, also for an unknown model', () => {
    expect(fields('effort', {}, { efforts: none, effort: 'high' })).toEqual({ reasoning_effort: 'high' });
    expect(translated({}, { thinking: 'type-or-effort' }).body).not.toHaveProperty('thinking');
    expect(translated({}, {}, { effort: 'high' }).body.reasoning_effort).toBe('high');
    expect(translated(effort('high')).body).not.toHaveProperty('reasoning_effort');
  });
});

describe('the messages of a chat request', () => {
  it('have results in the order of their calls, directly after them', () => {
    expect(
      messagesOf([
        user(text('go')),
        assistant(text('I will'), use('a'), use('b', 'Read'), use('c'), text('soon')),
        user(text('note'), result('b', 'B'), result('a', '', { is_error: true })),
        { role: 'system', content: 'Mind the gap.' },
        user(text('more')),
      ]),
    ).toEqual([
      { role: 'user', content: 'go' },
      { role: 'assistant', content: 'I will\nsoon', tool_calls: [call('a'), call('b', 'Read'), call('c')] },
      { role: 'tool', tool_call_id: 'a', content: '[tool error] (no output)' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'tool', tool_call_id: 'c', content: '[no result]' },
      { role: 'user', content: 'note\n<system-reminder>\nMind the gap.\n</system-reminder>\nmore' },
    ]);
  });

  it('have results that arrive in a later message, until the next answer', () => {
    const messages = messagesOf([
      assistant(use('a'), use('b')),
      { role: 'user', content: 'wait' },
      user(result('a', 'first'), result('a', 'second')),
      assistant(text('ok')),
      user(result('b', 'late')),
    ]);
    expect(messages).toEqual([
      { role: 'assistant', tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'first' },
      { role: 'tool', tool_call_id: 'b', content: '[no result]' },
      { role: 'user', content: 'wait\n[result of an earlier tool call]\nsecond' },
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: '[result of an earlier tool call]\nlate' },
    ]);
  });

  it('have a new id for a call whose id was used, and one call for a repeated id', () => {
    const [, one, oneResult, two, twoResult] = messagesOf([
      user(text('go')),
      assistant(use('a'), use('a', 'Read'), use(toolUseId('b', 'ns'), 'Odd', [])),
      user(result('a', 'one'), result(toolUseId('b', 'ns'))),
      assistant(use('a', 'Read')),
      user(result('a', 'two')),
    ]).filter((message: any) => message.tool_call_id !== 'b');
    expect(one.tool_calls).toEqual([call('a'), call('b', 'Odd', '{"value":[]}')]);
    expect(oneResult).toMatchObject({ tool_call_id: 'a', content: 'one' });
    expect(two.tool_calls[0].id).not.toBe('a');
    expect(twoResult).toEqual({ role: 'tool', tool_call_id: two.tool_calls[0].id, content: 'two' });
  });

  it('are never empty, and have no empty answer', () => {
    const empty = [{ role: 'user', content: '(empty message)' }];
    expect(messagesOf([{ role: 'user', content: '' }])).toEqual(empty);
    expect(messagesOf([assistant(text(''), { type: 'thinking', thinking: 'a' })])).toEqual(empty);
    expect(messagesOf([{ role: 'assistant', content: 'a' }])).toEqual([{ role: 'assistant', content: 'a' }]);
    const { body } = translated({ system: 's', messages: [{ role: 'user', content: '' }] });
    expect(body.messages).toEqual([{ role: 'system', content: 's' }, ...empty]);
  });

  it('of the user are merged, with images as parts', () => {
    expect(messagesOf([user(text('a')), user(text('b'))])).toEqual([{ role: 'user', content: 'a\nb' }]);
    expect(messagesOf([user(text('a')), user(image), { role: 'user', content: 'c' }])).toEqual([
      { role: 'user', content: [text('a'), imagePart, text('c')] },
    ]);
    expect(
      messagesOf([
        { role: 'system', content: [text('one'), image, text('two')] },
        { role: 'system', content: '' },
      ]),
    ).toEqual([{ role: 'user', content: [text('<system-reminder>\none\ntwo\n</system-reminder>'), imagePart] }]);
  });

  it('have images of results where the host takes them', () => {
    const messages = (profile: Profile, more = {}) =>
      messagesOf([assistant(use('a')), user(result('a', [text('see'), image], more))], profile).slice(1);
    expect(messages({ capabilities: { imagesInResults: true } })).toEqual([
      { role: 'tool', tool_call_id: 'a', content: [text('see'), imagePart] },
    ]);
    expect(messages({ capabilities: { imagesInResults: true } }, { is_error: true })[0].content).toEqual([
      text('[tool error]'),
      text('see'),
      imagePart,
    ]);
    const moved = { role: 'user', content: [text('[from the tool result above]'), imagePart] };
    expect(messages({})).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'see\n(shown in the next message)' },
      moved,
    ]);
    expect(messages({}, { is_error: true })[0].content).toBe('[tool error] see\n(shown in the next message)');
    const [, only] = messagesOf([assistant(use('a')), user(result('a', [image]))]);
    expect(only.content).toBe('(shown in the next message)');
  });

  it('name what they omit once', () => {
    const future = { type: 'future' };
    const { body, warnings } = translated({ messages: [assistant(use('a')), user(result('a', [future]))] });
    const note = '[future block omitted: nest does not support it]';
    expect(body.messages[1].content).toBe(note);
    expect(warnings).toEqual([note]);
  });

  it('have cache marks of results and texts for Anthropic models', () => {
    const cache_control = { type: 'ephemeral' };
    const marked = messagesOf(
      [assistant(use('a')), user(result('a', 'ok', { cache_control }), text('b', { cache_control }), text('c'))],
      { cacheMarks: true },
      { model: 'claude-x' },
    );
    expect(marked[1].content).toEqual([text('ok', { cache_control })]);
    expect(marked[2].content).toEqual([text('b', { cache_control }), text('c')]);
  });

  it('have what the assistant said in blocks of other types', () => {
    const { body, warnings } = translated({
      messages: [
        assistant(
          { type: 'redacted_thinking' },
          { type: 'server_tool_use', id: 's', name: 'web_search' },
          { type: 'web_search_tool_result', content: [] },
          { type: 'future' },
        ),
      ],
    });
    const note = '[future of an earlier answer omitted: nest does not support it]';
    expect(body.messages).toEqual([{ role: 'assistant', content: `[web search without results]\n${note}` }]);
    expect(warnings).toEqual([note]);
  });
});

describe('earlier thinking in a chat request', () => {
  const own = (thinking: string, encrypted = 'text', more = {}) => ({
    type: 'thinking',
    thinking,
    signature: sealReasoning({ upstream: 'nest', model: 'heron', account: '', id: 'chat', encrypted, ...more }),
  });
  const message = (profile: Profile, ...blocks: unknown[]) => messagesOf([assistant(...blocks)], profile)[0];

  it('is replayed as text', () => {
    expect(message({ replay: 'text' }, own('a'), own('b'), own('c', 'text', { upstream: 'other' }), text('x'))).toEqual(
      {
        role: 'assistant',
        content: 'x',
        reasoning_content: 'a\n\nb',
      },
    );
    expect(message({ replay: 'text' }, own(''), text('x'))).toEqual({ role: 'assistant', content: 'x' });
    expect(message({ replay: 'none' }, own('a'), text('x'))).toEqual({ role: 'assistant', content: 'x' });
  });

  it('is replayed as the details of the host', () => {
    expect(
      message({ replay: 'details' }, own('a', '[{"type":"x"}]'), own('b', 'odd'), own('c', '[1]'), text('x')),
    ).toEqual({
      role: 'assistant',
      content: 'x',
      reasoning_details: [{ type: 'x' }, 1],
    });
    expect(message({ replay: 'details' }, own('b', 'odd'), text('x'))).toEqual({ role: 'assistant', content: 'x' });
  });

  it('is empty beside calls for hosts that require it', () => {
    expect(message({ thinkingBesideCalls: true }, use('a'))).toMatchObject({ reasoning_content: '' });
    expect(message({ thinkingBesideCalls: true, replay: 'text' }, own('a'), use('a'))).toMatchObject({
      reasoning_content: 'a',
    });
    expect(message({ thinkingBesideCalls: true }, text('a'))).not.toHaveProperty('reasoning_content');
    expect(message({}, use('a'))).not.toHaveProperty('reasoning_content');
  });
});

describe('content in a chat request', () => {
  const parts = (block: unknown, profile: Profile = {}, options: Partial<PrepareOptions> = {}) => {
    const { body, warnings } = translated({ messages: [user(text('x'), block, image)] }, profile, options);
    const { content } = body.messages[0];
    return { parts: Array.isArray(content) ? content.slice(1, -1) : content, warnings };
  };
  const noted = (note: string) => ({ parts: [text(`[${note}]`)], warnings: [`[${note}]`] });
  const plain = (...list: unknown[]) => ({ parts: list, warnings: [] });
  const document = (source: unknown, more = {}) => ({ type: 'document', source, ...more });
  const at = (url: string) => ({ type: 'image', source: { type: 'url', url } });
  const files = { capabilities: { files: true } };

  it.each<[string, unknown, unknown, Profile?]>([
    ['an image', image, plain(imagePart)],
    [
      'an image without a type',
      { type: 'image', source: { type: 'base64' } },
      plain({ type: 'image_url', image_url: { url: 'data:image/png;base64,' } }),
    ],
    [
      'an image as a data URL',
      at('data:image/gif;base64,AA'),
      plain({ type: 'image_url', image_url: { url: 'data:image/gif;base64,AA' } }),
    ],
    ['an image at a URL', at('https://x/a.png'), noted('image at https://x/a.png omitted: nest does not support it')],
    [
      'an image at a URL that the host reads',
      at('https://x/a.png'),
      plain({ type: 'image_url', image_url: { url: 'https://x/a.png' } }),
      { capabilities: { imageUrls: true } },
    ],
    [
      'an image by id',
      { type: 'image', source: { type: 'file' } },
      noted('image by file id omitted: nest does not support it'),
    ],
    [
      'a PDF',
      document({ type: 'base64', data: 'JVBE' }),
      plain({ type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBE' } }),
      files,
    ],
    [
      'a PDF with its type and title',
      document({ type: 'base64', media_type: 'a/b', data: 'JVBE' }, { title: 'T', context: 'C' }),
      plain(text('[document: C]'), { type: 'file', file: { filename: 'T', file_data: 'data:a/b;base64,JVBE' } }),
      files,
    ],
    [
      'a PDF that the host does not read',
      document({ type: 'base64', data: 'JVBE' }, { title: 'T' }),
      noted('document "T" omitted: nest does not support it'),
    ],
    [
      'a document at a URL',
      document({ type: 'url', url: 'https://x' }),
      noted('document at https://x omitted: nest does not support it'),
      files,
    ],
    [
      'a text',
      document({ type: 'text', data: 'plain' }, { title: 'T "1"', context: '' }),
      plain(text('<document title="T \\"1\\"">\nplain\n</document>')),
    ],
    ['an empty text', document({ type: 'text' }), plain(text('<document>\n\n</document>'))],
    [
      'content',
      document({ type: 'content', content: 'plain' }, { title: 'T', context: 'C' }),
      plain(text('[document: T]'), text('[document: C]'), text('plain')),
    ],
    ['blocks of content', document({ type: 'content', content: [text('a'), 5, image] }), plain(text('a'), imagePart)],
    [
      'a search result',
      { type: 'search_result', title: 'T', source: 'S', content: [text('a')] },
      plain(text('<search_result T · S>\na\n</search_result>')),
    ],
    ['a reference to a tool', { type: 'tool_reference', tool_name: 'Bash' }, plain(text('[tool loaded: Bash]'))],
    ['a reference to no tool', { type: 'tool_reference' }, plain(text('[tool loaded: unknown]'))],
    ['thinking', { type: 'thinking', thinking: 'a' }, plain()],
    ['redacted thinking', { type: 'redacted_thinking' }, plain()],
    ['an empty text block', text(''), plain()],
    ['a block of the future', { type: 'future' }, noted('future block omitted: nest does not support it')],
  ])('with %s', (_name, block, expected, profile = {}) => {
    expect(parts(block, profile)).toEqual(expected);
  });

  it.each<[string, Profile, Partial<PrepareOptions>]>([
    ['the host', { capabilities: { images: false } }, {}],
    ['the model', {}, { row: rowWith({ vision: false }) }],
    ['an earlier rejection', {}, { rejected: rejecting('image_url') }],
  ])('with an image is a note because of %s', (_name, profile, options) => {
    const { body, warnings } = translated({ messages: [user(image, at('https://x/a.png'))] }, profile, options);
    const notes = [
      '[image omitted: the model has no vision]',
      '[image at https://x/a.png omitted: the model has no vision]',
    ];
    expect(body.messages).toEqual([{ role: 'user', content: notes.join('\n') }]);
    expect(warnings).toEqual(notes);
  });
});
