/** Host quirks of the chat dialect, and pass-through to Messages hosts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DialectBench } from '../support/dialect-bench.ts';
import { chatChunk, chatFrame, chatUsage, messagesFrame } from '../support/dialect-scripts.ts';
import { saying } from '../support/dialect-upstream.ts';

let bench: DialectBench;
const chat = (...chunks: unknown[]) => ({ raw: `${chunks.map(chatFrame).join('')}data: [DONE]\n\n` });
const piece = (index: number | undefined, more: object) =>
  chatChunk({ tool_calls: [{ ...(index === undefined ? {} : { index }), ...more }] });
const end = (reason: string) => chatChunk({}, reason);
const callsOf = (seen: Awaited<ReturnType<DialectBench['send']>>['seen']) =>
  seen.blocks.filter(({ type }) => type === 'tool_use').map((block) => [block.start.name, block.start.id, block.text]);
const write = (name: string) => `{"file_path":"/${name}","content":"x"}`;

afterEach(() => bench.stop());

describe('chat hosts', () => {
  beforeEach(async () => {
    bench = await DialectBench.start('chat');
  });

  it.each([
    ['an index each', [0, 1]],
    ['index 0 for both', [0, 0]],
    ['no index', [undefined, undefined]],
  ])('are supported when two calls have %s', async (_name, [first, second]) => {
    bench.script(() =>
      chat(
        piece(first, { id: 'a', function: { name: 'Write', arguments: '' } }),
        piece(first, { function: { arguments: write('a') } }),
        piece(second, { id: 'b', function: { name: 'Write', arguments: '' } }),
        piece(second, { function: { arguments: write('b') } }),
        end('tool_calls'),
      ),
    );
    const { seen } = await bench.send();
    expect(callsOf(seen)).toEqual([
      ['Write', 'a', write('a')],
      ['Write', 'b', write('b')],
    ]);
    expect(seen.stopReason).toBe('tool_use');
  });

  it('have their calls serialised when the pieces alternate', async () => {
    const [a, b] = [write('a'), write('b')];
    bench.script(() =>
      chat(
        piece(0, { id: 'a', function: { name: 'Write', arguments: a.slice(0, 9) } }),
        piece(1, { id: 'b', function: { name: 'Write', arguments: b.slice(0, 5) } }),
        piece(0, { function: { arguments: a.slice(9) } }),
        piece(1, { id: '', function: { name: '', arguments: b.slice(5) } }),
        end('tool_calls'),
      ),
    );
    expect(callsOf((await bench.send()).seen)).toEqual([
      ['Write', 'a', a],
      ['Write', 'b', b],
    ]);
  });

  it('may send a call in one chunk, with an object for arguments, without an id, ended by "stop"', async () => {
    bench.script(() => chat(piece(0, { function: { name: 'Write', arguments: JSON.parse(write('a')) } }), end('stop')));
    const { seen } = await bench.send();
    expect(callsOf(seen)).toEqual([['Write', expect.stringMatching(/^call_/), write('a')]]);
    expect(seen.stopReason).toBe('tool_use');
  });

  it('may repeat id and name of a call in every chunk', async () => {
    const text = write('a');
    const head = { id: 'a', type: 'function' };
    bench.script(() =>
      chat(
        piece(0, { ...head, function: { name: 'Write', arguments: text.slice(0, 8) } }),
        piece(0, { ...head, function: { name: 'Write', arguments: text.slice(8) } }),
        end('tool_calls'),
      ),
    );
    expect(callsOf((await bench.send()).seen)).toEqual([['Write', 'a', text]]);
  });

  it('cause an error with a call without a name', async () => {
    bench.script(() => chat(piece(0, { id: 'a', function: { arguments: write('a') } }), end('tool_calls')));
    const { status, seen } = await bench.send();
    expect([status, seen.blocks.length]).toEqual([500, 0]);
  });

  it('may send a leading <think> section in any chunks', async () => {
    const text = '\n<think>Deep <b> thoughts</think>\n\nThe answer <think> is 4.';
    bench.script(() => chat(...[...text].map((letter) => chatChunk({ content: letter })), end('stop')));
    const { seen } = await bench.send();
    expect(seen.blocks.map(({ type, text: words }) => [type, words])).toEqual([
      ['thinking', 'Deep <b> thoughts'],
      ['text', 'The answer <think> is 4.'],
    ]);
  });

  it('may send text that only starts like a <think> tag', async () => {
    bench.script(() => chat(chatChunk({ content: '<thi' }), chatChunk({ content: 's>' }), end('stop')));
    expect((await bench.send()).seen.blocks.map(({ text }) => text)).toEqual(['<this>']);
    bench.script(() => chat(chatChunk({ content: '<thin' }), end('stop')));
    expect((await bench.send()).seen.blocks.map(({ text }) => text)).toEqual(['<thin']);
  });

  it('may send thinking under two field names, which is emitted once', async () => {
    bench.script(() =>
      chat(chatChunk({ reasoning: 'Hm.', reasoning_content: 'Hm.' }), chatChunk({ content: 'So.' }), end('stop')),
    );
    expect((await bench.send()).seen.blocks.map(({ text }) => text)).toEqual(['Hm.', 'So.']);
  });

  it.each([
    [
      'in the choice',
      {
        choices: [
          {
            index: 0,
            delta: {},
            finish_reason: 'stop',
            usage: { prompt_tokens: 9, completion_tokens: 4, cached_tokens: 5 },
          },
        ],
      },
    ],
    [
      'in the last chunk',
      { ...end('stop'), usage: { prompt_tokens: 9, completion_tokens: 4, prompt_cache_hit_tokens: 5 } },
    ],
  ])('may send usage %s', async (_name, last) => {
    bench.script(() => chat(chatChunk({ content: 'Yes.' }), last));
    const { seen } = await bench.send();
    expect(seen.usage).toMatchObject({ input_tokens: 4, cache_read_input_tokens: 5, output_tokens: 4 });
  });

  it('may count reasoning tokens outside the completion tokens', async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 4,
      total_tokens: 20,
      completion_tokens_details: { reasoning_tokens: 6 },
    };
    bench.script(() => chat(chatChunk({ content: 'Yes.' }), end('stop'), { choices: [], usage }));
    expect((await bench.send()).seen.usage).toMatchObject({
      output_tokens: 10,
      output_tokens_details: { thinking_tokens: 6 },
    });
  });

  it('may reset the connection after the last chunk', async () => {
    bench.script((_seen, _count, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(
        [chatChunk({ content: 'Yes.' }), end('stop'), { choices: [], usage: chatUsage }].map(chatFrame).join(''),
      );
      setTimeout(() => response.destroy(), 100);
      return undefined;
    });
    const { seen } = await bench.send();
    expect([seen.complete, seen.stopReason, seen.usage?.output_tokens]).toEqual([true, 'end_turn', 50]);
  });

  it('cause an incomplete response with [DONE] but no finish reason', async () => {
    bench.script(() => chat(chatChunk({ content: 'Half' })));
    const { seen, error } = await bench.send();
    expect([seen.complete, error?.type]).toEqual([false, 'overloaded_error']);
  });

  it('may reject images for a model, which is remembered', async () => {
    bench.script((seen) =>
      seen.text.includes('image_url')
        ? { status: 400, body: { error: 'heron-1 is not a multimodal model' } }
        : saying('Fine.'),
    );
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'see' }, image] }];
    expect((await bench.send({ messages })).status).toBe(200);
    expect(bench.sentText).toContain('the model has no vision');
    await bench.send({ messages });
    expect(bench.upstream.requests).toHaveLength(3);
  });

  it('that are unreachable are reported with a remedy', async () => {
    await bench.upstream.stop();
    const { error } = await bench.send();
    expect(error?.message).toMatch(/Cannot reach .*127\.0\.0\.1.*Check that it runs/);
    bench.upstream.stop = async () => {};
  });
});

describe('a slow model', () => {
  // The idle timeout of the bench is 700 ms for other models.
  it.each([
    ['local', 200],
    ['metered', 504],
  ] as const)('that is %s and processes its prompt for a second returns %s', async (cost, wanted) => {
    bench = await DialectBench.start('chat', { cost, isSilent: true });
    bench.script(async (_seen, _count, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': reading\n\n');
      // Far beyond the timeout of a metered model, which ends before.
      await new Promise((resolve) => setTimeout(resolve, cost === 'local' ? 900 : 5_000).unref());
      response.end(`${[chatChunk({ content: 'Yes.' }), end('stop')].map(chatFrame).join('')}data: [DONE]\n\n`);
      return undefined;
    });
    expect((await bench.send()).status).toBe(wanted);
  });
});

describe('Messages hosts', () => {
  beforeEach(async () => {
    bench = await DialectBench.start('kimi');
  });

  it('receive the path, model and headers that they require', async () => {
    await bench.proxy.post(
      {
        model: 'k2.6',
        max_tokens: 99_000,
        stream: true,
        messages: [{ role: 'user', content: 'x' }],
        system: [
          { type: 'text', text: 'x-anthropic-billing-header: a' },
          { type: 'text', text: 'Be kind.' },
        ],
      },
      {
        headers: {
          'user-agent': 'claude-cli/2.1.197 (external, cli)',
          'anthropic-beta': 'interleaved-thinking-2025-05-14',
        },
      },
    );
    const [seen] = bench.upstream.requests;
    expect(seen?.path).toBe('/coding/v1/messages');
    expect(seen?.body).toMatchObject({
      model: 'kimi-k2.6',
      max_tokens: 99_000,
      system: [{ type: 'text', text: 'Be kind.' }],
    });
    expect(seen?.headers).toMatchObject({
      'user-agent': 'claude-cli/2.1.197 (external, cli)',
      authorization: 'Bearer fake-test-key',
    });
    expect(seen?.headers['anthropic-beta']).toBeUndefined();
  });

  it('report their quota', async () => {
    await bench.send();
    await expect
      .poll(() => bench.proxy.events.find((event) => event.type === 'quota'))
      .toMatchObject({
        quota: {
          windows: [
            { name: '5h', usedPercent: 12 },
            { name: 'week', usedPercent: 40, resetsAt: Date.parse('2026-11-29T00:00:00Z') },
          ],
        },
      });
  });

  it('cause an error without message_stop, even after a stop reason', async () => {
    const events = [
      { type: 'message_start', message: { usage: {} } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} },
    ];
    bench.script(() => ({ raw: events.map(messagesFrame).join('') }));
    const { seen, error } = await bench.send();
    expect([seen.complete, error?.type]).toEqual([false, 'overloaded_error']);
  });

  it('may interleave blocks, which are serialised with the requested model', async () => {
    const start = (index: number, name: string) => ({
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', id: name, name: 'Write', input: {} },
    });
    const delta = (index: number, partial_json: string) => ({
      type: 'content_block_delta',
      index,
      delta: { type: 'input_json_delta', partial_json },
    });
    const [a, b] = [write('a'), write('b')];
    const events = [
      { type: 'message_start', message: { model: 'theirs', usage: {} } },
      start(0, 'a'),
      start(1, 'b'),
      delta(0, a.slice(0, 6)),
      delta(1, b),
      delta(0, a.slice(6)),
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ];
    bench.script(() => ({ raw: events.map(messagesFrame).join('') }));
    const { seen } = await bench.send();
    expect(callsOf(seen)).toEqual([
      ['Write', 'a', a],
      ['Write', 'b', b],
    ]);
    expect([seen.model, seen.stopReason]).toEqual(['kimi-for-coding', 'tool_use']);
  });

  it('receive the requested thinking, even when another upstream started the turn', async () => {
    const messages = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'f', signature: 'ccp1.codex.gpt-5.5.e30' },
          { type: 'tool_use', id: 't', name: 'Read', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'y' }] },
    ];
    await bench.send({ messages, thinking: { type: 'enabled', budget_tokens: 4_000 } });
    expect(bench.sent.thinking).toEqual({ type: 'enabled', budget_tokens: 4_000 });
  });
});

describe('Anthropic itself', () => {
  beforeEach(async () => {
    bench = await DialectBench.start('anthropic');
  });

  const thought = (signature: string) => ({ type: 'thinking', thinking: 'Hm.', signature });

  it('receives the request unchanged except for the model', async () => {
    const body = {
      model: bench.model,
      max_tokens: 9_000,
      system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [thought('EqBare'), { type: 'text', text: 'y' }] },
        { role: 'user', content: [{ type: 'text', text: 'z' }] },
      ],
      tools: [{ name: 'Read', description: '', input_schema: { type: 'object' }, defer_loading: true }],
      thinking: { type: 'adaptive' },
      context_management: { edits: [] },
      metadata: { user_id: 'u' },
      stream: true,
    };
    await bench.proxy.post(body, {
      headers: { 'anthropic-beta': 'context-1m-2025-08-07', 'x-app': 'cli', cookie: 'no' },
    });
    const [seen] = bench.upstream.requests;
    expect(seen?.body).toEqual({ ...body, model: 'claude-opus-5-5' });
    expect(seen?.path).toBe('/v1/messages?beta=true');
    expect(seen?.headers).toMatchObject({
      'anthropic-beta': 'context-1m-2025-08-07',
      'x-app': 'cli',
      'x-api-key': 'fake-test-key',
    });
    for (const name of ['authorization', 'cookie', 'x-ccp-secret']) expect(seen?.headers[name]).toBeUndefined();
  });

  it('never receives thinking of other upstreams or keepalive blocks of ccp', async () => {
    const messages = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: [thought('ccp1.codex.gpt-5.5.e30'), thought(''), thought('EqBare'), { type: 'text', text: 'y' }],
      },
      { role: 'user', content: 'z' },
    ];
    await bench.send({ messages });
    expect(bench.sent.messages[1].content).toEqual([thought('EqBare'), { type: 'text', text: 'y' }]);
  });

  it('returns plain signatures and unknown blocks unchanged', async () => {
    const events = [
      { type: 'message_start', message: { usage: { input_tokens: 5, service_tier: 'standard' } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqBare' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'container_upload', file_id: 'file_1' } },
      { type: 'content_block_stop', index: 1 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'refusal', stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' } },
        usage: { output_tokens: 3 },
      },
      { type: 'message_stop' },
    ];
    bench.script(() => ({ raw: events.map(messagesFrame).join('') }));
    const { text } = await bench.proxy.stream({
      ...{ model: bench.model, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] },
    });
    for (const part of [
      '"signature":"EqBare"',
      '"file_id":"file_1"',
      '"category":"cyber"',
      '"service_tier":"standard"',
    ])
      expect(text).toContain(part);
  });

  it('has its arguments validated but not repaired', async () => {
    bench.script(() => [{ call: 'Read', args: { file_path: '/a', pages: '' } }, { finish: 'calls' }]);
    expect(callsOf((await bench.send()).seen)[0]?.[2]).toBe('{"file_path":"/a","pages":""}');
    bench.script(() => [{ call: 'Read', args: '{"file_path":' }, { finish: 'calls' }]);
    const { seen, error } = await bench.send();
    expect([seen.blocks.at(-1)?.closed, error?.type]).toEqual([false, 'invalid_request_error']);
  });

  it('counts tokens with its own endpoint', async () => {
    bench.upstream.others['/v1/messages/count_tokens?beta=true'] = { input_tokens: 4_711 };
    const answer = await bench.proxy.post(
      { model: bench.model, messages: [{ role: 'user', content: 'x' }] },
      { path: '/v1/messages/count_tokens' },
    );
    expect(await answer.json()).toEqual({ input_tokens: 4_711 });
  });
});
