import { expect } from 'vitest';
import * as up from '../support/events.ts';
import { type Bench, matrix, type Row } from './table.ts';

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } };
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQ=' } };
const use = (id: string, name = 'Read') => ({ type: 'tool_use', id, name, input: { file_path: '/a' } });
const result = (id: string, content: unknown, extra = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...extra,
});
const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });

/** @returns `carried` when the content was sent upstream, `noted` when a note and a warning replaced it. */
const contentOutcome = async (bench: Bench, messages: unknown[], needle: string): Promise<string> => {
  const { status } = await bench.send({ messages });
  expect(status).toBe(200);
  if (bench.sentText.includes(needle)) return 'carried';
  expect(bench.sentText).toMatch(/\[[^[\]]* omitted: /);
  expect(bench.warned).toBe(true);
  return 'noted';
};

const content = (name: string, messages: unknown[], needle: string, wanted: Row['wanted'] = 'carried'): Row => ({
  name,
  wanted,
  run: (bench) => contentOutcome(bench, messages, needle),
});

const functionsOf = (body: Record<string, any>): Record<string, any>[] =>
  body.tools.flatMap((tool: Record<string, any>) => (tool.type === 'namespace' ? tool.tools : [tool]));

const searchTool = {
  type: 'web_search_20250305',
  name: 'web_search',
  max_uses: 8,
  allowed_domains: ['example.org'],
  blocked_domains: ['bad.example'],
};

const searchAnswer = (): up.UpstreamEvent[] => {
  const text = 'Herons fish at dawn (Herons).';
  const annotation = {
    type: 'url_citation',
    url: 'https://example.org/herons',
    title: 'Herons',
    start_index: 20,
    end_index: 28,
  };
  return [
    up.created(),
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { type: 'web_search_call', id: 'ws_1', status: 'in_progress' },
    },
    { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws_1' },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: {
        type: 'web_search_call',
        id: 'ws_1',
        status: 'completed',
        action: {
          type: 'search',
          query: 'herons at dawn',
          sources: [
            { type: 'url', url: 'https://example.org/herons' },
            { type: 'url', url: 'https://www.bad.example/x' },
          ],
        },
      },
    },
    up.textStart(1),
    up.textDelta(1, text),
    {
      type: 'response.output_text.annotation.added',
      output_index: 1,
      item_id: 'msg_1',
      content_index: 0,
      annotation_index: 0,
      annotation,
    },
    {
      type: 'response.output_item.done',
      output_index: 1,
      item: {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text, annotations: [annotation] }],
      },
    },
    up.completed(),
  ];
};

matrix('content', [
  {
    name: 'text as a string or as blocks gives the same bytes',
    wanted: 'carried',
    run: async (bench) => {
      await bench.send({ messages: [{ role: 'user', content: 'same' }] });
      await bench.send({ messages: [user({ type: 'text', text: 'same', cache_control: { type: 'ephemeral' } })] });
      const [first, second] = bench.upstream.requests;
      expect(second?.text).toBe(first?.text);
      return 'carried';
    },
  },
  content(
    'system message between turns',
    [user({ type: 'text', text: 'a' }), { role: 'system', content: 'Mind it.' }],
    '"role":"developer","content":[{"type":"input_text","text":"Mind it."}]',
  ),
  content('image, base64', [user(image)], `data:image/png;base64,${pixel}`),
  content(
    'image, URL',
    [user({ type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } })],
    '"image_url":"https://example.org/a.png"',
    { codex: 'noted', chatgpt: 'carried', openai: 'carried' },
  ),
  content(
    'image in a tool result',
    [user({ type: 'text', text: 'x' }), assistant(use('t1')), user(result('t1', [image]))],
    `data:image/png;base64,${pixel}`,
  ),
  content('PDF, base64', [user(pdf)], 'data:application/pdf;base64,JVBERi0xLjQ='),
  content(
    'PDF in a tool result',
    [user({ type: 'text', text: 'x' }), assistant(use('t1')), user(result('t1', [pdf]))],
    'data:application/pdf;base64,JVBERi0xLjQ=',
  ),
  content(
    'PDF, URL',
    [user({ type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' } })],
    '"file_url":"https://example.org/a.pdf"',
    { codex: 'noted', chatgpt: 'noted', openai: 'carried' },
  ),
  content(
    'text document',
    [user({ type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'plain words' } })],
    'plain words',
  ),
  content(
    'document with content blocks',
    [user({ type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'inner words' }, image] } })],
    'inner words',
  ),
  content(
    'search result',
    [
      user({
        type: 'search_result',
        source: 'https://example.org',
        title: 'S',
        content: [{ type: 'text', text: 'found words' }],
      }),
    ],
    'found words',
  ),
  content(
    'call without result, result without call',
    [
      user({ type: 'text', text: 'x' }),
      assistant(use('t1')),
      user(result('ghost', 'boo'), { type: 'text', text: 'on' }),
    ],
    'boo',
  ),
  content(
    'failed tool',
    [user({ type: 'text', text: 'x' }), assistant(use('t1')), user(result('t1', 'no such file', { is_error: true }))],
    '[tool error] no such file',
  ),
  content(
    'web search result in the history',
    [
      user({ type: 'text', text: 'x' }),
      assistant(
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
        {
          type: 'web_search_tool_result',
          tool_use_id: 's1',
          content: [{ type: 'web_search_result', url: 'https://example.org/z', title: 'Z' }],
        },
        { type: 'text', text: 'Z it is.' },
      ),
      user({ type: 'text', text: 'go on' }),
    ],
    'https://example.org/z',
  ),
  {
    name: 'tool name over 64 characters',
    wanted: 'carried',
    run: async (bench) => {
      const name = `mcp__server__${'long_'.repeat(20)}`;
      bench.script((request) => [
        up.created(),
        ...up.callItem(0, { name: functionsOf(request.body)[0]!.name, args: {} }),
        up.completed(),
      ]);
      const { seen } = await bench.send({ tools: [{ name, input_schema: { type: 'object' } }] });
      expect(seen.blocks[0]?.start.name).toBe(name);
      return 'carried';
    },
  },
  {
    name: 'references and unions in schemas',
    wanted: 'carried',
    run: async (bench) => {
      const input_schema = {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $defs: {
          place: { type: 'object', properties: { path: { type: 'string' }, inside: { $ref: '#/$defs/place' } } },
        },
        anyOf: [
          { properties: { at: { $ref: '#/$defs/place' }, all: { type: 'boolean' } }, required: ['at', 'all'] },
          { properties: { id: { type: 'number' }, all: { type: 'boolean' } }, required: ['id', 'all'] },
        ],
      };
      await bench.send({ tools: [{ name: 'Pick', input_schema }] });
      expect(functionsOf(bench.sent)[0]?.parameters).toMatchObject({
        type: 'object',
        properties: { at: { type: 'object', properties: { path: { type: 'string' } } }, id: { type: 'number' } },
        required: ['all'],
      });
      return 'carried';
    },
  },
  {
    name: 'tool choice and no parallel calls',
    wanted: 'carried',
    run: async (bench) => {
      await bench.send({ tool_choice: { type: 'tool', name: 'Read', disable_parallel_tool_use: true } });
      expect(bench.sent).toMatchObject({ tool_choice: { type: 'function', name: 'Read' }, parallel_tool_calls: false });
      return 'carried';
    },
  },
  {
    name: 'namespace of a call is replayed where namespaces exist',
    wanted: { codex: 'flat', chatgpt: 'carried', openai: 'flat' },
    run: async (bench) => {
      const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'Read', namespace: 'functions' };
      bench.script(() => [
        up.created(),
        { type: 'response.output_item.done', output_index: 0, item: { ...call, arguments: '{"file_path":"/a"}' } },
        up.completed(),
      ]);
      const { seen } = await bench.send();
      const id = String(seen.blocks[0]?.start.id);
      // The conversation is the same on every upstream, because a switch must not lose the call.
      await bench.send({ messages: [user({ type: 'text', text: 'x' }), assistant(use(id)), user(result(id, 'ok'))] });
      const [sent, output] = bench.sent.input.slice(1);
      expect(sent).toMatchObject({ type: 'function_call', call_id: 'call_1', name: 'Read' });
      expect(output).toMatchObject({ type: 'function_call_output', call_id: 'call_1', output: 'ok' });
      if (!('namespace' in sent)) return 'flat';
      expect(sent.namespace).toBe('functions');
      return 'carried';
    },
  },
  {
    name: 'structured output',
    wanted: 'carried',
    run: async (bench) => {
      const schema = {
        type: 'object',
        properties: { title: { type: 'string' } },
        required: ['title'],
        additionalProperties: false,
      };
      await bench.send({ output_config: { format: { type: 'json_schema', schema } } });
      expect(bench.sent.text.format).toMatchObject({ type: 'json_schema', strict: true, schema });
      return 'carried';
    },
  },
  {
    name: 'stop sequences',
    wanted: 'emulated',
    run: async (bench) => {
      bench.script(() => [up.created(), ...up.textItem(0, 'one</b>two', 3), up.completed()]);
      const { seen } = await bench.send({ stop_sequences: ['</b>'] });
      expect([seen.blocks[0]?.text, seen.stopReason]).toEqual(['one', 'stop_sequence']);
      return 'emulated';
    },
  },
  {
    name: 'effort and thinking',
    wanted: 'carried',
    run: async (bench) => {
      await bench.send({ output_config: { effort: 'max' }, thinking: { type: 'adaptive' } });
      expect(bench.sent.reasoning).toEqual({ effort: 'xhigh', summary: 'auto' });
      return 'carried';
    },
  },
  {
    name: 'fast mode by field and by model name',
    wanted: 'carried',
    run: async (bench) => {
      await bench.send({ speed: 'fast' });
      expect(bench.sent.service_tier).toBe('priority');
      await bench.send({ model: `${bench.model}-fast` });
      expect(bench.sent).toMatchObject({ model: 'gpt-5.5', service_tier: 'priority' });
      return 'carried';
    },
  },
  {
    name: 'output limit',
    wanted: { codex: 'not sendable', chatgpt: 'not sendable', openai: 'carried' },
    run: async (bench) => {
      await bench.send({ max_tokens: 500_000 });
      if (!('max_output_tokens' in bench.sent)) return 'not sendable';
      expect(bench.sent.max_output_tokens).toBe(128_000);
      return 'carried';
    },
  },
  {
    name: 'probe of one token',
    wanted: { codex: 'cut', chatgpt: 'cut', openai: 'carried' },
    run: async (bench) => {
      const response = await bench.proxy.post({
        model: bench.model,
        max_tokens: 1,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      const message = (await response.json()) as Record<string, any>;
      expect([response.status, typeof message.usage.input_tokens]).toEqual([200, 'number']);
      if (bench.profile === 'openai') expect(bench.sent.max_output_tokens).toBe(16);
      else expect([message.content, message.stop_reason]).toEqual([[], 'max_tokens']);
      return message.content.length === 0 ? 'cut' : 'carried';
    },
  },
  {
    name: 'tool search',
    wanted: 'emulated',
    run: async (bench) => {
      const tool = (name: string, extra = {}) => ({ name, input_schema: { type: 'object', properties: {} }, ...extra });
      const later = [tool('Zoom', { defer_loading: true }), tool('Archive', { defer_loading: true })];
      const tools = [
        tool('ToolSearch'),
        ...later,
        tool('Read'),
        tool('DeferredToolPlaceholder', { defer_loading: true }),
      ];
      const named = () => functionsOf(bench.sent).map(({ name }) => name);
      await bench.send({ tools });
      expect(named()).toEqual(['ToolSearch', 'Read']);
      const loaded = (name: string) => [{ type: 'tool_reference', tool_name: name }];
      const history = [
        user({ type: 'text', text: 'x' }),
        assistant(use('t1', 'ToolSearch')),
        user(result('t1', loaded('Zoom'))),
      ];
      await bench.send({ tools, messages: history });
      expect(named()).toEqual(['ToolSearch', 'Read', 'Zoom']);
      const more = [...history, assistant(use('t2', 'ToolSearch')), user(result('t2', loaded('Archive')))];
      await bench.send({ tools, messages: more });
      expect(named()).toEqual(['ToolSearch', 'Read', 'Zoom', 'Archive']);
      expect(bench.sentText).toContain('[tool loaded: Archive]');
      return 'emulated';
    },
  },
  {
    name: 'web search',
    wanted: 'carried',
    run: async (bench) => {
      bench.script(searchAnswer);
      const { seen } = await bench.send({ tools: [searchTool], tool_choice: { type: 'auto' } });
      expect(bench.sent).toMatchObject({
        tool_choice: 'required',
        include: ['reasoning.encrypted_content', 'web_search_call.action.sources'],
      });
      expect(bench.sent.instructions).toContain('bad.example');
      expect(bench.sent.tools[0]).toMatchObject({ type: 'web_search', filters: { allowed_domains: ['example.org'] } });
      expect(bench.sent.max_tool_calls).toBe(bench.profile === 'openai' ? 8 : undefined);
      expect(seen.blocks.map(({ type }) => type)).toEqual(['server_tool_use', 'web_search_tool_result', 'text']);
      const [search, found, text] = seen.blocks;
      expect(JSON.parse(search!.text)).toEqual({ query: 'herons at dawn' });
      expect(found?.start).toMatchObject({
        tool_use_id: search?.start.id,
        content: [{ type: 'web_search_result', url: 'https://example.org/herons', title: 'Herons' }],
      });
      expect(text?.citations).toMatchObject([
        { type: 'web_search_result_location', url: 'https://example.org/herons', cited_text: '(Herons)' },
      ]);
      expect(seen.usage).toMatchObject({ server_tool_use: { web_search_requests: 1 } });
      return 'carried';
    },
  },
  {
    name: 'web search not available for the account',
    wanted: 'unavailable',
    run: async (bench) => {
      const message = "Unsupported tool: 'web_search' is not available for this account.";
      bench.script(() => ({
        status: 400,
        body: JSON.stringify({ error: { message, param: 'tools[0]', code: 'unsupported_value' } }),
      }));
      const { status, seen } = await bench.send({ tools: [searchTool] });
      expect([status, seen.stopReason]).toEqual([200, 'end_turn']);
      expect(seen.blocks[1]?.start.content).toEqual({
        type: 'web_search_tool_result_error',
        error_code: 'unavailable',
      });
      return 'unavailable';
    },
  },
  {
    name: 'client tools identified by type',
    wanted: 'carried',
    run: async (bench) => {
      await bench.send({ tools: [{ type: 'bash_20250124', name: 'bash' }] });
      expect(functionsOf(bench.sent)[0]).toMatchObject({
        name: 'bash',
        parameters: { properties: { command: { type: 'string' } } },
      });
      return 'carried';
    },
  },
  {
    name: 'server tool that only Anthropic runs',
    wanted: 'refused',
    run: async (bench) => {
      const { status, error } = await bench.send({
        tools: [{ type: 'code_execution_20250825', name: 'code_execution' }],
      });
      expect([status, error?.type]).toEqual([402, 'billing_error']);
      return 'refused';
    },
  },
  {
    name: 'thinking is replayed only to its origin',
    wanted: 'carried',
    run: async (bench) => {
      bench.script(() => [
        up.created(),
        ...up.reasoningItem(0, 'I ponder.', 'sealed'),
        ...up.textItem(1, 'So.'),
        up.completed(),
      ]);
      const { seen } = await bench.send();
      const thinking = { type: 'thinking', thinking: seen.blocks[0]?.text, signature: seen.blocks[0]?.signature };
      const messages = [
        user({ type: 'text', text: 'x' }),
        assistant(thinking, { type: 'text', text: 'So.' }),
        user({ type: 'text', text: 'y' }),
      ];
      await bench.send({ messages });
      expect(bench.sent.input[1]).toMatchObject({ type: 'reasoning', encrypted_content: 'sealed' });
      await bench.send({ messages, model: `${bench.model.replace('gpt-5.5', 'gpt-6-sol')}` });
      expect(bench.sentText).not.toContain('sealed');
      return 'carried';
    },
  },
  {
    name: 'rejected optional field',
    wanted: 'learned',
    run: async (bench) => {
      const message = "Unsupported value: 'reasoning.summary' is not supported with this model.";
      bench.script(({ body }) =>
        body.reasoning?.summary === undefined
          ? up.saying('Fine.')
          : {
              status: 400,
              body: JSON.stringify(
                bench.profile === 'codex'
                  ? { detail: message }
                  : {
                      error: {
                        message,
                        param: 'reasoning.summary',
                        code: 'unsupported_value',
                        type: 'invalid_request_error',
                      },
                    },
              ),
            },
      );
      const think = { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } };
      expect((await bench.send(think)).status).toBe(200);
      expect((await bench.send(think)).status).toBe(200);
      expect(bench.upstream.requests).toHaveLength(3);
      expect(bench.sent.reasoning).toEqual({ effort: 'low' });
      return 'learned';
    },
  },
]);
