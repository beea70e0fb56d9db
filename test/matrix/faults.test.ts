import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import * as up from '../support/events.ts';
import { openStream, type Script } from '../support/strict-upstream.ts';
import { type Bench, matrix, type Row } from './table.ts';

const write = (index: number, args: string) => [
  up.callStart(index, { name: 'Write', args: '' }),
  up.callDelta(index, args),
];
const completeArguments = '{"file_path":"/a","content":"b"}';

/** Sends these events, then ends or resets the connection. */
const truncateAfter =
  (events: up.UpstreamEvent[], how: 'end' | 'reset' = 'end'): Script =>
  (_request, response: ServerResponse) => {
    openStream(response);
    response.write(up.frames(events));
    setTimeout(() => (how === 'end' ? response.end() : response.destroy()), 20);
    return undefined;
  };

/** Returns the fault for the first request and a complete response afterwards. */
const once =
  (fault: Script): Script =>
  (request, response, count) =>
    count === 1 ? fault(request, response, count) : up.saying('Mended.');

const reply =
  (status: number, body: unknown, headers: Record<string, string> = {}): Script =>
  () => ({ status, body: typeof body === 'string' ? body : JSON.stringify(body), headers });

const error = (code: string, message = 'No.', more = {}) => ({ error: { code, type: code, message, ...more } });

/** Summarises the outcome in one word. */
async function outcome(bench: Bench): Promise<string> {
  const { status, seen, error: apiError } = await bench.send();
  const open = seen.blocks.some((block) => block.type === 'tool_use' && !block.closed);
  const ran = seen.blocks.some((block) => block.type === 'tool_use' && block.closed);
  if (status !== 200) return `${status} ${apiError?.type}`;
  if (apiError) return `error${open ? ', call open' : ran ? ', call run' : ''}`;
  expect(seen.complete).toBe(true);
  return seen.stopReason ?? '';
}

const fault = (name: string, script: Script, wanted: Row['wanted'], more?: (bench: Bench) => void): Row => ({
  name,
  wanted,
  run: async (bench) => {
    bench.script(script);
    const word = await outcome(bench);
    more?.(bench);
    return word;
  },
});

const requests = (count: number) => (bench: Bench) => expect(bench.upstream.requests).toHaveLength(count);
const failureMatches = (words: RegExp) => (bench: Bench) => {
  const failure = bench.proxy.events.find((event) => event.type === 'failed');
  expect(failure?.type === 'failed' ? failure.message : '').toMatch(words);
};

matrix('streams', [
  fault('no terminal event before content', once(truncateAfter([up.created()])), 'end_turn', requests(2)),
  fault('reset before content', once(truncateAfter([up.created()], 'reset')), 'end_turn', requests(2)),
  fault('no terminal event after text', truncateAfter([up.created(), ...up.textItem(0, 'Half')]), 'error', requests(1)),
  fault('reset after text', truncateAfter([up.created(), ...up.textItem(0, 'Half')], 'reset'), 'error', requests(1)),
  fault(
    'truncated inside a streamed call',
    truncateAfter([up.created(), ...write(0, '{"file_path":"/a","cont')]),
    'error, call open',
    requests(1),
  ),
  fault(
    'truncated after complete arguments, call not done',
    truncateAfter([up.created(), ...write(0, completeArguments)]),
    'error, call open',
    requests(1),
  ),
  fault(
    'truncated after a completed call',
    truncateAfter([
      up.created(),
      ...write(0, completeArguments),
      up.callDone(0, { name: 'Write', args: completeArguments }),
    ]),
    'error, call run',
    requests(1),
  ),
  fault(
    'invalid arguments',
    () => [
      up.created(),
      ...up.textItem(0, 'x'),
      ...up.callItem(1, { name: 'Write', args: '{"file_path":' }),
      up.completed(),
    ],
    'error, call open',
  ),
  fault(
    'interleaved calls',
    () => {
      const [a, b] = [
        { name: 'Write', args: completeArguments },
        { name: 'Read', args: '{"file_path":"/c"}' },
      ];
      return [
        up.created(),
        up.callStart(0, a),
        up.callStart(1, b),
        up.callDelta(1, b.args),
        up.callDelta(0, a.args),
        up.callDone(1, b),
        up.callDone(0, a),
        up.completed(),
      ];
    },
    'tool_use',
  ),
  fault(
    'empty arguments',
    () => [up.created(), ...up.callItem(0, { name: 'Read', args: '' }), up.completed()],
    'tool_use',
  ),
  fault(
    'a refusal',
    () => [
      up.created(),
      up.textStart(0),
      { type: 'response.refusal.delta', output_index: 0, content_index: 0, item_id: 'msg_0', delta: 'I will not.' },
      up.completed(),
    ],
    'refusal',
  ),
  fault(
    'output limit reached',
    () => [up.created(), ...up.textItem(0, 'As far as'), up.incomplete('max_output_tokens')],
    'max_tokens',
  ),
  fault(
    'output limit inside a streamed call',
    () => [up.created(), ...write(0, '{"file_path":'), up.incomplete('max_output_tokens')],
    'error, call open',
  ),
  fault('content filter', () => [up.created(), ...up.textItem(0, 'As'), up.incomplete('content_filter')], 'refusal'),
  fault(
    'failed: overloaded, before content',
    once(() => [up.created(), up.failed('server_is_overloaded', 'Busy.')]),
    'end_turn',
    requests(2),
  ),
  fault(
    'failed: rate limit, before content',
    once(() => [up.created(), up.failed('rate_limit_exceeded', 'Please try again in 20ms.')]),
    'end_turn',
    requests(2),
  ),
  fault(
    'failed: after text',
    () => [up.created(), ...up.textItem(0, 'Half'), up.failed('server_error', 'Oops.')],
    'error',
  ),
  fault(
    'failed: cyber policy',
    () => [up.created(), up.failed('cyber_policy', 'Flagged as cyber.')],
    '400 invalid_request_error',
    requests(1),
  ),
  fault(
    'failed: an image that cannot be read',
    () => [up.created(), up.failed('image_parse_error', 'Bad image.')],
    '400 invalid_request_error',
    requests(1),
  ),
  fault(
    'a call listed again without any id',
    () => [
      up.created(),
      ...up.callItem(0, { name: 'Write', args: completeArguments }),
      up.completed({}, [{ type: 'function_call', name: 'Write', arguments: completeArguments }]),
    ],
    'tool_use',
    (bench) => expect(bench.proxy.events.filter((event) => event.type === 'tool_call')).toHaveLength(1),
  ),
  fault(
    'failed: overflow',
    () => [up.created(), up.failed('context_length_exceeded', 'Your input exceeds the context window of this model.')],
    '400 invalid_request_error',
    failureMatches(/^prompt is too long: the limit is \d+ tokens$/),
  ),
  fault(
    'an error event',
    () => [
      up.created(),
      { type: 'error', code: 'server_error', message: 'Oops.' },
      { type: 'error', code: 'x', message: 'y' },
    ],
    '500 api_error',
  ),
  {
    ...fault(
      'no data until the idle timeout',
      (_request, response) => {
        openStream(response);
        response.write(up.frames([up.created(), ...up.textItem(0, 'Half')]));
        return undefined;
      },
      'error',
      failureMatches(/sent nothing for/),
    ),
    isSilent: true,
  },
  fault(
    'incomplete frames',
    (_request, response) => {
      openStream(response);
      response.end(`${up.frames([up.created(), ...up.textItem(0, 'x')])}data: {"type":"resp\n\n`);
      return undefined;
    },
    'error',
  ),
  fault(
    'bytes that are not UTF-8',
    (_request, response) => {
      openStream(response);
      // In one write, so that the error is found before the text is forwarded.
      const broken = Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xc3, 0x28, 0x0a, 0x0a]);
      response.end(Buffer.concat([Buffer.from(up.frames([up.created(), ...up.textItem(0, 'x')])), broken]));
      return undefined;
    },
    '500 api_error',
  ),
  fault(
    'a line of 5 MB',
    () => [
      up.created(),
      ...up.callItem(0, { name: 'Write', args: { file_path: '/a', content: 'x'.repeat(5_000_000) } }, 6_000_000),
      up.completed(),
    ],
    'tool_use',
  ),
  fault(
    'UTF-8 split at every byte',
    async (_request, response) => {
      openStream(response);
      for (const byte of Buffer.from(up.frames([up.created(), ...up.textItem(0, '漢字 👩‍💻', 3), up.completed()])))
        response.write(Buffer.of(byte));
      response.end();
      return undefined;
    },
    'end_turn',
  ),
  fault(
    'unknown events',
    () => [up.created(), { type: 'response.future', x: 1 }, ...up.textItem(0, 'x'), up.completed()],
    'end_turn',
  ),
  {
    name: 'rejected reasoning',
    wanted: 'end_turn',
    run: async (bench) => {
      bench.script(() => [up.created(), ...up.reasoningItem(0, 'Hm.'), ...up.textItem(1, 'So.'), up.completed()]);
      const { seen } = await bench.send();
      const [thinking] = seen.blocks;
      bench.script((request) =>
        request.text.includes('"type":"reasoning"')
          ? { status: 400, body: JSON.stringify(error('invalid_encrypted_content')) }
          : up.saying('Fine.'),
      );
      const content = [
        { type: 'thinking', thinking: thinking?.text, signature: thinking?.signature },
        { type: 'text', text: 'So.' },
      ];
      const again = await bench.send({
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content },
          { role: 'user', content: 'y' },
        ],
      });
      requests(3)(bench);
      return again.seen.stopReason ?? '';
    },
  },
]);

const sendTurns = async (bench: Bench, content: unknown[], count: number) => {
  for (let turn = 0; turn < count; turn++)
    await bench.send({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content },
        { role: 'user', content: `turn ${turn}` },
      ],
    });
};

matrix('rejections and repeats', [
  {
    name: 'a call id of an earlier response is not reused',
    wanted: 'renamed',
    run: async (bench) => {
      const call = { name: 'Write', args: completeArguments, callId: 'call_0' };
      bench.script(() => [up.created(), ...up.callItem(0, call), up.completed()]);
      const first = await bench.send();
      expect(first.seen.blocks[0]?.start.id).toBe('call_0');
      const content = [{ type: 'tool_use', id: 'call_0', name: 'Write', input: {} }];
      const answered = [{ type: 'tool_result', tool_use_id: 'call_0', content: 'ok' }];
      const again = await bench.send({
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content },
          { role: 'user', content: answered },
        ],
      });
      expect(again.seen.blocks[0]?.start.id).not.toBe('call_0');
      return 'renamed';
    },
  },
  {
    name: 'a search reported twice is one search',
    wanted: 'once',
    run: async (bench) => {
      const action = { type: 'search', query: 'q', sources: [{ type: 'url', url: 'https://example.org/' }] };
      const item = { type: 'web_search_call', id: 'ws_1', status: 'completed', action };
      const done = { type: 'response.output_item.done', output_index: 0, item };
      bench.script(() => [up.created(), done, done, up.completed({}, [item])]);
      const { seen } = await bench.send({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] });
      expect(seen.blocks.map(({ type }) => type)).toEqual(['server_tool_use', 'web_search_tool_result']);
      expect(seen.usage).toMatchObject({ server_tool_use: { web_search_requests: 1 } });
      return 'once';
    },
  },
  {
    name: 'reasoning that could not be verified is omitted from then on',
    wanted: 'learned',
    run: async (bench) => {
      bench.script(() => [up.created(), ...up.reasoningItem(0, 'Hm.'), ...up.textItem(1, 'So.'), up.completed()]);
      const { seen } = await bench.send();
      const [thinking] = seen.blocks;
      const block = { type: 'thinking', thinking: thinking?.text, signature: thinking?.signature };
      bench.script((request) =>
        request.text.includes('"type":"reasoning"')
          ? { status: 400, body: '{"detail":"The encrypted content for item rs_0 could not be verified."}' }
          : up.saying('Fine.'),
      );
      await sendTurns(bench, [block, { type: 'text', text: 'So.' }], 3);
      requests(1 + 1 + 3)(bench);
      return 'learned';
    },
  },
  {
    name: 'an unsupported value does not affect other values',
    wanted: 'learned',
    run: async (bench) => {
      const message = "Unsupported value: 'xhigh' is not supported with this model.";
      bench.script(({ body }) =>
        body.reasoning?.effort === 'xhigh'
          ? {
              status: 400,
              body: JSON.stringify({ error: { message, param: 'reasoning.effort', code: 'unsupported_value' } }),
            }
          : up.saying('Fine.'),
      );
      await bench.send({ output_config: { effort: 'xhigh' } });
      await bench.send({ output_config: { effort: 'xhigh' } });
      requests(3)(bench);
      await bench.send({ output_config: { effort: 'low' } });
      expect(bench.sent.reasoning).toEqual({ effort: 'low', summary: 'auto' });
      return 'learned';
    },
  },
  {
    name: 'a rejection of another field is not remembered',
    wanted: 'nothing',
    run: async (bench) => {
      const refusals = [
        {
          message:
            "Invalid schema for function 'x': In context=('properties', 'include'), 'propertyNames' is not permitted",
          param: 'tools[1].parameters',
          code: 'invalid_function_parameters',
        },
        {
          message: "Invalid value: 'reasoning'. Supported values are: 'message'.",
          param: 'input[2].type',
          code: 'invalid_value',
        },
        { message: "Unsupported parameter: 'temperature'", param: 'temperature', code: 'unsupported_parameter' },
      ];
      for (const refused of refusals) {
        bench.script(reply(400, { error: refused }));
        expect((await bench.send({ messages: [{ role: 'user', content: refused.param }] })).status).toBe(400);
      }
      requests(3)(bench);
      bench.script(() => up.saying('Fine.'));
      await bench.send({ output_config: { effort: 'low' } });
      expect(bench.sent.include).toEqual(['reasoning.encrypted_content']);
      expect(bench.sent.reasoning).toMatchObject({ effort: 'low' });
      return 'nothing';
    },
  },
]);

matrix('errors', [
  fault(
    '400 with a message',
    reply(400, error('invalid_request_error', 'Bad thing.')),
    '400 invalid_request_error',
    failureMatches(/Bad thing\./),
  ),
  fault(
    '400 with a detail',
    reply(400, { detail: 'Something odd' }),
    '400 invalid_request_error',
    failureMatches(/Something odd/),
  ),
  fault(
    '400 overflow with numbers',
    reply(
      400,
      error(
        'context_length_exceeded',
        'This model has a maximum context length of 272000 tokens, but your input has 300000 tokens.',
      ),
    ),
    '400 invalid_request_error',
    failureMatches(/^prompt is too long: 300000 tokens > 272000 maximum$/),
  ),
  fault(
    '400 invalid_prompt',
    reply(400, error('invalid_prompt', 'Flagged.')),
    '400 invalid_request_error',
    failureMatches(/Flagged\./),
  ),
  fault(
    '400 for a tool whose name resembles an overflow',
    reply(
      400,
      error('invalid_function_parameters', "Invalid schema for function 'get_context_window'.", {
        param: 'tools[0].parameters',
      }),
    ),
    '400 invalid_request_error',
    failureMatches(/get_context_window/),
  ),
  fault(
    '400 for a description that is too long',
    reply(
      400,
      error('string_above_max_length', 'Expected a string with maximum length 1024.', {
        param: 'tools[0].description',
      }),
    ),
    '400 invalid_request_error',
    failureMatches(/maximum length 1024/),
  ),
  fault(
    '400 with a list of details',
    reply(400, { detail: [{ loc: ['body'], msg: 'field required' }] }),
    '400 invalid_request_error',
    failureMatches(/field required/),
  ),
  fault(
    '404 for a wrong base URL',
    reply(404, '<html><title>Not Found</title></html>'),
    '500 api_error',
    failureMatches(/Not Found/),
  ),
  fault(
    '429 with a short wait in the message',
    once(reply(429, error('rate_limit_exceeded', 'Please try again in 0.01 seconds.'))),
    'end_turn',
    requests(2),
  ),
  fault(
    '429 with a long wait in the message',
    reply(429, error('rate_limit_exceeded', 'Please try again in 6m0s.')),
    '429 rate_limit_error',
    requests(1),
  ),
  fault('401', reply(401, { detail: 'Unauthorized' }), '401 authentication_error', requests(1)),
  fault('402', reply(402, error('deactivated_workspace', 'Pay.')), '402 billing_error'),
  fault(
    '403 plan',
    reply(403, { detail: 'This plan has no access.' }),
    '402 billing_error',
    failureMatches(/This plan has no access/),
  ),
  fault(
    '403 with an HTML page',
    reply(403, '<html><title>Just a moment…</title></html>', { 'content-type': 'text/html', 'cf-ray': 'abc-FRA' }),
    '402 billing_error',
    failureMatches(/Just a moment….*cf-ray abc-FRA/),
  ),
  fault(
    '404 model',
    reply(404, { detail: 'Model not found gpt-5.5' }),
    '402 billing_error',
    failureMatches(/Model not found/),
  ),
  fault('413', reply(413, { detail: 'Too large' }), '413 request_too_large'),
  fault(
    '429 plan limit',
    reply(429, {
      error: { type: 'usage_limit_reached', plan_type: 'plus', resets_in_seconds: 7200, resets_at: 1_800_000_000 },
    }),
    '429 rate_limit_error',
    (bench) => {
      failureMatches(/plus plan limit is reached, resets at/)(bench);
      requests(1)(bench);
    },
  ),
  fault(
    '429 plan without Codex',
    reply(429, error('usage_not_included', 'Upgrade.')),
    '402 billing_error',
    requests(1),
  ),
  fault(
    '429 no credit',
    reply(429, error('insufficient_quota', 'You exceeded your current quota.')),
    '402 billing_error',
    requests(1),
  ),
  fault(
    '429 with a wait of milliseconds',
    once(reply(429, error('rate_limit_exceeded', 'Please try again in 10ms.'))),
    'end_turn',
    requests(2),
  ),
  fault(
    '429 with a long retry-after',
    reply(429, error('rate_limit_exceeded', 'Slow down.'), { 'retry-after': '90' }),
    '429 rate_limit_error',
    requests(1),
  ),
  fault('500 once', once(reply(500, 'Internal error')), 'end_turn', requests(2)),
  fault(
    '503 on every attempt',
    reply(503, error('server_is_overloaded', 'Busy.')),
    '529 overloaded_error',
    requests(3),
  ),
  fault(
    '504',
    reply(504, '<html><title>Gateway timeout</title></html>'),
    '504 timeout_error',
    failureMatches(/Gateway timeout/),
  ),
  fault(
    'sharing: limit reached',
    reply(429, error('subscription_sharing_usage_limit_exceeded')),
    { codex: '429 rate_limit_error', chatgpt: '429 rate_limit_error', openai: '429 rate_limit_error' },
    (bench) => {
      if (bench.profile === 'chatgpt') failureMatches(/chatgpt\.com\/settings\/usage/)(bench);
      if (bench.profile === 'chatgpt') requests(1)(bench);
    },
  ),
  fault('sharing: plan not eligible', reply(403, error('subscription_sharing_user_not_eligible')), '402 billing_error'),
  fault(
    'sharing: switched off',
    reply(403, error('chatpass_v2_scope_not_authorized')),
    '402 billing_error',
    (bench) => {
      if (bench.profile === 'chatgpt') failureMatches(/auth login chatgpt --consent/)(bench);
    },
  ),
  fault(
    'sharing: service unavailable',
    once(reply(503, error('subscription_sharing_usage_unavailable'))),
    'end_turn',
    requests(2),
  ),
  fault(
    'sharing: tool not allowed',
    reply(400, error('subscription_sharing_unsupported_capability', 'No.', { param: 'tools[0]' })),
    '400 invalid_request_error',
  ),
  fault('sharing: invalid token', reply(401, { detail: { error_code: 'invalid_token' } }), '401 authentication_error'),
]);
