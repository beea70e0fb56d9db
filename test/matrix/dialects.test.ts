/** The scenarios of the Responses matrix, for the chat, Messages and Gemini dialects. */
import { expect } from 'vitest';
import { DialectBench } from '../support/dialect-bench.ts';
import type { Step } from '../support/dialect-scripts.ts';
import { type Column, type Reply, type Script, saying } from '../support/dialect-upstream.ts';
import { type Row as MatrixRow, matrixOf } from '../support/matrix.ts';

const columns: readonly Column[] = ['chat', 'messages', 'kimi', 'kimi chat', 'gemini'];

type Row = MatrixRow<Column, DialectBench>;
const matrix = matrixOf<Column, DialectBench>(columns, (column, isSilent) => DialectBench.start(column, { isSilent }));

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } };
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQ=' } };
const use = (id: string, name = 'Read', input: unknown = { file_path: '/a' }) => ({
  type: 'tool_use',
  id,
  name,
  input,
});
const result = (id: string, content: unknown, extra = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...extra,
});
const text = (words: string) => ({ type: 'text', text: words });
const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });

const contentOutcome = async (bench: DialectBench, messages: unknown[], needle: string): Promise<string> => {
  const { status, error } = await bench.send({ messages });
  expect(error).toBeUndefined();
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

const longName = `mcp__a-server-with-a-long-name__${'tool_'.repeat(12)}`;

matrix('content', [
  {
    name: 'text as a string or as blocks gives the same text',
    wanted: 'carried',
    run: async (bench) => {
      await bench.send({ messages: [{ role: 'user', content: 'same' }] });
      await bench.send({ messages: [user(text('same'))] });
      const [first, second] = bench.upstream.requests;
      const words = (body: any) => {
        const { content, parts } = (body.messages ?? body.contents).at(-1);
        return [content ?? parts].flat()[0].text ?? content;
      };
      expect(words(first?.body)).toBe('same');
      expect(words(second?.body)).toBe('same');
      return 'carried';
    },
  },
  content(
    'system message between turns',
    [user(text('a')), assistant(text('b')), { role: 'system', content: 'Mind it.' }, user(text('c'))],
    'Mind it.',
  ),
  content('image, base64', [user(text('see'), image)], pixel),
  content('image in a tool result', [user(text('x')), assistant(use('t1')), user(result('t1', [image]))], pixel),
  content('PDF, base64', [user(text('x'), pdf)], 'JVBERi0xLjQ=', {
    chat: 'noted',
    messages: 'noted',
    kimi: 'noted',
    'kimi chat': 'noted',
    gemini: 'carried',
  }),
  content(
    'document of text',
    [user({ type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'plain words' } })],
    'plain words',
  ),
  content(
    'parallel calls and results',
    [user(text('x')), assistant(use('t1'), use('t2')), user(result('t2', 'two'), result('t1', 'one'))],
    '"one"',
  ),
  content(
    'results spread over two messages',
    [user(text('x')), assistant(use('t1'), use('t2')), user(result('t1', 'one')), user(result('t2', 'two'))],
    'two',
  ),
  content('call without a result', [user(text('x')), assistant(use('t1')), user(text('go on'))], '[no result]'),
  content(
    'result without a call',
    [user(text('x')), assistant(text('y')), user(result('gone', 'lonely words'))],
    'lonely words',
  ),
  content(
    'a failed result',
    [user(text('x')), assistant(use('t1')), user(result('t1', 'no such file', { is_error: true }))],
    'no such file',
  ),
  content('an empty result', [user(text('x')), assistant(use('t1')), user(result('t1', ''))], 't1'),
  content(
    'ids that no host accepts',
    [user(text('x')), assistant(use('functions.Read:0')), user(result('functions.Read:0', 'words'))],
    'words',
  ),
  {
    name: 'thinking of another upstream is omitted',
    wanted: 'left out',
    run: async (bench) => {
      const thinking = { type: 'thinking', thinking: 'foreign thoughts', signature: 'ErUBanthropicbare' };
      const sealed = {
        type: 'thinking',
        thinking: 'codex thoughts',
        signature: 'ccp1.codex.gpt-5.5.eyJpZCI6InIiLCJlbmMiOiJ4IiwiYWNjdCI6IiJ9',
      };
      await bench.send({ messages: [user(text('a')), assistant(thinking, sealed, text('b')), user(text('c'))] });
      expect(bench.sentText).not.toMatch(/foreign thoughts|codex thoughts/);
      return 'left out';
    },
  },
  {
    name: 'own thinking is replayed',
    wanted: {
      chat: 'kept here',
      messages: 'replayed',
      kimi: 'replayed',
      'kimi chat': 'replayed',
      gemini: 'its signature replayed',
    },
    run: async (bench) => {
      bench.script((_seen, count) =>
        count === 1
          ? [
              { think: 'deep thoughts', signature: 'sig-of-theirs' },
              { call: 'Read', args: { file_path: '/a' } },
              { finish: 'calls' },
            ]
          : saying('Done.'),
      );
      const { seen } = await bench.send();
      const [thinking, call] = seen.blocks;
      expect(thinking?.text).toBe('deep thoughts');
      const history = [
        user(text('hello')),
        assistant(
          { type: 'thinking', thinking: thinking?.text, signature: thinking?.signature },
          use(String(call?.start.id)),
        ),
        user(result(String(call?.start.id), 'words')),
      ];
      await bench.send({ messages: history });
      const sent = JSON.stringify(bench.sent.messages ?? bench.sent.contents);
      if (sent.includes('"thoughtSignature":"sig-of-theirs"')) return 'its signature replayed';
      if (!sent.includes('deep thoughts')) return 'kept here';
      expect(sent).not.toContain('ccp1.');
      return 'replayed';
    },
  },
  {
    name: 'a long tool name is mapped in both directions',
    wanted: 'mapped',
    run: async (bench) => {
      bench.script((seen) => {
        const [tool] = seen.body.tools;
        return [
          { call: tool.function?.name ?? tool.functionDeclarations?.[0].name ?? tool.name, args: { q: 1 } },
          { finish: 'calls' },
        ];
      });
      const tool = {
        name: longName,
        description: 'x',
        input_schema: { type: 'object', properties: { q: { type: 'number' } }, required: ['q'] },
      };
      const { seen } = await bench.send({ tools: [tool] });
      expect(seen.blocks.at(-1)?.start.name).toBe(longName);
      return 'mapped';
    },
  },
  {
    name: 'web search as the only tool',
    wanted: 'answered as unavailable',
    run: async (bench) => {
      const { seen, status } = await bench.send({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] });
      expect([status, bench.upstream.requests.length]).toEqual([200, 0]);
      expect(seen.blocks.map(({ type }) => type)).toEqual(['server_tool_use', 'web_search_tool_result', 'text']);
      return 'answered as unavailable';
    },
  },
  {
    name: 'a forced tool',
    wanted: 'forced',
    run: async (bench) => {
      await bench.send({ tool_choice: { type: 'tool', name: 'Read' } });
      expect(JSON.stringify(bench.sent.tool_choice ?? bench.sent.toolConfig)).toContain('Read');
      return 'forced';
    },
  },
  {
    name: 'structured output',
    wanted: {
      chat: 'as a schema',
      messages: 'as a schema',
      kimi: 'as a schema',
      'kimi chat': 'in words',
      gemini: 'as a schema',
    },
    run: async (bench) => {
      const format = {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { title: { type: 'string' } },
          required: ['title'],
          additionalProperties: false,
        },
      };
      await bench.send({ tools: [], output_config: { format } });
      return /"json_schema"|"responseJsonSchema"/.test(bench.sentText)
        ? 'as a schema'
        : /follows this schema/.test(bench.sentText)
          ? 'in words'
          : 'lost';
    },
  },
  {
    name: 'a stop sequence',
    wanted: {
      chat: 'stop_sequence',
      messages: 'sent',
      kimi: 'sent',
      'kimi chat': 'stop_sequence',
      gemini: 'stop_sequence',
    },
    run: async (bench) => {
      bench.script(() => saying('yes</block> and more'));
      const { seen } = await bench.send({ tools: [], stop_sequences: ['</block>'] });
      if (bench.sent.stop_sequences) return 'sent';
      expect(seen.blocks[0]?.text).toBe('yes');
      return seen.stopReason ?? '';
    },
  },
]);

const completeArguments = '{"file_path":"/a","content":"b"}';

async function outcome(bench: DialectBench): Promise<string> {
  const { status, seen, error } = await bench.send();
  const open = seen.blocks.some((block) => block.type === 'tool_use' && !block.closed);
  const ran = seen.blocks.some((block) => block.type === 'tool_use' && block.closed);
  if (status !== 200) return `${status} ${error?.type}`;
  if (error) return `error${open ? ', call open' : ran ? ', call run' : ''}`;
  expect(seen.complete).toBe(true);
  return seen.stopReason ?? '';
}

const steps =
  (...list: Step[]): Script =>
  () =>
    list;
const once =
  (fault: Script): Script =>
  (seen, count, response) =>
    count === 1 ? fault(seen, count, response) : saying('Mended.');
const reply =
  (status: number, body: unknown, headers: Record<string, string> = {}): Script =>
  (): Reply => ({ status, body, headers });

const fault = (name: string, script: Script, wanted: Row['wanted'], more?: (bench: DialectBench) => void): Row => ({
  name,
  wanted,
  run: async (bench) => {
    bench.script(script);
    const word = await outcome(bench);
    more?.(bench);
    return word;
  },
});
/** Gemini sends a call in one piece, so nothing of a broken call was forwarded and the request is retried. */
const requests =
  (count: number, gemini = count) =>
  (bench: DialectBench) =>
    expect(bench.upstream.requests).toHaveLength(bench.column === 'gemini' ? gemini : count);
const expectedExceptGemini = (others: string, gemini: string): Row['wanted'] => ({
  chat: others,
  messages: others,
  kimi: others,
  'kimi chat': others,
  gemini,
});

matrix('streams', [
  fault('a complete response', steps({ think: 'Hm.' }, { say: 'Yes.' }, { finish: 'stop' }), 'end_turn', (bench) => {
    const done = bench.proxy.events.find((event) => event.type === 'completed');
    expect(done?.type === 'completed' && done.tokens).toMatchObject({
      inputTokens: 200,
      cacheReadTokens: 1_000,
      outputTokens: 50,
    });
    expect(done?.type === 'completed' && done.measured).toBe(true);
  }),
  fault('a streamed call', steps({ call: 'Write', args: completeArguments }, { finish: 'calls' }), 'tool_use'),
  fault(
    'a call with an empty optional is repaired',
    steps({ call: 'Read', args: { file_path: '/a', pages: '' } }, { finish: 'calls' }),
    'tool_use',
    (bench) => expect(bench.proxy.events.some((event) => event.type === 'repaired')).toBe(true),
  ),
  fault(
    'two calls with text between',
    steps(
      { call: 'Write', args: completeArguments },
      { say: 'and' },
      { call: 'Read', args: { file_path: '/b' } },
      { finish: 'calls' },
    ),
    'tool_use',
  ),
  fault(
    'a call that ends with "stop"',
    steps({ call: 'Write', args: completeArguments }, { finish: 'stop' }),
    'tool_use',
  ),
  fault('no terminal event before content', once(steps({ breakOff: 'end' })), 'end_turn', requests(2)),
  fault('reset before content', once(steps({ breakOff: 'reset' })), 'end_turn', requests(2)),
  fault('no terminal event after text', steps({ say: 'Half' }, { breakOff: 'end' }), 'error', requests(1)),
  fault('reset after text', steps({ say: 'Half' }, { breakOff: 'reset' }), 'error', requests(1)),
  fault(
    'truncated inside a call',
    steps({ call: 'Write', args: '{"file_path":"/a","cont', cut: true }, { breakOff: 'end' }),
    expectedExceptGemini('error, call open', '500 api_error'),
    requests(1, 3),
  ),
  fault(
    'truncated after complete arguments',
    steps({ call: 'Write', args: completeArguments, cut: true }, { breakOff: 'end' }),
    expectedExceptGemini('error, call open', '500 api_error'),
    requests(1, 3),
  ),
  fault(
    'arguments that are not JSON',
    steps({ call: 'Write', args: '{"file_path":' }, { finish: 'calls' }),
    expectedExceptGemini('error, call open', '500 api_error'),
    requests(1, 3),
  ),
  fault(
    'held-back arguments that are not JSON',
    once(steps({ call: 'Read', args: '{"file_path":' }, { finish: 'calls' })),
    'end_turn',
    requests(2),
  ),
  fault(
    'output limit inside a held-back call',
    steps({ say: 'Now.' }, { call: 'Read', args: '{"file_path":', cut: true }, { finish: 'length' }),
    'max_tokens',
  ),
  fault(
    'output limit inside a streamed call',
    steps({ call: 'Write', args: '{"file_path":', cut: true }, { finish: 'length' }),
    expectedExceptGemini('error, call open', 'max_tokens'),
  ),
  fault('content filter', steps({ say: 'I' }, { finish: 'filter' }), 'refusal'),
  fault(
    'an error before content',
    once(steps({ error: { type: 'overloaded_error', message: 'busy' } })),
    'end_turn',
    requests(2),
  ),
  fault(
    'an error after content',
    steps({ say: 'Half' }, { error: { type: 'overloaded_error', message: 'busy' } }),
    'error',
    requests(1),
  ),
  {
    ...fault(
      'no data until the idle timeout',
      (_seen, _count, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n'),
      '504 timeout_error',
    ),
    isSilent: true,
  },
  fault('a stream that is not JSON', () => ({ raw: 'data: {"half\n\n' }), '500 api_error'),
  {
    name: 'a response without streaming',
    wanted: 'tool_use',
    run: async (bench) => {
      const chat = bench.column.includes('chat');
      const call = { id: 'c1', type: 'function', function: { name: 'Write', arguments: completeArguments } };
      const gemini = {
        candidates: [
          {
            content: {
              role: 'model',
              parts: [
                { text: 'So.' },
                { functionCall: { id: 'c1', name: 'Write', args: JSON.parse(completeArguments) } },
              ],
            },
            finishReason: 'STOP',
          },
        ],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2 },
      };
      if (bench.column === 'gemini') {
        bench.script(() => ({ status: 200, body: gemini }));
        return outcome(bench);
      }
      bench.script(() => ({
        status: 200,
        body: chat
          ? {
              choices: [
                { message: { role: 'assistant', content: 'So.', tool_calls: [call] }, finish_reason: 'tool_calls' },
              ],
              usage: { prompt_tokens: 5, completion_tokens: 2 },
            }
          : {
              type: 'message',
              role: 'assistant',
              content: [text('So.'), use('c1', 'Write', JSON.parse(completeArguments))],
              stop_reason: 'tool_use',
              usage: { input_tokens: 5, output_tokens: 2 },
            },
      }));
      return outcome(bench);
    },
  },
]);

const error = (type: string, message = 'No.') => ({ type: 'error', error: { type, message } });

matrix('errors', [
  fault('401', reply(401, error('authentication_error')), '401 authentication_error', requests(1)),
  fault('402', reply(402, error('billing_error', 'top up')), '402 billing_error', requests(1)),
  fault('403', reply(403, error('permission_error')), '402 billing_error', requests(1)),
  fault('404', reply(404, error('not_found_error', 'model heron-1 not found')), '402 billing_error', requests(1)),
  fault('413', reply(413, error('request_too_large')), '413 request_too_large', requests(1)),
  fault(
    '429 with a long wait',
    reply(429, error('rate_limit_error'), { 'retry-after': '120' }),
    '429 rate_limit_error',
    requests(1),
  ),
  fault('429 without balance', reply(429, error('x', 'insufficient balance')), '402 billing_error', requests(1)),
  fault('500, then success', once(reply(500, error('api_error'))), 'end_turn', requests(2)),
  fault('529, then success', once(reply(529, error('overloaded_error'))), 'end_turn', requests(2)),
  fault('an HTML page', reply(502, '<html><title>Bad gateway</title></html>'), '500 api_error'),
  {
    name: 'a context overflow is reported with the message of Claude Code',
    wanted: 'prompt is too long: 250000 tokens > 200000 maximum',
    run: async (bench) => {
      bench.script(
        reply(
          400,
          error(
            'invalid_request_error',
            "This model's maximum context length is 200000 tokens. However, you requested 250000 tokens",
          ),
        ),
      );
      const { status, error: apiError } = await bench.send();
      expect(status).toBe(400);
      return apiError?.message ?? '';
    },
  },
  {
    name: 'a rejected optional field is omitted and remembered',
    wanted: 'learned',
    run: async (bench) => {
      if (bench.column === 'gemini') {
        bench.script((seen) =>
          seen.body.generationConfig.temperature === undefined
            ? saying('Fine.')
            : {
                status: 400,
                body: error(
                  '',
                  'Invalid JSON payload received. Unknown name "temperature" at \'generation_config\': Cannot find field.',
                ),
              },
        );
        await bench.send({ temperature: 0.5 });
        await bench.send({ temperature: 0.5 });
        return bench.upstream.requests.length === 3 ? 'learned' : '';
      }
      const chat = bench.column.includes('chat');
      const [field, sent] = chat ? ['stream_options', {}] : ['top_k', { top_k: 4 }];
      bench.script((seen) =>
        seen.body[field] === undefined
          ? saying('Fine.')
          : { status: 400, body: error('invalid_request_error', `Unknown parameter: '${field}'`) },
      );
      // The strict host requires `stream_options`, and this script rejects it.
      const { status } = await bench.send(sent);
      if (chat) {
        expect(bench.upstream.complaints).toHaveLength(1);
        return bench.upstream.requests.length === 1 ? 'learned' : '';
      }
      expect(status).toBe(200);
      await bench.send(sent);
      return bench.upstream.requests.length === 3 ? 'learned' : '';
    },
    complaints: 1,
  },
]);
