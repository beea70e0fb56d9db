/** One request for Gemini: its system prompt, history, tools, limits and thinking. */
import { describe, expect, it } from 'vitest';
import type { Effort, ModelRow } from '../../../../src/models/types.ts';
import { toolUseId } from '../../../../src/translate/anthropic/call-id.ts';
import { sealReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import type { PrepareOptions } from '../../../../src/translate/dialect.ts';
import { translateRequest } from '../../../../src/translate/dialects/gemini/request.ts';
import { prepareOptions } from '../../../support/upstreams.ts';

const model = 'gemini-3.8-flash';
const rowWith = (more: Partial<ModelRow>) => ({ efforts: ['low', 'medium', 'high'], ...more }) as unknown as ModelRow;

function translated(more: Record<string, unknown> = {}, options: Partial<PrepareOptions> = {}) {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });
  const result = translateRequest(request, 'gemini', prepareOptions({ model, ...options }));
  return { ...result, body: JSON.parse(JSON.stringify(result.body)) };
}
const contents = (messages: unknown[], options: Partial<PrepareOptions> = {}) =>
  translated({ messages }, options).body.contents;
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
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const inlineData = { mimeType: 'image/png', data: 'AAAA' };

describe('a request for Gemini', () => {
  it('has nothing that is not needed', () => {
    expect(translated()).toMatchObject({ stopSequences: [], warnings: [] });
    expect(translated().body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'x' }] }], generationConfig: {} });
  });

  it('has the system prompt in one text', () => {
    expect(translated({ system: [text('One.'), text('Two.')] }).body.systemInstruction).toEqual({
      parts: [{ text: 'One.\n\nTwo.' }],
    });
  });

  it('has limits, and sampling for models that have it', () => {
    const more = { max_tokens: 100, temperature: 0.5, top_p: 0.9 };
    expect(translated(more).body.generationConfig).toEqual({ maxOutputTokens: 100, temperature: 0.5, topP: 0.9 });
    expect(translated(more, { model: 'gemini-4-pro' }).body.generationConfig).toEqual({ maxOutputTokens: 100 });
    const limit = (maxOutputTokens: number) =>
      translated({ max_tokens: 100_000 }, { row: rowWith({ maxOutputTokens }) }).body.generationConfig.maxOutputTokens;
    expect([limit(50_000), limit(200_000), limit(0)]).toEqual([50_000, 100_000, 65_536]);
    expect(translated({ temperature: 'hot' }).body.generationConfig).toEqual({});
  });

  it('keeps the stop sequences for ccp', () => {
    const { body, stopSequences } = translated({ stop_sequences: ['END', 5] });
    expect(stopSequences).toEqual(['END']);
    expect(JSON.stringify(body)).not.toContain('END');
  });

  it('omits a web search with a note', () => {
    const { body, warnings } = translated({
      tools: [
        { type: 'web_search_20250305', name: 'search' },
        { name: 'Bash', input_schema: {} },
      ],
    });
    const note = '[search omitted: gemini cannot search the web]';
    expect(warnings).toEqual([note]);
    expect(body.systemInstruction.parts).toEqual([{ text: note }]);
    expect(body.tools[0].functionDeclarations).toHaveLength(1);
  });

  it('asks for JSON by a schema, or in words when there are tools', () => {
    const output_config = {
      format: { type: 'json_schema', schema: { type: 'object', properties: { a: { const: 1 } } } },
    };
    const schema = { type: 'object', properties: { a: { enum: [1] } } };
    expect(translated({ output_config }).body).toMatchObject({
      generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
    });
    expect(translated({ output_config }).body).not.toHaveProperty('systemInstruction');
    const { body } = translated({ output_config, tools: [{ name: 'Bash' }] });
    expect(body.generationConfig).toEqual({});
    expect(body.systemInstruction.parts[0].text).toBe(
      `Answer with one JSON object that follows this schema, and nothing else: ${JSON.stringify(schema)}`,
    );
    expect(translated({ output_config: { format: { type: 'text', schema: {} } } }).body.generationConfig).toEqual({});
  });

  it('omits the fields that the host has rejected', () => {
    const rejected = { fields: new Set(['generationConfig.temperature']), reasoning: new Set<string>() };
    expect(translated({ temperature: 1, top_p: 0.5 }, { rejected }).body.generationConfig).toEqual({ topP: 0.5 });
  });

  it('with MCP servers is an error', () => {
    expect(() => translated({ mcp_servers: [{}] })).toThrow(expect.objectContaining({ code: 'cannot_carry' }));
  });
});

describe('the tools of a request for Gemini', () => {
  const tools = [{ name: 'Bash', description: 'Runs.', input_schema: { properties: { a: { type: 'string' } } } }];
  const fields = (more: Record<string, unknown>) => {
    const { body } = translated({ tools, ...more });
    return [body.tools, body.toolConfig];
  };
  const declarations = [
    {
      functionDeclarations: [
        {
          name: 'Bash',
          description: 'Runs.',
          parametersJsonSchema: { type: 'object', properties: { a: { type: 'string' } } },
        },
      ],
    },
  ];

  it.each([
    [undefined, undefined],
    [{ type: 'auto' }, undefined],
    [{ type: 'none' }, { functionCallingConfig: { mode: 'NONE' } }],
    [{ type: 'any' }, { functionCallingConfig: { mode: 'ANY' } }],
    [{ type: 'tool', name: 'Bash' }, { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['Bash'] } }],
  ])('are chosen by %j', (tool_choice, toolConfig) => {
    expect(fields({ tool_choice })).toEqual([declarations, toolConfig]);
  });

  it('are omitted if there are none', () => {
    expect(fields({ tools: [], tool_choice: { type: 'any' } })).toEqual([undefined, undefined]);
  });

  it.each([
    [{ type: 'object', properties: {}, required: [], additionalProperties: false, $schema: 's' }, false],
    [{ properties: { a: {} } }, true],
    [{ additionalProperties: true }, true],
    [{ description: 'd' }, true],
  ])('have the schema %j: %s', (input_schema, hasSchema) => {
    const { body } = translated({ tools: [{ name: 'A', input_schema }] });
    expect('parametersJsonSchema' in body.tools[0].functionDeclarations[0]).toBe(hasSchema);
  });

  it('have enumerations for constants, but not in values or in names', () => {
    const { body } = translated({
      tools: [
        {
          name: 'A',
          input_schema: {
            patternProperties: { const: { const: 1 } },
            properties: { a: { default: { const: 1 }, examples: [{ const: 1 }], enum: [{ const: 1 }] } },
            items: [{ const: 2, enum: [2, 3] }],
          },
        },
      ],
    });
    expect(body.tools[0].functionDeclarations[0].parametersJsonSchema).toEqual({
      type: 'object',
      patternProperties: { const: { enum: [1] } },
      properties: { a: { default: { const: 1 }, examples: [{ const: 1 }], enum: [{ const: 1 }] } },
      items: [{ enum: [2] }],
    });
  });
});

describe('thinking in a request for Gemini', () => {
  const config = (more: Record<string, unknown>, options: Partial<PrepareOptions> = {}) =>
    translated(more, options).body.generationConfig.thinkingConfig;
  /** The effort of a request that asks for thinking and does not show it. */
  const effort = (level: Effort | 'extreme') => ({
    output_config: { effort: level },
    thinking: { type: 'adaptive', display: 'omitted' },
  });

  it.each<[Effort, string]>([
    ['none', 'MINIMAL'],
    ['low', 'LOW'],
    ['medium', 'MEDIUM'],
    ['high', 'HIGH'],
    ['xhigh', 'XHIGH'],
    ['max', 'XHIGH'],
  ])('is the level of the effort %s', (level, thinkingLevel) => {
    const row = rowWith({ efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'] });
    expect(config(effort(level), { row })).toEqual({ thinkingLevel });
  });

  it.each<[Effort, number]>([
    ['none', 0],
    ['low', 2_048],
    ['medium', 8_192],
    ['high', 16_384],
    ['xhigh', 24_576],
    ['max', 24_576],
  ])('of an older model is the budget of the effort %s', (level, thinkingBudget) => {
    expect(config(effort(level), { model: 'gemini-2.5-pro' })).toEqual({ thinkingBudget });
  });

  it('is limited to what the model supports', () => {
    const row = rowWith({ efforts: ['low', 'medium'] });
    expect(config(effort('max'), { row })).toEqual({ thinkingLevel: 'MEDIUM' });
    expect(config(effort('none'), { row, model: 'gemini-2.5-pro' })).toEqual({ thinkingBudget: 2_048 });
    const without = rowWith({ efforts: [] });
    expect(config(effort('max'), { row: without })).toBeUndefined();
    expect(config(effort('max'), { row: without, model: 'gemini-2.5-pro' })).toEqual({ thinkingBudget: 24_576 });
  });

  it('is shown when the client displays it', () => {
    expect(config({ thinking: { type: 'adaptive' } })).toEqual({ includeThoughts: true });
    expect(config({ thinking: { type: 'adaptive', display: 'omitted' } })).toBeUndefined();
    expect(config({ ...effort('low'), thinking: { type: 'adaptive' } })).toEqual({
      includeThoughts: true,
      thinkingLevel: 'LOW',
    });
    expect(config({ thinking: { type: 'disabled' } }, { effort: 'high' })).toEqual({ thinkingLevel: 'HIGH' });
  });

  it('has the effort of the client only where the request asks for thinking', () => {
    expect(config({ output_config: { effort: 'low' } })).toBeUndefined();
    expect(config({ output_config: { effort: 'low' } }, { model: 'gemini-2.5-pro' })).toBeUndefined();
  });

  it.each([
    ['gemini-2.5-pro', 'thinkingBudget'],
    ['models/gemini-2.5-pro', 'thinkingBudget'],
    ['gemini-3', 'thinkingLevel'],
    ['gemini-12.5-x', 'thinkingLevel'],
    ['heron', 'thinkingLevel'],
    ['my-gemini-2', 'thinkingLevel'],
  ])('of %s is a %s', (name, member) => {
    expect(Object.keys(config(effort('low'), { model: name }))).toEqual([member]);
  });
});

describe('the history for Gemini', () => {
  it('alternates between the roles, and begins and ends with the user', () => {
    expect(
      contents([
        assistant(text('a')),
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
        user(text('d')),
        assistant(text('e')),
      ]),
    ).toEqual([
      { role: 'user', parts: [{ text: '(empty message)' }] },
      { role: 'model', parts: [{ text: 'a' }, { text: 'b' }] },
      { role: 'user', parts: [{ text: 'c' }, { text: 'd' }] },
      { role: 'model', parts: [{ text: 'e' }] },
      { role: 'user', parts: [{ text: '(continue)' }] },
    ]);
    expect(contents([{ role: 'user', content: '' }])).toEqual([{ role: 'user', parts: [{ text: '(empty message)' }] }]);
    expect(contents([assistant(text(''))])).toEqual([{ role: 'user', parts: [{ text: '(empty message)' }] }]);
    expect(contents([user(text('a')), assistant(text('')), user(text('b'))])).toEqual([
      { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
    ]);
  });

  it('has the results of calls first, in the order of the calls', () => {
    const history = contents([
      user(text('go')),
      assistant(text('I will'), use('a', 'Bash'), use('b', 'Read'), use('c', 'Write')),
      user(text('note'), result('b', 'B'), result('a', 'A', { is_error: true })),
    ]);
    expect(history[1].parts.slice(1).map(({ functionCall }: any) => functionCall)).toEqual([
      { id: 'a', name: 'Bash', args: { a: 1 } },
      { id: 'b', name: 'Read', args: { a: 1 } },
      { id: 'c', name: 'Write', args: { a: 1 } },
    ]);
    expect(history[2].parts).toEqual([
      { functionResponse: { id: 'a', name: 'Bash', response: { error: 'A' } } },
      { functionResponse: { id: 'b', name: 'Read', response: { output: 'B' } } },
      { functionResponse: { id: 'c', name: 'Write', response: { output: '[no result]' } } },
      { text: 'note' },
    ]);
  });

  it('ends with the results of calls that nobody has given', () => {
    expect(contents([user(text('go')), assistant(use('a'))]).at(-1)).toEqual({
      role: 'user',
      parts: [{ functionResponse: { id: 'a', name: 'Bash', response: { output: '[no result]' } } }],
    });
    const [, , second] = contents([
      user(text('go')),
      assistant(use('a')),
      assistant(text('b')),
      user(result('a', 'late')),
    ]);
    expect(second.parts[0].functionResponse.response).toEqual({ output: '[no result]' });
  });

  it('has calls without ids for older models', () => {
    const [, call, response] = contents([user(text('go')), assistant(use('a')), user(result('a'))], {
      model: 'gemini-2.5-pro',
    });
    expect(call.parts).toEqual([{ functionCall: { name: 'Bash', args: { a: 1 } } }]);
    expect(response.parts).toEqual([{ functionResponse: { name: 'Bash', response: { output: 'ok' } } }]);
  });

  it('has a second call with the same id once, and its second result as text', () => {
    const [, call, response] = contents([
      user(text('go')),
      assistant(use('a'), use('a', 'Read'), use(toolUseId('b', 'ns'), 'Odd', 'no object')),
      user(result('a', 'one'), result('a', 'two'), result(toolUseId('b', 'ns'), 'three'), result('ghost', 'four')),
    ]);
    expect(call.parts.map(({ functionCall }: any) => [functionCall.id, functionCall.args])).toEqual([
      ['a', { a: 1 }],
      ['b', { value: 'no object' }],
    ]);
    expect(response.parts.map((part: any) => part.text ?? part.functionResponse.response.output)).toEqual([
      'one',
      'three',
      '[result of an earlier tool call]',
      'two',
      '[result of an earlier tool call]',
      'four',
    ]);
  });

  it('has system messages as reminders, and their images beside them', () => {
    expect(
      contents([
        user(text('a')),
        { role: 'system', content: [text('one'), text('two'), image] },
        { role: 'system', content: '' },
      ])[0].parts,
    ).toEqual([{ text: 'a' }, { text: '<system-reminder>\none\ntwo\n</system-reminder>' }, { inlineData }]);
  });

  it('has empty results and images in results', () => {
    const parts = (content: unknown, name = model) =>
      contents([user(text('go')), assistant(use('a')), user(result('a', content))], { model: name })[2].parts;
    const response = (output: string, more = {}) => ({
      functionResponse: { id: 'a', name: 'Bash', response: { output }, ...more },
    });
    expect(parts('')).toEqual([response('(no output)')]);
    expect(parts(null)).toEqual([response('(no output)')]);
    expect(parts([text('a'), text('b')])).toEqual([response('a\nb')]);
    expect(parts([image])).toEqual([response('(attached)', { parts: [{ inlineData }] })]);
    expect(parts([text('a'), image])).toEqual([response('a', { parts: [{ inlineData }] })]);
    expect(parts([image], 'gemini-2.5-pro')).toEqual([
      { functionResponse: { name: 'Bash', response: { output: '(attached)' } } },
      { text: '[from the tool result above]' },
      { inlineData },
    ]);
  });

  it('has what the assistant said in blocks of other types', () => {
    const { body, warnings } = translated({
      messages: [
        user(text('go')),
        assistant(
          { type: 'redacted_thinking', data: 'x' },
          { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
          { type: 'web_search_tool_result', content: [{ type: 'web_search_result', title: 'T', url: 'https://t' }] },
          { type: 'future' },
        ),
        user(text('more')),
      ],
    });
    expect(body.contents[1].parts).toEqual([
      { text: '[web search results]\n- T https://t' },
      { text: '[future of an earlier answer omitted: gemini does not support it]' },
    ]);
    expect(warnings).toEqual(['[future of an earlier answer omitted: gemini does not support it]']);
  });
});

describe('thought signatures for Gemini', () => {
  const own = (encrypted: string, more = {}) => ({
    type: 'thinking',
    thinking: 'hm',
    signature: sealReasoning({ upstream: 'gemini', model, account: '', id: 'call', encrypted, ...more }),
  });
  const signatures = (blocks: unknown[], options: Partial<PrepareOptions> = {}) =>
    contents([user(text('go')), assistant(...blocks), user(text('more'))], options)[1].parts.map(
      ({ thoughtSignature }: any) => thoughtSignature,
    );
  const placeholder = 'skip_thought_signature_validator';

  it('are replayed with the first call', () => {
    expect(signatures([own('s1'), own('s2'), use('a'), own('s3'), use('b')])).toEqual(['s2', undefined]);
    expect(signatures([own('s1'), { type: 'thinking', thinking: '', signature: 'foreign' }, use('a')])).toEqual(['s1']);
    expect(signatures([own('s1'), { type: 'thinking', thinking: '' }, use('a')])).toEqual(['s1']);
  });

  it('are replaced by the placeholder when they are foreign, missing or rejected', () => {
    expect(signatures([use('a'), use('b')])).toEqual([placeholder, undefined]);
    expect(signatures([own('s1', { upstream: 'other' }), use('a')])).toEqual([placeholder]);
    expect(signatures([own('s1', { account: 'other' }), use('a')])).toEqual([placeholder]);
    const long = 'x'.repeat(60);
    const rejected = { fields: new Set<string>(), reasoning: new Set([long.slice(0, 48)]) };
    expect(signatures([own(long), use('a')], { rejected })).toEqual([placeholder]);
    expect(signatures([own(long), use('a')])).toEqual([long]);
  });

  it('are required, with ids and images in results, from the third generation on', () => {
    const options = { model: 'gemini-3' };
    expect(signatures([use('a')], options)).toEqual([placeholder]);
    const [, call, response] = contents([user(text('go')), assistant(use('a')), user(result('a', [image]))], options);
    expect(call.parts[0].functionCall.id).toBe('a');
    expect(response.parts[0].functionResponse.parts).toEqual([{ inlineData }]);
    expect(signatures([use('a')], { model: 'gemini-2.95' })).toEqual([undefined]);
  });

  it('are not required by older models', () => {
    expect(signatures([use('a')], { model: 'gemini-2.5-pro' })).toEqual([undefined]);
  });
});

describe('content for Gemini', () => {
  const parts = (block: unknown, options: Partial<PrepareOptions> = {}) => {
    const { body, warnings } = translated({ messages: [user(text('x'), block)] }, options);
    return { parts: body.contents[0].parts.slice(1), warnings };
  };
  const noted = (note: string) => ({ parts: [{ text: `[${note}]` }], warnings: [`[${note}]`] });
  const plain = (...list: unknown[]) => ({ parts: list, warnings: [] });
  const document = (source: unknown, more = {}) => ({ type: 'document', source, ...more });

  it.each([
    ['an image', image, plain({ inlineData })],
    [
      'an image as a data URL',
      { type: 'image', source: { type: 'url', url: 'data:image/png;base64,AAAA' } },
      plain({ inlineData }),
    ],
    [
      'an image without a type',
      { type: 'image', source: { type: 'base64' } },
      plain({ inlineData: { mimeType: 'image/png', data: '' } }),
    ],
    [
      'an image at a URL',
      { type: 'image', source: { type: 'url', url: 'https://x/a.png' } },
      noted('image at https://x/a.png omitted: gemini does not support it'),
    ],
    [
      'an odd data URL',
      { type: 'image', source: { url: 'data:image/png,AAAA' } },
      noted('image at data:image/png,AAAA omitted: gemini does not support it'),
    ],
    [
      'an image by id',
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      noted('image by file id omitted: gemini does not support it'),
    ],
    [
      'a PDF',
      document({ type: 'base64', data: 'JVBE' }),
      plain({ inlineData: { mimeType: 'application/pdf', data: 'JVBE' } }),
    ],
    [
      'a PDF with its type and title',
      document({ type: 'base64', media_type: 'a/b', data: 'JVBE' }, { title: 'T', context: 'C' }),
      plain({ text: '[document: T · C]' }, { inlineData: { mimeType: 'a/b', data: 'JVBE' } }),
    ],
    [
      'a text',
      document({ type: 'text', data: 'plain' }, { title: '', context: 'C' }),
      plain({ text: '[document: C]' }, { text: '<document>\nplain\n</document>' }),
    ],
    ['an empty text', document({ type: 'text' }), plain({ text: '<document>\n\n</document>' })],
    [
      'content',
      document({ type: 'content', content: 'plain' }, { title: 'T' }),
      plain({ text: '[document: T]' }, { text: 'plain' }),
    ],
    [
      'blocks of content',
      document({ type: 'content', content: [text('a'), 5, image] }),
      plain({ text: 'a' }, { inlineData }),
    ],
    [
      'a document at a URL',
      document({ type: 'url', url: 'https://x/a.pdf' }, { title: 'T' }),
      noted('document "T" at https://x/a.pdf omitted: gemini does not support it'),
    ],
    [
      'a document by id',
      document({ type: 'file', file_id: 'f' }),
      noted('document omitted: gemini does not support it'),
    ],
    ['a document without data', document({ type: 'base64' }), noted('document omitted: gemini does not support it')],
    [
      'a search result',
      { type: 'search_result', title: 'T', source: 'S', content: [text('a')] },
      plain({ text: '<search_result T · S>\na\n</search_result>' }),
    ],
    ['a reference to a tool', { type: 'tool_reference', tool_name: 'Bash' }, plain({ text: '[tool loaded: Bash]' })],
    ['a reference to no tool', { type: 'tool_reference' }, plain({ text: '[tool loaded: unknown]' })],
    ['thinking', { type: 'thinking', thinking: 'a' }, plain()],
    ['redacted thinking', { type: 'redacted_thinking' }, plain()],
    ['an empty text block', text(''), plain()],
    ['a block of the future', { type: 'future' }, noted('future block omitted: gemini does not support it')],
  ])('with %s', (_name, block, expected) => {
    expect(parts(block)).toEqual(expected);
  });

  it('with an image for a model without vision is a note', () => {
    expect(parts(image, { row: rowWith({ vision: false }) })).toEqual(noted('image omitted: the model has no vision'));
    expect(parts(image, { row: rowWith({ vision: true }) })).toEqual(plain({ inlineData }));
  });
});
