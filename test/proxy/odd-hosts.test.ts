/** Hosts that violate their protocol: no truncated call may run, and no content may be lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DialectBench } from '../support/dialect-bench.ts';
import { chatChunk, chatFrame, messagesFrame } from '../support/dialect-scripts.ts';
import { saying } from '../support/dialect-upstream.ts';

let bench: DialectBench;
afterEach(() => bench.stop());

const chat = (...chunks: unknown[]) => ({ raw: `${chunks.map(chatFrame).join('')}data: [DONE]\n\n` });
const calls = (...pieces: object[]) => chatChunk({ tool_calls: pieces });
const end = (reason: string) => chatChunk({}, reason);
const write = (name: string) => `{"file_path":"/${name}","content":"x"}`;
const named = (index: unknown, name: string, args: string, id?: string) => ({
  index,
  ...(id ? { id } : {}),
  function: { name, arguments: args },
});
const run = async (raw: { raw: string }) => {
  bench.script(() => raw);
  const { status, seen, error } = await bench.send();
  const executedCalls = seen.blocks.filter(({ type, closed }) => type === 'tool_use' && closed);
  return { status, error, seen, executedCalls: executedCalls.map(({ start, text }) => [start.name, text]) };
};

describe('chat hosts', () => {
  beforeEach(async () => {
    bench = await DialectBench.start('chat');
  });

  it.each(['network_error', 'abort', 'insufficient_system_resource', 'anything'])(
    'a response that ends with "%s" is incomplete, and its calls do not run',
    async (reason) => {
      const raw = chat(calls(named(0, 'Bash', '{"command":"rm -rf build"}', 'a')), end(reason));
      const { executedCalls, error, seen } = await run(raw);
      expect([executedCalls, seen.complete, error?.type]).toEqual([[], false, 'overloaded_error']);
    },
  );

  it('a content filter also drops calls', async () => {
    const { executedCalls, seen } = await run(
      chat(calls(named(0, 'Read', '{"file_path":"/a"}', 'a')), end('content_filter')),
    );
    expect([executedCalls, seen.stopReason]).toEqual([[], 'refusal']);
  });

  it('the finish reason "null" as a string is ignored', async () => {
    const { seen } = await run(chat(chatChunk({ content: 'A' }, 'null'), chatChunk({ content: 'B' }), end('stop')));
    expect(seen.blocks.map(({ text }) => text)).toEqual(['AB']);
  });

  it.each([
    [
      'a string as index',
      [
        calls(named('0', 'Read', '', 'a')),
        calls(named('1', 'Write', '', 'b')),
        calls({ index: '0', function: { arguments: '{"file_path":"/a"}' } }),
        calls({ index: '1', function: { arguments: write('b') } }),
      ],
    ],
    [
      'index 0 and no ids',
      [
        calls(named(0, 'Read', '')),
        calls({ index: 0, function: { arguments: '{"file_path":"/a"}' } }),
        calls(named(0, 'Write', write('b'))),
      ],
    ],
    ['index 0 in one chunk', [calls(named(0, 'Read', '{"file_path":"/a"}'), named(0, 'Write', write('b')))]],
    [
      'an object instead of a list',
      [
        chatChunk({ tool_calls: named(0, 'Read', '{"file_path":"/a"}', 'a') }),
        calls(named(1, 'Write', write('b'), 'b')),
      ],
    ],
  ])('two calls with %s stay separate', async (_name, chunks) => {
    const { executedCalls } = await run(chat(...chunks, end('tool_calls')));
    expect(executedCalls).toEqual([
      ['Read', '{"file_path":"/a"}'],
      ['Write', write('b')],
    ]);
  });

  it('a tool name in pieces is joined', async () => {
    const { executedCalls } = await run(
      chat(
        calls(named(0, 'Wr', '', 'a')),
        calls({ index: 0, function: { name: 'ite' } }),
        calls({ index: 0, function: { arguments: write('a') } }),
        end('tool_calls'),
      ),
    );
    expect(executedCalls).toEqual([['Write', write('a')]]);
  });

  it('no call runs when a later one is invalid', async () => {
    const { executedCalls, status } = await run(
      chat(calls(named(0, 'Read', '{"file_path":"/a"}', 'a')), calls(named(1, 'Read', '{"fi', 'b')), end('tool_calls')),
    );
    expect([executedCalls, status]).toEqual([[], 500]);
  });

  it('a call after the finish reason is an error', async () => {
    const { error } = await run(
      chat(
        chatChunk({ content: 'Yes.' }),
        end('stop'),
        calls(named(0, 'Read', '{"file_path":"/a"}', 'a')),
        end('tool_calls'),
      ),
    );
    expect(error?.message).toMatch(/after the response had ended/);
  });

  it('numbers beyond the precision of JavaScript are kept unchanged', async () => {
    const args = '{"file_path":"/a","limit":12345678901234567890,"pages":""}';
    expect((await run(chat(calls(named(0, 'Read', args, 'a')), end('tool_calls')))).executedCalls).toEqual([
      ['Read', args],
    ]);
  });

  it('a second choice is ignored', async () => {
    const { seen } = await run(
      chat(chatChunk({ content: 'A' }), { choices: [{ index: 1, delta: { content: 'SECOND' } }] }, end('stop')),
    );
    expect(seen.blocks.map(({ text }) => text)).toEqual(['A']);
  });

  it.each([
    ['as an object', { object: 'error', message: 'the server is on fire', code: 40_303 }],
    ['as detail', { detail: 'the server is on fire' }],
    ['in the choice', { choices: [{ index: 0, delta: {}, error: 'the server is on fire', finish_reason: 'stop' }] }],
  ])('an error %s in the stream is reported', async (_name, chunk) => {
    const { error, status } = await run(chat(chunk));
    expect(status).not.toBe(200);
    expect(error?.message).toMatch(/on fire/);
  });

  it('a reused call id keeps both results', async () => {
    const use = { type: 'tool_use', id: 'same', name: 'Read', input: { file_path: '/a' } };
    const result = (content: string) => ({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'same', content }],
    });
    await bench.send({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [use] },
        result('FIRST'),
        { role: 'assistant', content: [use] },
        result('SECOND'),
      ],
    });
    expect(bench.upstream.complaints).toEqual([]);
    expect(bench.sentText).toMatch(/FIRST[\s\S]*SECOND/);
  });

  it('one invalid image does not disable images for the model', async () => {
    bench.script(() => ({ status: 400, body: { error: { message: 'Failed to decode image input: corrupt PNG' } } }));
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    expect((await bench.send({ messages: [{ role: 'user', content: [image] }] })).status).toBe(400);
    bench.script(() => saying('Fine.'));
    await bench.send({ messages: [{ role: 'user', content: [image] }] });
    expect(bench.sentText).toContain('image_url');
  });

  it('a rejected response format is requested in the prompt instead', async () => {
    bench.script((seen) =>
      seen.body.response_format
        ? { status: 400, body: { error: { message: "Unknown parameter: 'response_format'" } } }
        : saying('{}'),
    );
    const format = { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } };
    await bench.send({ tools: [], output_config: { format } });
    expect(bench.sentText).toContain('follows this schema');
  });

  it.each([
    [400, "Unknown parameter: 'context_window'"],
    [400, "Invalid 'tools[3].function.description': contains context window"],
    [400, 'max_tokens is too large: must be less than the context window 8192'],
  ])('%s %s is not a context overflow', async (status, message) => {
    bench.script(() => ({ status, body: { error: { message } } }));
    expect((await bench.send()).error?.message).not.toMatch(/^prompt is too long/);
  });

  it.each([
    [
      'llama.cpp',
      { error: { type: 'exceed_context_size_error', message: 'too big', n_prompt_tokens: 9_000, n_ctx: 4_096 } },
      '9000 tokens > 4096',
    ],
    [
      'Kimi',
      { error: { message: 'Your request exceeded model token limit: 262144 (requested: 300000)' } },
      '300000 tokens > 262144',
    ],
    ['Ollama', { error: 'prompt too long; exceeded max context length by 5000 tokens' }, '205000 tokens > 200000'],
  ])('a context overflow is recognised in the format of %s', async (_name, body, wanted) => {
    bench.script(() => ({ status: 400, body }));
    expect((await bench.send()).error?.message).toBe(`prompt is too long: ${wanted} maximum`);
  });

  it.each([
    [400, 'Model Not Exist', '402 billing_error'],
    [404, 'No endpoints found for x/y', '402 billing_error'],
    [400, 'Your credit balance is too low', '402 billing_error'],
    [429, 'You exceeded your current quota, please check your plan and billing details', '402 billing_error'],
  ])('%s "%s" is not retried', async (status, message, wanted) => {
    bench.script(() => ({ status, body: { error: { message, type: 'invalid_request_error' } } }));
    const answer = await bench.send();
    expect(`${answer.status} ${answer.error?.type}`).toBe(wanted);
    expect(bench.upstream.requests).toHaveLength(1);
  });
});

describe('Messages hosts', () => {
  beforeEach(async () => {
    bench = await DialectBench.start('messages');
  });

  const events = (...list: object[]) => ({
    raw: [{ type: 'message_start', message: { usage: {} } }, ...list]
      .map((event) => messagesFrame(event as { type: string }))
      .join(''),
  });
  const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
  const tool = (name: string, input: unknown = {}) => ({ type: 'tool_use', id: `t_${name}`, name, input });
  const delta = (index: number, partial_json: unknown) => ({
    type: 'content_block_delta',
    index,
    delta: { type: 'input_json_delta', partial_json },
  });
  const stop = (index: number) => ({ type: 'content_block_stop', index });
  const messageEnd = (stop_reason: unknown) => [
    { type: 'message_delta', delta: { stop_reason }, usage: {} },
    { type: 'message_stop' },
  ];

  it.each(['', '{"file_'])(
    'a call truncated by the output limit at %j is dropped, although its block was closed',
    async (args) => {
      const { executedCalls, seen } = await run(
        events(
          start(0, { type: 'text', text: 'Now.' }),
          stop(0),
          start(1, tool('Read')),
          ...(args ? [delta(1, args)] : []),
          stop(1),
          ...messageEnd('max_tokens'),
        ),
      );
      expect([executedCalls, seen.stopReason]).toEqual([[], 'max_tokens']);
      expect(bench.upstream.requests).toHaveLength(1);
    },
  );

  it('a block with an index in use is kept', async () => {
    const { executedCalls, seen } = await run(
      events(
        start(0, { type: 'text', text: 'Hi' }),
        start(0, tool('Read')),
        delta(0, '{"file_path":"/a"}'),
        stop(0),
        ...messageEnd('tool_use'),
      ),
    );
    expect([seen.blocks[0]?.text, executedCalls]).toEqual(['Hi', [['Read', '{"file_path":"/a"}']]]);
  });

  it.each([
    ['a string as input', [start(0, tool('Read', '{"file_path":"/a"}')), stop(0)]],
    ['an object as delta', [start(0, tool('Read')), delta(0, { file_path: '/a' }), stop(0)]],
  ])('arguments with %s are accepted', async (_name, list) => {
    expect((await run(events(...list, ...messageEnd('tool_use')))).executedCalls).toEqual([
      ['Read', '{"file_path":"/a"}'],
    ]);
  });

  it.each([[null], ['network_error'], [undefined]])(
    'a response with the stop reason %j is incomplete',
    async (reason) => {
      const { error, seen } = await run(
        events(start(0, { type: 'text', text: 'Half' }), stop(0), ...messageEnd(reason)),
      );
      expect([seen.complete, error?.type]).toEqual([false, 'overloaded_error']);
    },
  );

  const use = (id: string) => ({ type: 'tool_use', id, name: 'Read', input: { file_path: '/a' } });
  const result = (id: string, content: string) => ({ type: 'tool_result', tool_use_id: id, content });
  const user = (...content: object[]) => ({ role: 'user', content });

  it.each([
    ['spread over two messages', [user(result('a', 'RES-A')), user(result('b', 'RES-B'))]],
    ['after a text message', [user({ type: 'text', text: 'wait' }), user(result('b', 'RES-B'), result('a', 'RES-A'))]],
    [
      'after a system message',
      [{ role: 'system', content: 'Mind.' }, user(result('a', 'RES-A'), result('b', 'RES-B'))],
    ],
    ['sent twice', [user(result('a', 'RES-A'), result('b', 'RES-B'), result('a', 'AGAIN'))]],
  ])('results %s are assigned to their calls', async (_name, following) => {
    await bench.send({
      messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: [use('a'), use('b')] }, ...following],
    });
    expect(bench.upstream.complaints).toEqual([]);
    const results = bench.sent.messages[2].content.filter(({ type }: { type: string }) => type === 'tool_result');
    expect(results.map((block: Record<string, string>) => [block.tool_use_id, block.content])).toEqual(
      expect.arrayContaining([
        ['a', 'RES-A'],
        ['b', 'RES-B'],
      ]),
    );
    expect(bench.sentText).not.toContain('[no result]');
  });

  it('a conversation with only an empty text is sent with one message', async () => {
    await bench.send({ messages: [{ role: 'user', content: '' }] });
    expect(bench.sent.messages).toHaveLength(1);
  });

  it('a thinking budget is limited to less than max_tokens', async () => {
    await bench.send({ max_tokens: 4_000, thinking: { type: 'enabled', budget_tokens: 63_999 } });
    expect(bench.sent.thinking).toEqual({ type: 'enabled', budget_tokens: 3_999 });
  });

  it('a rejected nested field does not remove the top-level field of the same name', async () => {
    bench.script(() => ({
      status: 400,
      body: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'messages.3.content.1.thinking: Extra inputs are not permitted',
        },
      },
    }));
    await bench.send({ thinking: { type: 'enabled', budget_tokens: 2_000 } });
    bench.script(() => saying('Fine.'));
    await bench.send({ thinking: { type: 'enabled', budget_tokens: 2_000 } });
    expect(bench.sent.thinking).toBeDefined();
  });

  it('rejected cache_control marks are removed everywhere, and the other fields are kept', async () => {
    bench.script((seen) =>
      seen.text.includes('cache_control')
        ? {
            status: 400,
            body: {
              type: 'error',
              error: {
                type: 'invalid_request_error',
                message: 'tools.0.cache_control: Extra inputs are not permitted',
              },
            },
          }
        : saying('Fine.'),
    );
    const tools = [
      { name: 'Read', description: 'x', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } },
    ];
    expect((await bench.send({ tools })).status).toBe(200);
    expect(bench.sent.tools[0].name).toBe('Read');
  });
});
