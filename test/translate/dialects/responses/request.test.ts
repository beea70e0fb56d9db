/** One Responses request: its input, tools, limits and search, for upstreams of every kind. */
import { describe, expect, it } from 'vitest';
import type { ModelRow } from '../../../../src/models/types.ts';
import { toolUseId } from '../../../../src/translate/anthropic/call-id.ts';
import { sealReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import type { PrepareOptions } from '../../../../src/translate/dialect.ts';
import { plainResponses, type ResponsesProfile } from '../../../../src/translate/dialects/responses/profile.ts';
import { translateRequest } from '../../../../src/translate/dialects/responses/request.ts';
import { isBlocked } from '../../../../src/translate/dialects/responses/web-search.ts';
import { prepareOptions } from '../../../support/upstreams.ts';

interface Profile {
  readonly fields?: Partial<ResponsesProfile['fields']>;
  readonly capabilities?: Partial<ResponsesProfile['capabilities']>;
  readonly toolsForm?: ResponsesProfile['toolsForm'];
}
const rowWith = (more: Partial<ModelRow>) => ({ efforts: ['low', 'high'], ...more }) as unknown as ModelRow;
const rejecting = (...fields: string[]) => ({ fields: new Set(fields), reasoning: new Set<string>() });

function translated(more: Record<string, unknown> = {}, profile: Profile = {}, options: Partial<PrepareOptions> = {}) {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });
  const result = translateRequest(
    request,
    'nest',
    {
      ...plainResponses,
      ...profile,
      fields: { ...plainResponses.fields, ...profile.fields },
      capabilities: { ...plainResponses.capabilities, ...profile.capabilities },
    },
    prepareOptions({ model: 'gpt-5.5', ...options }),
  );
  return { ...result, body: JSON.parse(JSON.stringify(result.body)) };
}
const inputOf = (messages: unknown[], profile: Profile = {}, options: Partial<PrepareOptions> = {}) =>
  translated({ messages }, profile, options).body.input;
const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });
const text = (value: string) => ({ type: 'text', text: value });
const use = (id: string, name = 'Bash', input: unknown = { a: 1 }) => ({ type: 'tool_use', id, name, input });
const result = (id: string, content: unknown = 'ok', more = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const inputText = (value: string) => ({ type: 'input_text', text: value });
const message = (role: string, ...content: unknown[]) => ({ type: 'message', role, content });
const said = (value: string) => message('assistant', { type: 'output_text', text: value, annotations: [] });
const call = (call_id: string, name = 'Bash', args = '{"a":1}') => ({
  type: 'function_call',
  call_id,
  name,
  arguments: args,
});
const output = (call_id: string, value: unknown) => ({ type: 'function_call_output', call_id, output: value });
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const inputImage = { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' };

describe('a Responses request', () => {
  it('has nothing that is not needed', () => {
    const { body, warnings, stopSequences } = translated();
    expect(body).toEqual({
      model: 'gpt-5.5',
      instructions: 'You are a helpful assistant.',
      input: [message('user', inputText('x'))],
      include: ['reasoning.encrypted_content'],
      store: false,
      stream: true,
    });
    expect([warnings, stopSequences]).toEqual([[], []]);
  });

  it('has the system prompt, the session and the stop sequences for ccp', () => {
    const { body, stopSequences } = translated(
      { system: [text('One.'), text('Two.')], stop_sequences: ['END', 5] },
      {},
      { sessionId: 's.1' },
    );
    expect(body.instructions).toBe('One.\n\nTwo.');
    expect(body.prompt_cache_key).toMatch(/^s_1_\w+$/);
    expect(stopSequences).toEqual(['END']);
    expect(body).not.toHaveProperty('stop');
  });

  it('has limits where the upstream takes them, and no lower one than it accepts', () => {
    const limit = (max_tokens: number | undefined, maxOutputTokens: number, profile: Profile = {}) =>
      translated({ max_tokens }, profile, { row: rowWith({ maxOutputTokens }) }).body.max_output_tokens;
    expect([limit(500, 0), limit(500, 100), limit(5, 100), limit(undefined, 100)]).toEqual([500, 100, 16, undefined]);
    expect(limit(500, 0, { fields: { maxOutputTokens: false } })).toBeUndefined();
    expect(translated({ max_tokens: 500 }).body.max_output_tokens).toBe(500);
  });

  it('has sampling for models without reasoning', () => {
    const more = { temperature: 0.5, top_p: 0.9 };
    const sampling = (profile: Profile, row?: ModelRow) => {
      const { temperature, top_p } = translated(more, profile, { row }).body;
      return [temperature, top_p];
    };
    expect(sampling({})).toEqual([0.5, 0.9]);
    expect(sampling({}, rowWith({ efforts: [] }))).toEqual([0.5, 0.9]);
    expect(sampling({}, rowWith({}))).toEqual([undefined, undefined]);
    expect(sampling({ fields: { sampling: false } })).toEqual([undefined, undefined]);
  });

  it('has the priority tier on request, where there is one', () => {
    const tier = (more: Record<string, unknown>, priority: boolean, serviceTier = true) =>
      translated(more, { fields: { serviceTier } }, { priority }).body.service_tier;
    expect([tier({}, true), tier({ speed: 'fast' }, false)]).toEqual(['priority', 'priority']);
    expect([tier({}, false), tier({ speed: 'slow' }, false), tier({}, true, false)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    [{ output_config: { effort: 'max' } }, undefined],
    [{ output_config: { effort: 'max' }, thinking: { type: 'adaptive', display: 'omitted' } }, { effort: 'high' }],
    [
      { output_config: { effort: 'low' }, thinking: { type: 'adaptive' } },
      { effort: 'low', summary: 'auto' },
    ],
    [{ thinking: { type: 'adaptive' } }, { summary: 'auto' }],
    [{ thinking: { type: 'adaptive', display: 'omitted' } }, undefined],
    [{}, undefined],
  ])('with %j has the reasoning %j', (more, reasoning) => {
    expect(translated(more, {}, { row: rowWith({}) }).body.reasoning).toEqual(reasoning);
  });

  it('has the schema of structured output', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const format = (more: object) =>
      translated({ output_config: { format: { type: 'json_schema', ...more } } }).body.text;
    expect(format({ schema: { $schema: 's', ...schema } })).toEqual({
      format: { type: 'json_schema', name: 'output', schema, strict: true },
    });
    expect(format({ name: 'my name', schema: { type: 'object' } })).toEqual({
      format: {
        type: 'json_schema',
        name: expect.stringMatching(/^my_name_\w+$/),
        schema: { type: 'object' },
        strict: false,
      },
    });
    expect(format({ type: 'text' })).toBeUndefined();
  });

  it('omits the fields that the upstream has rejected', () => {
    expect(translated({ temperature: 1 }, {}, { rejected: rejecting('temperature') }).body).not.toHaveProperty(
      'temperature',
    );
  });

  it('with MCP servers is an error', () => {
    expect(() => translated({ mcp_servers: [{}] })).toThrow(expect.objectContaining({ code: 'cannot_carry' }));
  });
});

describe('the tools of a Responses request', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const tools = [{ name: 'Bash', description: 'Runs.', input_schema: schema, strict: true }];
  const bash = { type: 'function', name: 'Bash', description: 'Runs.', strict: true, parameters: schema };
  const fields = (more: Record<string, unknown>, profile: Profile = {}) => {
    const { body } = translated({ tools, ...more }, profile);
    return { tools: body.tools, choice: body.tool_choice, parallel: body.parallel_tool_calls };
  };

  it.each([
    [undefined, 'auto', true],
    [{ type: 'any' }, 'required', true],
    [{ type: 'none', disable_parallel_tool_use: true }, 'none', false],
    [{ type: 'tool', name: 'Bash' }, { type: 'function', name: 'Bash' }, true],
  ])('are chosen by %j', (tool_choice, choice, parallel) => {
    expect(fields({ tool_choice })).toEqual({ tools: [bash], choice, parallel });
  });

  it('are in a namespace where the upstream requires it', () => {
    expect(fields({}, { toolsForm: 'namespace' }).tools).toEqual([
      { type: 'namespace', name: 'functions', description: 'Tools of the client.', tools: [bash] },
    ]);
    expect(fields({ tools: [] }, { toolsForm: 'namespace' })).toEqual({
      tools: undefined,
      choice: undefined,
      parallel: undefined,
    });
  });
});

describe('a web search in a Responses request', () => {
  const search = {
    type: 'web_search_20250305',
    name: 'search',
    max_uses: 3,
    allowed_domains: ['a.example', 5],
    blocked_domains: ['b.example', 'c.example'],
    user_location: { type: 'approximate', city: 'C', region: 'R', country: 'D', timezone: 'T', odd: 1 },
  };
  const plain: Profile = { capabilities: { webSearch: 'plain' } };
  const bash = { name: 'Bash' };

  it('is the hosted search of the upstream', () => {
    const { body } = translated({ tools: [search] }, plain);
    expect(body.tools).toEqual([
      {
        type: 'web_search',
        filters: { allowed_domains: ['a.example'] },
        user_location: { type: 'approximate', city: 'C', region: 'R', country: 'D', timezone: 'T' },
      },
    ]);
    expect(body.include).toEqual(['reasoning.encrypted_content', 'web_search_call.action.sources']);
    expect(body.tool_choice).toBe('required');
    expect(body).not.toHaveProperty('max_tool_calls');
    expect(body.instructions).toBe(
      'Search the web at most 3 times.\n\nUse no web pages of these domains: b.example, c.example.',
    );
    const bare = translated({ tools: [{ type: 'web_search_20250305', name: 'search' }] }, plain).body;
    expect(bare.tools).toEqual([{ type: 'web_search' }]);
    expect(bare.instructions).toBe('You are a helpful assistant.');
  });

  it('reads live pages where the upstream has a flag for it', () => {
    const { body } = translated(
      { tools: [{ type: 'web_search_20250305', name: 'search', user_location: { city: 5 } }] },
      { capabilities: { webSearch: 'live-flag' } },
    );
    expect(body.tools).toEqual([
      { type: 'web_search', user_location: { type: 'approximate' }, external_web_access: true },
    ]);
  });

  it('is limited by a field where there is one and no other tool', () => {
    const limited: Profile = { ...plain, fields: { maxToolCalls: true } };
    const alone = translated({ tools: [search] }, limited).body;
    expect(alone.max_tool_calls).toBe(3);
    expect(alone.instructions).not.toContain('at most');
    const beside = translated({ tools: [search, bash] }, limited).body;
    expect(beside).not.toHaveProperty('max_tool_calls');
    expect(beside.instructions).toContain('at most 3 times');
    const unlimited = translated({ tools: [{ ...search, max_uses: 'many' }] }, limited).body;
    expect(unlimited).not.toHaveProperty('max_tool_calls');
  });

  it.each([
    [undefined, 'auto', 2],
    [{ type: 'any' }, 'required', 2],
    [{ type: 'none' }, 'none', 2],
    [{ type: 'tool', name: 'Bash' }, { type: 'function', name: 'Bash' }, 2],
    [{ type: 'tool', name: 'search' }, 'required', 1],
  ])('beside another tool is chosen by %j', (tool_choice, choice, count) => {
    const { body } = translated({ tools: [search, bash], tool_choice }, plain);
    expect([body.tool_choice, body.tools.length]).toEqual([choice, count]);
  });

  it('alone may be forbidden', () => {
    expect(translated({ tools: [search], tool_choice: { type: 'none' } }, plain).body.tool_choice).toBe('none');
  });

  it('is omitted with a note where the upstream has none', () => {
    const { body, warnings } = translated({ tools: [search, bash], tool_choice: { type: 'tool', name: 'search' } });
    const note = '[search omitted: nest cannot search the web]';
    expect(warnings).toEqual([note]);
    expect(body.instructions).toBe(note);
    expect(body.tools).toHaveLength(1);
    expect(body.tool_choice).toBe('required');
    expect(translated({ tools: [search] }).body).not.toHaveProperty('tools');
  });

  it.each([
    ['https://b.example/page', true],
    ['HTTPS://WWW.B.example', true],
    ['https://b.example?x=/', true],
    ['https://b.example#top', true],
    ['https://b.example:8443/', true],
    ['https://user:pass@b.example/', true],
    ['b.example/page', true],
    ['https://notb.example/', false],
    ['https://b.example.org/', false],
    ['https://other.example/b.example', false],
    ['https://c.example/docs/page', true],
    ['https://c.example/docsets', true],
    ['https://c.example/other', false],
    ['https://c.example', false],
  ])('shows no page of a blocked domain: %s is blocked: %s', (url, expected) => {
    expect(isBlocked(url, ['B.example', 'c.example/docs'])).toBe(expected);
  });
});

describe('the input of a Responses request', () => {
  it('has outputs directly after their calls, and the rest of the turn after them', () => {
    expect(
      inputOf([
        user(text('go')),
        assistant(text('I will'), text(''), use('a'), use('b', 'Read'), use('c')),
        user(text('note'), result('b', 'B'), result('a', 'A', { is_error: true })),
        { role: 'system', content: 'Mind the gap.' },
        { role: 'assistant', content: '' },
        { role: 'assistant', content: 'done' },
      ]),
    ).toEqual([
      message('user', inputText('go')),
      said('I will'),
      call('a'),
      call('b', 'Read'),
      call('c'),
      output('c', '[no result]'),
      output('b', 'B'),
      output('a', '[tool error] A'),
      message('user', inputText('note')),
      message('developer', inputText('Mind the gap.')),
      said('done'),
    ]);
  });

  it('waits for outputs in a later message, until the next answer', () => {
    expect(
      inputOf([
        assistant(use('a'), use('b'), use('c')),
        user(text('first'), result('a', 'A')),
        { role: 'user', content: 'second' },
        user(result('b', 'B')),
        assistant(text('ok')),
        user(result('c', 'late')),
      ]),
    ).toEqual([
      call('a'),
      call('b'),
      call('c'),
      output('c', '[no result]'),
      output('a', 'A'),
      message('user', inputText('first')),
      message('user', inputText('second')),
      output('b', 'B'),
      said('ok'),
      message('user', inputText('[result of an earlier tool call]'), inputText('late')),
    ]);
    expect(inputOf([assistant(use('a')), { role: 'user', content: 'x' }])).toEqual([
      call('a'),
      output('a', '[no result]'),
      message('user', inputText('x')),
    ]);
    expect(inputOf([assistant(use('a'))])).toEqual([call('a'), output('a', '[no result]')]);
    expect(inputOf([assistant(use('a')), assistant(text('b'))])).toEqual([
      call('a'),
      output('a', '[no result]'),
      said('b'),
    ]);
  });

  it('has each call of an answer once, and a second result as text', () => {
    expect(inputOf([assistant(use('a'), use('a', 'Read')), user(result('a', 'one'), result('a', [image]))])).toEqual([
      call('a'),
      output('a', 'one'),
      message('user', inputText('[result of an earlier tool call]'), inputImage),
    ]);
  });

  it('has a new id for a call whose id an earlier answer used, and for its result', () => {
    const [first, , second, secondOutput, ...more] = inputOf([
      assistant(use('a')),
      user(result('a', 'one')),
      assistant(use('a', 'Read')),
      user(result('a', 'two')),
    ]);
    expect(first).toEqual(call('a'));
    expect(second.call_id).not.toBe('a');
    expect(second).toEqual(call(second.call_id, 'Read'));
    expect(secondOutput).toEqual(output(second.call_id, 'two'));
    expect(more).toEqual([]);
  });

  it('has an input that is no object as the member of one, with a warning', () => {
    const odd = translated({ messages: [assistant(use('a', 'Write', 'no object'))] });
    expect(odd.body.input[0]).toEqual(call('a', 'Write', '{"value":"no object"}'));
    expect(odd.warnings).toEqual([expect.stringContaining('Write')]);
  });

  it('has the namespace of a call where the upstream uses them', () => {
    const messages = [assistant(use(toolUseId('a', 'ns'))), user(result(toolUseId('a', 'ns')))];
    expect(inputOf(messages)).toEqual([call('a'), output('a', 'ok')]);
    expect(inputOf(messages, { toolsForm: 'namespace' })[0]).toEqual({ ...call('a'), namespace: 'ns' });
    expect(inputOf([assistant(use('a'))], { toolsForm: 'namespace' })[0]).toEqual(call('a'));
  });

  it('has empty outputs, images and errors in outputs', () => {
    const out = (content: unknown, more = {}) =>
      inputOf([assistant(use('a')), user(result('a', content, more))])[1].output;
    expect(out('')).toBe('(no output)');
    expect(out(null)).toBe('(no output)');
    expect(out('', { is_error: true })).toBe('[tool error] (no output)');
    expect(out([text('a'), text('b')])).toBe('a\nb');
    expect(out([text('a'), image])).toEqual([inputText('a'), inputImage]);
    expect(out([image], { is_error: true })).toEqual([inputText('[tool error]'), inputImage]);
  });

  it('has what the assistant said in blocks of other types', () => {
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
    expect(body.input).toEqual([said('[web search without results]'), said(note)]);
    expect(warnings).toEqual([note]);
  });

  it('replays reasoning of its own model that was not rejected', () => {
    const own = (id: string, thinking: unknown, more = {}) => ({
      type: 'thinking',
      thinking,
      signature: sealReasoning({ upstream: 'nest', model: 'gpt-5.5', account: '', id, encrypted: 'enc', ...more }),
    });
    const rejected = { fields: new Set<string>(), reasoning: new Set(['rs_3']) };
    const blocks = [
      own('rs_1', 'hm'),
      own('rs_2', ''),
      own('rs_3', 'no'),
      own('rs_4', 'no', { upstream: 'other' }),
      own('rs_5', undefined),
      { type: 'thinking', thinking: 'no' },
    ];
    const item = (id: string, ...summary: unknown[]) => ({ type: 'reasoning', id, summary, encrypted_content: 'enc' });
    expect(inputOf([assistant(...blocks)], {}, { rejected })).toEqual([
      item('rs_1', { type: 'summary_text', text: 'hm' }),
      item('rs_2'),
      item('rs_5'),
    ]);
  });
});

describe('content in a Responses request', () => {
  const parts = (block: unknown, profile: Profile = {}, options: Partial<PrepareOptions> = {}) => {
    const { body, warnings } = translated({ messages: [user(text('x'), block)] }, profile, options);
    return { parts: body.input[0].content.slice(1), warnings };
  };
  const noted = (note: string, ...before: unknown[]) => ({
    parts: [...before, inputText(`[${note}]`)],
    warnings: [`[${note}]`],
  });
  const plain = (...list: unknown[]) => ({ parts: list, warnings: [] });
  const document = (source: unknown, more = {}) => ({ type: 'document', source, ...more });
  const at = (url: string) => ({ type: 'image', source: { type: 'url', url } });
  const imageAt = (image_url: string) => ({ type: 'input_image', image_url, detail: 'auto' });
  const pdf = document({ type: 'base64', data: 'JVBE' }, { title: 'T', context: 'C' });
  const pdfAt = document({ type: 'url', url: 'https://x/a.pdf' }, { title: 'T' });

  it.each<[string, unknown, unknown, Profile?, Partial<PrepareOptions>?]>([
    ['an image', image, plain(inputImage)],
    [
      'an image without a type',
      { type: 'image', source: { type: 'base64' } },
      plain(imageAt('data:image/png;base64,')),
    ],
    ['an image as a data URL', at('data:image/gif;base64,AA'), plain(imageAt('data:image/gif;base64,AA'))],
    ['an image at a URL', at('https://x/a.png'), noted('image at https://x/a.png omitted: nest does not support it')],
    [
      'an image at a URL that the upstream reads',
      at('https://x/a.png'),
      plain(imageAt('https://x/a.png')),
      { capabilities: { imageUrls: true } },
    ],
    [
      'an image by id',
      { type: 'image', source: { type: 'file' } },
      noted('image by file id omitted: nest does not support it'),
      { capabilities: { imageUrls: true } },
    ],
    [
      'a PDF',
      document({ type: 'base64', data: 'JVBE' }),
      plain({ type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBE' }),
    ],
    [
      'a PDF with title and context',
      pdf,
      plain(inputText('[document: C]'), {
        type: 'input_file',
        filename: 'T',
        file_data: 'data:application/pdf;base64,JVBE',
      }),
    ],
    [
      'a PDF with another type',
      document({ type: 'base64', media_type: 'a/b' }),
      plain({ type: 'input_file', filename: 'document.pdf', file_data: 'data:a/b;base64,' }),
    ],
    [
      'a PDF that the upstream does not read',
      pdf,
      noted('document "T" omitted: nest does not support it', inputText('[document: C]')),
      { capabilities: { files: false } },
    ],
    [
      'a PDF that the upstream has rejected',
      pdf,
      noted('document "T" omitted: nest does not support it', inputText('[document: C]')),
      {},
      { rejected: rejecting('input_file') },
    ],
    ['a PDF at a URL', pdfAt, noted('document "T" at https://x/a.pdf omitted: nest does not support it')],
    [
      'a PDF at a URL that the upstream reads',
      pdfAt,
      plain(inputText('[document: T]'), { type: 'input_file', file_url: 'https://x/a.pdf' }),
      { capabilities: { fileUrls: true } },
    ],
    [
      'a PDF at a URL after a rejection',
      pdfAt,
      noted('document "T" at https://x/a.pdf omitted: nest does not support it'),
      { capabilities: { fileUrls: true } },
      { rejected: rejecting('input_file') },
    ],
    ['a document by id', document({ type: 'file' }), noted('document omitted: nest does not support it')],
    [
      'a text',
      document({ type: 'text', data: 'plain' }, { title: 'T "1"', context: '' }),
      plain(inputText('<document title="T \\"1\\"">\nplain\n</document>')),
    ],
    [
      'a text with its context',
      document({ type: 'text' }, { context: 'C' }),
      plain(inputText('[document: C]'), inputText('<document>\n\n</document>')),
    ],
    [
      'content',
      document({ type: 'content', content: 'plain' }, { title: 'T', context: 'C' }),
      plain(inputText('[document: T · C]'), inputText('plain')),
    ],
    [
      'blocks of content',
      document({ type: 'content', content: [text('a'), 5, image] }),
      plain(inputText('a'), inputImage),
    ],
    [
      'a search result',
      { type: 'search_result', title: 'T', source: 'S', content: [text('a')] },
      plain(inputText('<search_result T · S>\na\n</search_result>')),
    ],
    ['a reference to a tool', { type: 'tool_reference', tool_name: 'Bash' }, plain(inputText('[tool loaded: Bash]'))],
    ['a reference to no tool', { type: 'tool_reference' }, plain(inputText('[tool loaded: unknown]'))],
    ['thinking', { type: 'thinking', thinking: 'a' }, plain()],
    ['redacted thinking', { type: 'redacted_thinking' }, plain()],
    ['an empty text block', text(''), plain()],
    ['a block of the future', { type: 'future' }, noted('future block omitted: nest does not support it')],
  ])('with %s', (_name, block, expected, profile = {}, options = {}) => {
    expect(parts(block, profile, options)).toEqual(expected);
  });

  it('that is empty is no message, but the input is never empty', () => {
    const empty = [{ role: 'user', content: '' }, user(text('')), { role: 'system', content: '' }];
    expect(inputOf(empty)).toEqual([message('user', inputText('(empty message)'))]);
    expect(inputOf([...empty, user(text('a'))])).toEqual([message('user', inputText('a'))]);
  });
});
