/** The answer of a chat host, chunk by chunk, its usage and its errors. */
import { describe, expect, it } from 'vitest';
import { openReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { argumentBufferLimit } from '../../../../src/translate/anthropic/tool-call.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import type { Host, PrepareOptions } from '../../../../src/translate/dialect.ts';
import { chatDialect } from '../../../../src/translate/dialects/chat/dialect.ts';
import { type ChatProfile, plainChat } from '../../../../src/translate/dialects/chat/profile.ts';
import { ThinkingDetails } from '../../../../src/translate/dialects/chat/thinking-details.ts';
import { usageOf } from '../../../../src/translate/dialects/chat/usage.ts';
import type { Output } from '../../../../src/translate/output.ts';
import type { JsonObject } from '../../../../src/wire/json.ts';
import { prepareOptions } from '../../../support/upstreams.ts';

const host: Host = {
  name: 'nest',
  failures: {},
  credentialHint: 'set NEST_KEY',
  modelHint: undefined,
  forwardedHeaders: 'user-agent',
};
const tools = [
  { name: 'Read', input_schema: { properties: { path: {}, pages: { type: 'string' } }, required: ['path'] } },
  { name: 'Live', input_schema: { properties: { path: {} }, required: ['path'] } },
];

function prepared(
  more: Record<string, unknown> = {},
  profile: Partial<ChatProfile> = {},
  options: Partial<PrepareOptions> = {},
) {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], tools, ...more });
  return chatDialect
    .translator(host, { ...plainChat, ...profile })
    .prepare(request, prepareOptions({ model: 'heron', ...options }));
}
const chunk = (delta: unknown, finish_reason?: unknown, more: object = {}): JsonObject => ({
  choices: [{ index: 0, delta, finish_reason, ...more }],
});
const stop = chunk({}, 'stop');

function outputsOf(
  chunks: JsonObject[],
  profile: Partial<ChatProfile> = {},
  more: Record<string, unknown> = {},
): Output[] {
  let ids = 0;
  const stream = prepared(more, profile).open((prefix) => `${prefix}_new${ids++}`);
  return [...chunks.flatMap((one) => stream.step(one)), ...stream.eof()].filter(({ type }) => type !== 'usage');
}
const endOf = (outputs: Output[]): unknown => {
  const last = outputs.at(-1);
  return last?.type === 'end' ? last.ending : last?.type === 'failure' ? last.error : undefined;
};
const blocksOf = (outputs: Output[]): string[] =>
  outputs.slice(0, -1).map((output) => {
    if (output.type === 'signature') return `signature ${openReasoning(output.signature)?.encrypted}`;
    if (output.type === 'text' || output.type === 'thinking') return `${output.type} ${output.text}`;
    if (output.type === 'tool_start') return `start ${output.id} ${output.name}`;
    if (output.type === 'tool_input') return `input ${output.json}`;
    return output.type;
  });
/** The calls that run, as `id name arguments`. */
const callsOf = (outputs: Output[]): string[] => {
  const calls: string[] = [];
  for (const output of outputs) {
    if (output.type === 'tool_start') calls.push(`${output.id} ${output.name} `);
    if (output.type === 'tool_input') calls.push(`${calls.pop()}${output.json}`);
  }
  return calls;
};
const piece = (index: unknown, id?: unknown, name?: unknown, args?: unknown) => ({
  tool_calls: [{ index, id, function: { name, arguments: args } }],
});
const path = (name: string) => `{"path":"${name}"}`;
const failed = (code: string, message: unknown) => expect.objectContaining({ code, message });

describe('an answer of a chat host', () => {
  it('is thinking, text and calls, each closed before the next', () => {
    const outputs = outputsOf([
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'h' }),
      chunk({ reasoning_content: 'm', reasoning: 'the same' }),
      chunk({ content: 'a' }),
      chunk({ content: [{ text: 'b' }, { odd: 1 }] }),
      chunk(piece(0, 'c1', 'Read', '')),
      chunk(piece(0, undefined, undefined, path('/a'))),
      chunk({}, 'tool_calls'),
    ]);
    expect(blocksOf(outputs)).toEqual([
      'thinking h',
      'thinking m',
      'signature text',
      'block_end',
      'text a',
      'text b',
      'block_end',
      'tool_call',
      'start c1 Read',
      `input ${path('/a')}`,
      'block_end',
      'settled',
    ]);
    expect(endOf(outputs)).toMatchObject({ end: { stopReason: 'tool_use', stopSequence: null }, abort: false });
  });

  it('after a call waits for the end of the call', () => {
    const outputs = outputsOf([
      chunk(piece(0, 'c1', 'Live', path('/a'))),
      chunk({ content: 'after' }),
      chunk(piece(0, undefined, undefined, ' ')),
      chunk({}, 'stop'),
    ]);
    expect(blocksOf(outputs)).toEqual([
      'tool_call',
      'start c1 Live',
      `input ${path('/a')}`,
      'input  ',
      'block_end',
      'text after',
      'block_end',
      'settled',
    ]);
  });

  it.each([
    ...[
      'stop',
      'eos',
      'eos_token',
      'stop_sequence',
      'end_turn',
      'completed',
      'STOP',
      'tool_calls',
      'function_call',
      'tool_use',
    ].map((reason) => [reason, 'end_turn']),
    ...['length', 'max_tokens', 'model_context_window_exceeded'].map((reason) => [reason, 'max_tokens']),
    ...['content_filter', 'sensitive'].map((reason) => [reason, 'refusal']),
  ])('with the reason %s ends with %s', (reason, stopReason) => {
    expect(endOf(outputsOf([chunk({ content: 'a' }, reason)]))).toMatchObject({ end: { stopReason } });
  });

  it('that was filtered says so', () => {
    expect(endOf(outputsOf([chunk({ content: 'a' }, 'content_filter')]))).toMatchObject({
      end: { explanation: 'The upstream filtered this answer.' },
    });
    expect(endOf(outputsOf([stop]))).not.toHaveProperty('end.explanation');
  });

  it.each(['network_error', 'toString', 'x'.repeat(100)])('with the reason %s failed', (reason) => {
    expect(endOf(outputsOf([chunk({ content: 'a' }, reason)]))).toEqual(
      failed('upstream_failed', `nest (heron) stopped the answer (${reason.slice(0, 60)}).`),
    );
  });

  it.each([undefined, null, '', 'null'])('with the reason %j is not complete', (reason) => {
    expect(endOf(outputsOf([chunk({ content: 'a' }, reason)]))).toEqual(
      failed('truncated', 'nest (heron) ended the stream before the answer was complete.'),
    );
  });

  it.each([
    [[undefined], 'end_turn'],
    [['stop'], 'end_turn'],
    [['length'], 'max_tokens'],
    [['length', 'stop'], 'max_tokens'],
    [['content_filter', 'stop'], 'refusal'],
  ])('whose first reason is stop, and then %j, ends with %s', (reasons, stopReason) => {
    const chunks = reasons.map((reason) => chunk({ content: 'b' }, reason));
    expect(endOf(outputsOf([chunk({ content: 'a' }, 'stop'), ...chunks]))).toMatchObject({ end: { stopReason } });
  });

  it('fails with a later reason that is none of an answer', () => {
    expect(endOf(outputsOf([chunk({ content: 'a' }, 'stop'), chunk({}, 'network_error')]))).toEqual(
      failed('upstream_failed', 'nest (heron) stopped the answer (network_error).'),
    );
  });

  it('is not settled by a reason beside text', () => {
    const stream = prepared().open(() => 'id');
    expect(stream.step(chunk({ content: 'a' }, 'stop'))).not.toContainEqual({ type: 'settled' });
    expect(stream.step(chunk({ content: '' }, 'stop'))).toEqual([]);
  });

  it('may have an empty list of calls after its end', () => {
    expect(
      endOf(outputsOf([chunk({ content: 'a' }, 'stop'), chunk({ tool_calls: [], function_call: null })])),
    ).toMatchObject({ end: { stopReason: 'end_turn' } });
  });

  it('may have text and usage after its reason', () => {
    const stream = prepared().open(() => 'id');
    stream.step(chunk({ content: 'a' }));
    expect(stream.step(chunk({}, 'stop')).map(({ type }) => type)).toEqual(['settled']);
    expect(stream.step(chunk({ content: 'late' }, 'stop'))).toEqual([{ type: 'text', text: 'late' }]);
    expect(stream.step({ choices: [], usage: { prompt_tokens: 3 } })).toMatchObject([
      { type: 'usage', usage: { input_tokens: 3 } },
    ]);
    expect(stream.done()).toMatchObject([
      { type: 'block_end' },
      { type: 'end', ending: { measured: true, end: { stopReason: 'end_turn', usage: { input_tokens: 3 } } } },
    ]);
    expect(stream.step(chunk({ content: 'later' }))).toEqual([]);
    expect(stream.eof()).toEqual([]);
  });

  it('may have its usage in the choice, or none', () => {
    const usage = { prompt_tokens: 3 };
    expect(endOf(outputsOf([chunk({}, 'stop', { usage })]))).toMatchObject({
      measured: true,
      end: { usage: { input_tokens: 3 } },
    });
    expect(endOf(outputsOf([{ ...stop, usage: null }]))).toMatchObject({ measured: false });
  });

  it('with a call after its end is an error', () => {
    expect(endOf(outputsOf([stop, chunk(piece(0, 'c', 'Read', '{}'))]))).toEqual(
      failed('broken_tool_call', 'nest (heron) sent a tool call after the response had ended.'),
    );
  });

  it('is read from the first choice, as a delta or a message', () => {
    const other = { index: 1, delta: { content: 'other' } };
    expect(
      blocksOf(outputsOf([{ choices: [other] }, { choices: [other, { delta: { content: 'a' } }] }, stop]))[0],
    ).toBe('text a');
    expect(blocksOf(outputsOf([{ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] }]))[0]).toBe(
      'text a',
    );
  });

  it('does not begin with blank text', () => {
    const chunks = [chunk({ content: ' \n' }), chunk({ content: 'a' }), chunk({ content: ' ' }), stop];
    expect(blocksOf(outputsOf(chunks, { inlineThinking: false }))).toEqual([
      'text a',
      'text  ',
      'settled',
      'block_end',
    ]);
  });

  it('that refuses is text and a refusal', () => {
    const outputs = outputsOf([chunk({ refusal: 'I ' }), chunk({ refusal: 'cannot.' }), stop]);
    expect(blocksOf(outputs).slice(0, 2)).toEqual(['text I ', 'text cannot.']);
    expect(endOf(outputs)).toMatchObject({ end: { stopReason: 'refusal', explanation: 'I cannot.' } });
  });

  it('ends at a stop sequence', () => {
    const more = { stop_sequences: ['END'] };
    const outputs = outputsOf(
      [chunk({ content: 'abENDc' }), chunk(piece(0, 'c', 'Read', '{}'), 'tool_calls')],
      {},
      more,
    );
    expect(blocksOf(outputs)).toEqual(['text ab']);
    expect(endOf(outputs)).toMatchObject({
      abort: true,
      measured: false,
      end: { stopReason: 'stop_sequence', stopSequence: 'END' },
    });
    expect(blocksOf(outputsOf([chunk({ content: 'abEN' }), stop], {}, more))).toEqual([
      'text ab',
      'settled',
      'text EN',
      'block_end',
    ]);
    // The sequence may be complete only when the tags of the thinking are.
    const held = outputsOf([chunk({ content: '<th' }, 'stop')], {}, { stop_sequences: ['<th'] });
    expect(endOf(held)).toMatchObject({ end: { stopReason: 'stop_sequence' } });
  });
});

describe('the thinking of a chat host', () => {
  it.each(['reasoning_content', 'reasoning', 'reasoning_text'])('is read from %s', (field) => {
    expect(blocksOf(outputsOf([chunk({ [field]: '' }), chunk({ [field]: 'hm' }), stop]))).toEqual([
      'thinking hm',
      'settled',
      'signature text',
      'block_end',
    ]);
  });

  it('is read from details without another field', () => {
    const reasoning_details = [{ text: 'a' }, { summary: 'b' }, { data: 'c' }];
    expect(blocksOf(outputsOf([chunk({ reasoning_details }), stop]))[0]).toBe('thinking ab');
  });

  it('in tags is separated from the text', () => {
    const chunks = [chunk({ content: '<thi' }), chunk({ content: 'nk>hm</think>\n a' }), stop];
    expect(blocksOf(outputsOf(chunks))).toEqual([
      'thinking hm',
      'signature text',
      'block_end',
      'text a',
      'settled',
      'block_end',
    ]);
    expect(blocksOf(outputsOf(chunks, { inlineThinking: false })).slice(0, 2)).toEqual([
      'text <thi',
      'text nk>hm</think>\n a',
    ]);
    expect(blocksOf(outputsOf([chunk({ content: '<thi' }), stop]))).toEqual(['settled', 'text <thi', 'block_end']);
    expect(blocksOf(outputsOf([chunk({ content: '<thi' }), chunk(piece(0, 'c', 'Read', '{}')), stop]))[0]).toBe(
      'text <thi',
    );
    expect(blocksOf(outputsOf([chunk({ content: '<think>h' }), chunk({}, 'length')]))).toEqual([
      'settled',
      'thinking h',
      'signature text',
      'block_end',
    ]);
  });

  it('is signed with its details where they are replayed', () => {
    const replay = { replay: 'details' as const };
    const detail = { type: 'reasoning.text', text: 'hm' };
    const json = JSON.stringify([detail]);
    const shown = chunk({ reasoning: 'hm', reasoning_details: [detail] });
    expect(blocksOf(outputsOf([shown, chunk({ content: 'a' }), stop], replay))).toEqual([
      'thinking hm',
      `signature ${json}`,
      'block_end',
      'text a',
      'settled',
      'block_end',
    ]);
    // Details without text, as of encrypted thinking, are in an empty block at the end.
    expect(blocksOf(outputsOf([chunk({ reasoning_details: [{ data: 'x' }], content: 'a' }), stop], replay))).toEqual([
      'text a',
      'settled',
      'block_end',
      'signature [{"data":"x"}]',
      'block_end',
    ]);
    expect(blocksOf(outputsOf([chunk({ reasoning: 'hm' }), chunk({ content: 'a' }), stop], replay))[1]).toBe(
      'signature text',
    );
  });

  it('has one signature in each block', () => {
    const detail = { type: 'reasoning.text', text: 'hm' };
    const shown = chunk({ reasoning: 'hm', reasoning_details: [detail] });
    const blocks = (...chunks: JsonObject[]) => blocksOf(outputsOf([...chunks, stop], { replay: 'details' }));
    const twice = blocks(shown, chunk({ content: 'a' }), chunk({ reasoning: 'so' }), chunk({ content: 'b' }));
    expect(twice.filter((block) => block.startsWith('signature'))).toEqual([
      `signature ${JSON.stringify([detail])}`,
      'signature text',
    ]);
    // Without replay only the origin is signed.
    expect(blocksOf(outputsOf([shown, chunk({ content: 'a' }), stop])).slice(0, 3)).toEqual([
      'thinking hm',
      'signature text',
      'block_end',
    ]);
  });

  it('joins the pieces of a detail', () => {
    const details = new ThinkingDetails();
    details.add([
      { type: 't', id: 'a', index: 0, text: 'A', format: 'f' },
      { type: 't', id: null, index: 0, text: 'B', summary: 'S', format: null },
      { type: 't', index: 0, data: 'D', more: 1, text: 5 },
      { type: 't', index: 1, text: 'C' },
      { type: 'u', index: 1, text: 'D' },
      { type: 'u', id: 'b', index: 1, text: 'E' },
    ]);
    expect(JSON.parse(details.take() ?? '')).toEqual([
      { type: 't', id: 'a', index: 0, text: 5, format: 'f', summary: 'S', data: 'D', more: 1 },
      { type: 't', index: 1, text: 'C' },
      { type: 'u', index: 1, text: 'D' },
      { type: 'u', id: 'b', index: 1, text: 'E' },
    ]);
    expect(details.take()).toBeUndefined();
  });
});

describe('the calls of a chat host', () => {
  const run = (...deltas: unknown[]) => outputsOf([...deltas.map((delta) => chunk(delta)), chunk({}, 'tool_calls')]);

  it('are separated by their index', () => {
    expect(
      callsOf(
        run(
          piece(0, 'a', 'Read', '{"path"'),
          piece(1, 'b', 'Read', '{"path"'),
          piece(0, undefined, undefined, ':"/a"}'),
          piece('1', '', '', ':"/b"}'),
        ),
      ),
    ).toEqual([`a Read ${path('/a')}`, `b Read ${path('/b')}`]);
  });

  it('at the same index are separated by their ids', () => {
    expect(callsOf(run(piece(0, 'a', 'Read', path('/a')), piece(0, 'b', 'Read', path('/b'))))).toEqual([
      `a Read ${path('/a')}`,
      `b Read ${path('/b')}`,
    ]);
    // An id that is repeated belongs to its call, whatever the index.
    expect(
      callsOf(run(piece(0, 'a', 'Read', '{"path"'), piece(1, 'b', 'Read', '{}'), piece(5, 'a', 'Read', ':"/a"}'))),
    ).toEqual([`a Read ${path('/a')}`, 'b Read {}']);
  });

  it('without an index are separated by their ids and names', () => {
    const none = undefined;
    expect(
      callsOf(
        run(piece(none, 'a', 'Read', '{"path"'), piece(none, none, none, ':"/a"}'), piece(none, 'b', 'Live', '{}')),
      ),
    ).toEqual([`a Read ${path('/a')}`, 'b Live {}']);
    expect(callsOf(run(piece(none, none, 'Read', '{}'), piece(none, none, 'Read', '{}')))).toEqual([
      'call_new0 Read {}',
      'call_new1 Read {}',
    ]);
  });

  it('without ids at the same index are separated by complete arguments, by one chunk and by their names', () => {
    expect(callsOf(run(piece(0, '', 'Read', '{}'), piece(0, '', 'Read', '{}')))).toHaveLength(2);
    expect(callsOf(run(piece(0, '', 'Read', '{"path"'), piece(0, '', 'Read', ':"/a"}')))).toEqual([
      `call_new0 Read ${path('/a')}`,
    ]);
    expect(
      callsOf(
        run({ tool_calls: [...piece(0, '', 'Read', '{}').tool_calls, ...piece(0, '', 'Read', '{}').tool_calls] }),
      ),
    ).toHaveLength(2);
    const different = run(piece(0, '', 'Read', '{"path"'), piece(0, '', 'Live', '{}'));
    expect(endOf(different)).toEqual(failed('broken_tool_call', 'The upstream sent an invalid call of Read.'));
  });

  it('may have an id that arrives after the name', () => {
    expect(callsOf(run(piece(0, undefined, 'Rea', ''), piece(0, 'a', 'd', '{}')))).toEqual(['a Read {}']);
  });

  it('may have a name in pieces, and arguments before it', () => {
    expect(
      callsOf(
        run(piece(0, 'a', undefined, '{"path"'), piece(0, undefined, 'Re', ''), piece(0, undefined, 'ad', ':"/a"}')),
      ),
    ).toEqual([`a Read ${path('/a')}`]);
    expect(callsOf(run(piece(0, 'a', 'Read', ''), piece(0, undefined, 'Read', '{}')))).toEqual(['a Read {}']);
  });

  it('may be one object, in the legacy form, or have an object as arguments', () => {
    expect(callsOf(run({ tool_calls: { id: 'a', function: { name: 'Read', arguments: { path: '/a' } } } }))).toEqual([
      `a Read ${path('/a')}`,
    ]);
    expect(
      callsOf(
        run({ function_call: { name: 'Read', arguments: '{"path"' } }, { function_call: { arguments: ':"/a"}' } }),
      ),
    ).toEqual([`call_new0 Read ${path('/a')}`]);
    expect(callsOf(run({ function_call: { name: 'Live', arguments: '{}' }, ...piece(0, 'a', 'Read', null) }))).toEqual([
      'a Read {}',
    ]);
  });

  it('may have arguments whose last line break is a piece of its own', () => {
    expect(callsOf(run(piece(0, 'a', 'Read', path('/a')), piece(0, undefined, undefined, '\n')))).toEqual([
      `a Read ${path('/a')}\n`,
    ]);
  });

  it('may be of an unknown tool', () => {
    expect(callsOf(run(piece(0, 'a', 'Unknown', '{}')))).toEqual(['a Unknown {}']);
    expect(callsOf(run(piece(0, 'a', 'Unknown', '')))).toEqual(['a Unknown ']);
  });

  it('that have begun keep their name, and another name without an id begins another call', () => {
    expect(callsOf(run(piece(0, 'a', 'Unknown', '{"path"'), piece(0, undefined, 'More', ':"/a"}')))).toEqual([
      `a Unknown ${path('/a')}`,
    ]);
    expect(callsOf(run(piece(0, 'a', 'Read', ''), piece(0, undefined, 'More', '{}')))).toEqual(['a Read {}']);
    expect(endOf(run(piece(0, undefined, 'Unknown', '{"path"'), piece(0, undefined, 'Read', '{}')))).toEqual(
      failed('broken_tool_call', 'The upstream sent an invalid call of Unknown.'),
    );
  });

  it('without a name are an error', () => {
    expect(endOf(run(piece(0, 'a', '', '{}')))).toEqual(
      failed('broken_tool_call', 'The upstream sent a tool call without a name.'),
    );
  });

  it('are all withheld when one is invalid', () => {
    const outputs = run(piece(0, 'a', 'Read', '{}'), piece(1, 'b', 'Read', '{"path"'));
    expect(callsOf(outputs)).toEqual([]);
    expect(endOf(outputs)).toEqual(failed('broken_tool_call', 'The upstream sent an invalid call of Read.'));
  });

  it('that were cut are dropped, unless Claude Code has begun to read them', () => {
    const cut = (name: string, reason: string) => outputsOf([chunk(piece(0, 'a', name, '{"path"')), chunk({}, reason)]);
    for (const reason of ['length', 'content_filter']) expect(callsOf(cut('Read', reason))).toEqual([]);
    expect(endOf(cut('Read', 'length'))).toMatchObject({ end: { stopReason: 'max_tokens' } });
    expect(endOf(cut('Live', 'length'))).toEqual(
      failed('incomplete_tool_call', 'nest (heron) stopped before the tool call was complete: Live.'),
    );
  });

  it('with a known id get a new one', () => {
    const messages = [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'Read', input: {} }] }];
    const outputs = outputsOf([chunk(piece(0, 'a', 'Read', '{}'), 'stop')], {}, { messages });
    expect(callsOf(outputs)).toEqual(['call_new0 Read {}']);
  });

  it('are limited in number and size while they have no name', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({ index, id: `c${index}` }));
    expect(endOf(run({ tool_calls: many }))).toEqual(failed('buffer_full', expect.any(String)));
    const half = 'x'.repeat(argumentBufferLimit / 2);
    expect(endOf(run(piece(0, 'a', '', half), piece(0, 'a', '', half), piece(0, 'a', '', 'x')))).toEqual(
      failed('buffer_full', expect.any(String)),
    );
    // What was buffered is free when the name has arrived.
    expect(
      callsOf(
        run(
          piece(0, 'a', '', '{"path":"'),
          piece(0, 'a', 'Read', ''),
          piece(0, 'a', '', `${half}`),
          piece(0, 'a', '', '"}'),
        ),
      ),
    ).toHaveLength(1);
  });
});

describe('the usage of a chat host', () => {
  it.each([
    [{ prompt_tokens: 10, completion_tokens: 5 }, 10, 0, 0, 5],
    [{ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 } }, 3, 3, 4, 0],
    [{ prompt_tokens: 10, prompt_cache_hit_tokens: 4, cache_creation_input_tokens: 1 }, 5, 1, 4, 0],
    [{ prompt_tokens: 10, cached_tokens: 4 }, 6, 0, 4, 0],
    [{ prompt_tokens: 1, cached_tokens: 4 }, 0, 0, 4, 0],
    [{ prompt_tokens: 'many' }, 0, 0, 0, 0],
    ['none', 0, 0, 0, 0],
  ])('%j is in the terms of Anthropic', (usage, input, write, read, output) => {
    expect(usageOf(usage)).toEqual({
      input_tokens: input,
      cache_creation_input_tokens: write,
      cache_read_input_tokens: read,
      output_tokens: output,
    });
  });

  it('includes reasoning, also where the host counts it separately', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 3 } };
    expect(usageOf(usage)).toMatchObject({ output_tokens: 5, output_tokens_details: { thinking_tokens: 3 } });
    expect(usageOf({ ...usage, total_tokens: 15 })).toMatchObject({ output_tokens: 5 });
    expect(usageOf({ ...usage, total_tokens: 18 })).toMatchObject({ output_tokens: 8 });
  });
});

describe('an error of a chat host', () => {
  const image = { type: 'image', source: { type: 'base64', data: 'AA' } };
  const failure = (
    message: string,
    more: Record<string, unknown> = {},
    profile: Partial<ChatProfile> = {},
    status = 400,
  ) => prepared(more, profile, { effort: 'high' }).failure(status, {}, JSON.stringify({ error: { message } }));

  it.each(['This model does not support thinking.', 'it Does not support Reasoning'])(
    '"%s" names the field in the request',
    (message) => {
      expect(failure(message)).toMatchObject({ code: 'field_refused', field: 'reasoning_effort' });
      expect(failure(message, {}, { thinking: 'type' })).toMatchObject({ code: 'field_refused', field: 'thinking' });
      expect(failure(message, {}, { thinking: 'reasoning' })).toMatchObject({ field: 'reasoning' });
      expect(failure(message, {}, { thinking: 'template' })).toMatchObject({ field: 'chat_template_kwargs' });
      expect(failure(message, {}, {}, 500)).toMatchObject({ field: 'reasoning_effort' });
      expect(failure(message, {}, {}, 401).code).toBe('credential_rejected');
      expect(failure(message, {}, { thinking: 'type-and-effort' }, 400).field).toBe('reasoning_effort');
    },
  );

  it.each([
    'heron is not a multimodal model',
    'The model does not support image input',
    "This model doesn't support vision",
    'not support multimodal content',
    'data required for image input',
    'unknown variant `image_url`, expected `text`',
  ])('"%s" is about the images of the request', (message) => {
    const messages = [{ role: 'user', content: [image] }];
    expect(failure(message, { messages })).toMatchObject({ code: 'field_refused', field: 'image_url' });
    expect(failure(message).field).not.toBe('image_url');
  });

  it('inside a stream has the formats of the hosts', () => {
    const errors = [
      { error: { message: 'words' } },
      { object: 'error', message: 'words' },
      { detail: 'words' },
      { code: 500, message: 'words' },
      { choices: [{ error: { message: 'words' } }] },
      { error: { message: 'words' }, choices: [] },
    ];
    for (const error of errors) {
      const [output] = outputsOf([error]);
      expect(output?.type).toBe('failure');
      if (output?.type === 'failure') expect(output.error.message).toContain('words');
    }
    for (const fine of [{ error: '' }, { error: null, choices: [] }, { code: 0 }, { choices: [], detail: 'x' }])
      expect(blocksOf(outputsOf([fine, chunk({ content: 'a' }), stop]))[0]).toBe('text a');
  });
});

describe('the dialect of chat hosts', () => {
  it('reports what a model supports', () => {
    const abilities = (profile: Partial<ChatProfile> = {}, row?: unknown) =>
      chatDialect.translator(host, { ...plainChat, ...profile }).abilities(row as undefined);
    expect(abilities()).toEqual({
      images: 'yes',
      imagesInResults: 'emulated',
      pdf: 'noted',
      parallelTools: 'yes',
      stopSequences: 'emulated',
      structuredOutput: 'yes',
      webSearch: 'noted',
      thinking: 'noted',
      countTokens: 'emulated',
    });
    const all = { images: true, imageUrls: true, imagesInResults: true, files: true };
    expect(abilities({ capabilities: all, structured: 'json_object', replay: 'text' })).toMatchObject({
      imagesInResults: 'yes',
      pdf: 'yes',
      structuredOutput: 'emulated',
      thinking: 'yes',
    });
    expect(abilities({ capabilities: all }, { vision: false })).toMatchObject({
      images: 'noted',
      imagesInResults: 'noted',
    });
    expect(abilities({ capabilities: { ...all, images: false } }, { vision: true }).images).toBe('noted');
    expect(chatDialect.translator(host, plainChat).countsTokens).toBe(false);
  });

  it('has one path, the headers for the host, and no count', () => {
    const request = prepared({}, {}, { client: { 'user-agent': 'claude', 'x-app': 'cli' } });
    expect(request).toMatchObject({
      path: '/chat/completions',
      headers: { 'user-agent': 'claude' },
      count: undefined,
      replayedReasoning: [],
      hasNoSearch: true,
    });
    expect(request.readHeaders({})).toEqual({ quota: undefined, requestedModel: 'heron', servedModel: undefined });
    const search = prepared({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] });
    expect(search.answerWithoutSearch?.()[0]).toMatchObject({ type: 'server_tool' });
  });

  it('reads an answer of one JSON document', () => {
    const { fromJson } = prepared();
    const message = { content: 'a' };
    expect(fromJson?.({ id: 'x', choices: [{ message }, { message: 'other' }] })).toEqual([
      { id: 'x', choices: [{ message, delta: message }] },
    ]);
    expect(fromJson?.({ error: { message: 'words' } })).toEqual([{ error: { message: 'words' } }]);
    const odd = { object: 'error', message: 'words' };
    expect(fromJson?.(odd)).toEqual([{ ...odd, error: odd }]);
    const unsuccessful = { success: false };
    expect(fromJson?.(unsuccessful)).toEqual([{ success: false, error: unsuccessful }]);
    expect(fromJson?.({ other: 1 })).toEqual([]);
    expect(fromJson?.({ success: true })).toEqual([]);
  });
});
