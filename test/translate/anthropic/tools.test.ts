/** The tools of a request: which can be called, under which names, and with which schemas. */
import { describe, expect, it } from 'vitest';
import { asClientTool } from '../../../src/translate/anthropic/client-tools.ts';
import { answerWithoutSearch } from '../../../src/translate/anthropic/no-search.ts';
import { everyPropertyRequired, repairArguments } from '../../../src/translate/anthropic/repair.ts';
import { isStrict } from '../../../src/translate/anthropic/strict-schema.ts';
import { callableTools } from '../../../src/translate/anthropic/tool-search.ts';
import { isSearchTool, ToolTable } from '../../../src/translate/anthropic/tool-table.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const hash = (text: string) => `${text.length}`.padStart(64, 'f');
const requestOf = (more: Record<string, unknown>) =>
  validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });
const tableOf = (more: Record<string, unknown>) => new ToolTable(requestOf(more), hash);
const search = { type: 'web_search_20250305', name: 'web_search' };

describe('the tools of a request', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };

  it('are functions with the name, description and schema for the upstream', () => {
    const table = tableOf({
      tools: [
        { name: 'mcp.server', description: 'Does.', input_schema: schema, strict: true },
        { name: 'Bash', type: 'custom' },
        { name: 'Odd', type: null, input_schema: { ...schema, additionalProperties: true }, strict: true },
        { name: 'Loose', input_schema: schema, strict: 'yes' },
      ],
    });
    const mcp = 'mcp_server_ffffffffffff';
    expect(table.functions).toEqual([
      { name: mcp, description: 'Does.', strict: true, parameters: schema },
      { name: 'Bash', description: '', strict: false, parameters: { type: 'object', properties: {} } },
      { name: 'Odd', description: '', strict: false, parameters: { ...schema, additionalProperties: true } },
      { name: 'Loose', description: '', strict: false, parameters: schema },
    ]);
    expect(table.upstreamName('mcp.server')).toBe(mcp);
    expect(table.clientName(mcp)).toBe('mcp.server');
    expect(table.clientName('unknown')).toBe('unknown');
    expect([mcp, 'Bash', 'unknown'].map((name) => table.isKnown(name))).toEqual([true, true, false]);
    expect(table.schema('mcp.server')).toEqual(schema);
    expect(table.schema('unknown')).toEqual({});
    expect(table.searchTool).toBeUndefined();
  });

  it('have references resolved in their schemas', () => {
    const input_schema = { type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'number' } } };
    const table = tableOf({ tools: [{ name: 'A', input_schema }] });
    expect(table.schema('A')).toEqual({ type: 'object', properties: { a: { type: 'number' } } });
    expect(table.functions[0]?.parameters).toEqual({ type: 'object', properties: { a: { type: 'number' } } });
  });

  it('that only Anthropic can run are an error, except for a web search', () => {
    expect(() => tableOf({ tools: [{ type: 'code_execution_20250522', name: 'code' }] })).toThrow(
      'The server tool "code_execution_20250522" cannot run on this upstream.',
    );
    const table = tableOf({ tools: [{ name: 'A' }, search] });
    expect(table.searchTool).toEqual(search);
    expect(table.functions.map(({ name }) => name)).toEqual(['A']);
    expect([search, { type: 'custom' }, {}].map(isSearchTool)).toEqual([true, false, false]);
  });

  it.each([
    [{ type: 'any' }, 'required'],
    [{ type: 'none' }, 'none'],
    [{ type: 'auto' }, 'auto'],
    [undefined, 'auto'],
    [{ type: 'tool', name: 'a.b' }, { name: 'a_b_ffffffffffff' }],
    [{ type: 'tool', name: 'missing' }, 'auto'],
    [{ type: 'tool' }, 'auto'],
  ])('are chosen by %j as %j', (tool_choice, expected) => {
    const more = { tools: [{ name: 'a.b' }], tool_choice };
    expect(tableOf(more).choice(requestOf(more))).toEqual(expected);
  });

  it('known by their type are plain functions', () => {
    const client = (type: string) => asClientTool({ type, name: 'tool', cache_control: {} });
    expect(client('bash_20250124')).toEqual({
      name: 'tool',
      description: expect.stringContaining('shell'),
      input_schema: {
        type: 'object',
        properties: { command: { type: 'string' }, restart: { type: 'boolean' } },
        required: [],
      },
    });
    expect(client('text_editor_20250728')).toMatchObject({
      input_schema: {
        properties: {
          command: { enum: ['view', 'create', 'str_replace', 'insert', 'undo_edit'] },
          insert_line: { type: 'integer' },
          view_range: { type: 'array', items: { type: 'integer' } },
        },
        required: ['command', 'path'],
      },
    });
    expect(client('memory_20250818')).toMatchObject({
      input_schema: {
        properties: { command: { enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] } },
        required: ['command'],
      },
    });
    const plain = { name: 'bash_', input_schema: {} };
    expect(asClientTool(plain)).toBe(plain);
    expect(tableOf({ tools: [{ type: 'bash_20250124', name: 'bash' }] }).functions[0]?.name).toBe('bash');
  });
});

describe('deferred tools', () => {
  const tool = (name: string, defer_loading?: unknown) => ({
    name,
    ...(defer_loading === undefined ? {} : { defer_loading }),
  });
  const names = (more: Record<string, unknown>) => callableTools(requestOf(more)).map(({ name }) => name);
  const found = (tool_name: unknown) => ({
    type: 'tool_result',
    tool_use_id: 'a',
    content: [{ type: 'tool_reference', tool_name }],
  });
  const tools = [tool('A', true), tool('ToolSearch'), tool('B', true), tool('C'), tool('D', 'yes')];

  it('are listed after they were found or called, in that order', () => {
    expect(names({ tools })).toEqual(['ToolSearch', 'C', 'D']);
    const messages = [
      { role: 'user', content: 'A' },
      { role: 'user', content: [found('B'), found('missing'), found(7), { type: 'text', text: 'x', name: 'A' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'A', input: {} }] },
      { role: 'user', content: [found('B')] },
    ];
    expect(names({ tools, messages })).toEqual(['ToolSearch', 'C', 'D', 'B', 'A']);
  });

  it('are listed when the request chooses them', () => {
    expect(names({ tools, tool_choice: { type: 'tool', name: 'B' } })).toEqual(['ToolSearch', 'C', 'D', 'B']);
  });

  it('are all listed, at the end, without a search of the client', () => {
    const hosted = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' };
    expect(names({ tools: [hosted, tool('A', true), tool('C')] })).toEqual(['C', 'A']);
  });

  it('are no matter when there are none', () => {
    expect(names({ tools: [tool('C'), tool('DeferredToolPlaceholder'), tool('A', false)] })).toEqual(['C', 'A']);
  });
});

describe('a request for a web search alone', () => {
  const answer = (more: Record<string, unknown>) => {
    const request = requestOf(more);
    return answerWithoutSearch(request, new ToolTable(request, hash), hash);
  };

  it('is answered with an error result when the upstream has no search', () => {
    const outputs = answer({
      tools: [search],
      messages: [
        { role: 'user', content: 'older' },
        {
          role: 'user',
          content: [{ type: 'text', text: 'Search' }, { type: 'image' }, { type: 'text', text: 'herons' }],
        },
        { role: 'assistant', content: 'Sure.' },
      ],
    })?.();
    const query = 'Search  herons';
    const id = `srvtoolu_${'f'.repeat(24)}`;
    expect(outputs).toEqual([
      { type: 'server_tool', id, name: 'web_search', input: { query } },
      {
        type: 'search_result',
        toolUseId: id,
        content: { type: 'web_search_tool_result_error', error_code: 'unavailable' },
      },
      { type: 'text', text: expect.stringContaining('cannot search the web') },
      {
        type: 'end',
        ending: {
          end: { stopReason: 'end_turn', stopSequence: null, usage: expect.objectContaining({ output_tokens: 0 }) },
          abort: false,
          measured: true,
        },
      },
    ]);
    expect(answer({ tools: [search] })?.()[0]).toMatchObject({ input: { query: 'x' } });
    expect(answer({ tools: [search], messages: [{ role: 'assistant', content: 'y' }] })?.()[0]).toMatchObject({
      input: { query: '' },
    });
  });

  it('is no other request', () => {
    expect(answer({ tools: [] })).toBeUndefined();
    expect(answer({ tools: [search, { name: 'Bash' }] })).toBeUndefined();
  });
});

describe('arguments that could need a repair', () => {
  it.each([
    [{}, true],
    [{ properties: { a: {} }, required: ['a'] }, true],
    [{ properties: { a: {}, b: {} }, required: ['a'] }, false],
    [{ properties: { a: {} } }, false],
    [{ anyOf: [{}] }, false],
    [{ oneOf: [{}] }, false],
    [{ allOf: [] }, false],
    [{ properties: { a: { properties: {} } }, required: ['a'] }, false],
    [{ properties: { a: { items: {} } }, required: ['a'] }, false],
    [{ properties: { a: { $ref: '#' } }, required: ['a'] }, false],
    [{ properties: { a: { anyOf: [{ type: 'string' }, { items: {} }] } }, required: ['a'] }, false],
    [{ properties: { a: { anyOf: [{ type: 'string' }] } }, required: ['a'] }, true],
  ])('by the schema %j can be streamed: %s', (schema, expected) => {
    expect(everyPropertyRequired(schema)).toBe(expected);
  });

  const dropped = (schema: Record<string, unknown>, value: Record<string, unknown>) =>
    repairArguments(value, schema, 'Print').dropped;

  it.each([
    [{ type: 'string' }, null, true],
    [{ type: 'string' }, '', false],
    [{ type: 'number' }, '', true],
    [{ type: ['string', 'null'] }, null, false],
    [{ type: ['string', 'null'] }, '', false],
    [{ type: ['number', 'null'] }, '', true],
    [{ type: 'null' }, null, false],
    [{ enum: ['', 'a'] }, '', false],
    [{ enum: ['a'] }, '', true],
    [{ const: '' }, '', false],
    [{ const: null }, null, false],
    [{ const: null }, '', true],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, null, false],
    [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, null, false],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, null, true],
    [{ allOf: [{ type: 'null' }, { type: 'string' }] }, null, true],
    [{ allOf: [{ type: 'null' }] }, null, false],
    [{ $ref: '#' }, null, true],
    [{ not: {} }, null, true],
    [{ description: 'x' }, '', false],
    [true, '', false],
    [false, '', true],
    [{ type: 'string' }, 0, false],
    [{ type: 'string' }, 'a', false],
  ])('by the schema %j lose the optional value %j: %s', (schema, value, isDropped) => {
    expect(dropped({ properties: { a: schema } }, { a: value })).toEqual(isDropped ? ['$.a'] : []);
    expect(dropped({ properties: { a: schema }, required: ['a'] }, { a: value })).toEqual([]);
  });

  it('are repaired in nested objects and lists', () => {
    const inner = { properties: { b: { type: 'number' } } };
    const schema = { properties: { a: inner, list: { items: inner }, free: {}, loose: { items: [inner] } } };
    const value = {
      a: { b: '', c: null },
      list: [{ b: '' }, 'x', { b: 'y' }, [{ b: '' }]],
      free: { b: '' },
      loose: [{ b: '' }],
    };
    expect(repairArguments(value, schema, 'Print')).toEqual({
      value: { a: { c: null }, list: [{}, 'x', { b: 'y' }, [{ b: '' }]], free: { b: '' }, loose: [{ b: '' }] },
      dropped: ['$.a.b', '$.list[0].b'],
    });
  });

  it('lose unknown empty members only if the schema is closed', () => {
    expect(dropped({ properties: {} }, { odd: null })).toEqual([]);
    expect(dropped({ properties: {}, additionalProperties: false }, { odd: null, more: 1, toString: '' })).toEqual([
      '$.odd',
      '$.toString',
    ]);
    const patterns = { additionalProperties: false, patternProperties: { '^x': {}, '(': {} } };
    expect(dropped(patterns, { odd: '' })).toEqual([]);
    expect(dropped({ ...patterns, patternProperties: { '^x': {} } }, { odd: '', xa: '' })).toEqual(['$.odd']);
  });

  it('keep a member called __proto__', () => {
    const value = JSON.parse('{"__proto__":{"x":1},"a":""}');
    const repaired = repairArguments(value, { properties: { a: { type: 'number' } } }, 'Print');
    expect(JSON.stringify(repaired.value)).toBe('{"__proto__":{"x":1}}');
    const intact = { a: 'x' };
    expect(repairArguments(intact, {}, 'Print').value).toBe(intact);
  });
});

describe('a strict schema', () => {
  const closed = (properties: object, more = {}) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...more,
  });

  it.each([
    [
      'every supported keyword',
      closed({ a: { type: 'string', title: 't', description: 'd', pattern: 'p', format: 'f' } }),
      true,
    ],
    [
      'limits of numbers',
      closed({
        a: { type: 'number', minimum: 1, maximum: 2, exclusiveMinimum: 0, exclusiveMaximum: 3, multipleOf: 1 },
      }),
      true,
    ],
    ['a list', closed({ a: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 } }), true],
    ['a list without items', closed({ a: { type: 'array' } }), false],
    ['a list of anything', closed({ a: { type: 'array', items: {} } }), false],
    ['a list of open objects', closed({ a: { type: 'array', items: { type: 'object' } } }), false],
    ['items that are no schema', closed({ a: { type: 'string', items: true } }), false],
    ['an enumeration', closed({ a: { enum: [1] } }), true],
    ['a constant', closed({ a: { const: 1 } }), true],
    ['a union', closed({ a: { anyOf: [{ type: 'string' }, { type: 'null' }] } }), true],
    ['a union with anything', closed({ a: { anyOf: [{ type: 'string' }, {}] } }), false],
    ['a reference', closed({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'string' } } }), true],
    ['an unsupported keyword', closed({ a: { type: 'string', minLength: 1 } }), false],
    ['an unsupported keyword at the root', closed({}, { patternProperties: {} }), false],
    ['an optional property', { ...closed({ a: { type: 'string' } }), required: [] }, false],
    ['an open object', closed({}, { additionalProperties: true }), false],
    ['an open object inside', closed({ a: { type: ['object', 'null'] } }), false],
    ['a boolean as a property', closed({ a: true }), false],
    ['a list at the root', { type: ['object'], additionalProperties: false }, false],
  ])('with %s: %#', (_name, schema, expected) => {
    expect(isStrict(schema)).toBe(expected);
  });
});
