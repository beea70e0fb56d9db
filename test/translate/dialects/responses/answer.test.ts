/** The answer of a Responses upstream, event by event, and its errors. */
import { describe, expect, it } from 'vitest';
import { callIdOf } from '../../../../src/translate/anthropic/call-id.ts';
import { openReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import type { Host, PrepareOptions } from '../../../../src/translate/dialect.ts';
import { responsesDialect } from '../../../../src/translate/dialects/responses/dialect.ts';
import { plainResponses, type ResponsesProfile } from '../../../../src/translate/dialects/responses/profile.ts';
import type { Output } from '../../../../src/translate/output.ts';
import type { JsonObject } from '../../../../src/wire/json.ts';
import { prepareOptions } from '../../../support/upstreams.ts';

const host: Host = {
  name: 'nest',
  failures: {},
  credentialHint: 'set NEST_KEY',
  modelHint: undefined,
  forwardedHeaders: 'all',
};
const tools = [
  { name: 'Read', input_schema: { properties: { path: {}, pages: { type: 'string' } }, required: ['path'] } },
  { name: 'Live', input_schema: { properties: { path: {} }, required: ['path'] } },
];
const thinking = { thinking: { type: 'adaptive' } };
const searching: Partial<ResponsesProfile> = {
  capabilities: { ...plainResponses.capabilities, webSearch: 'plain' },
};

function prepared(
  more: Record<string, unknown> = {},
  profile: Partial<ResponsesProfile> = {},
  options: Partial<PrepareOptions> = {},
) {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], tools, ...more });
  return responsesDialect
    .translator(host, { ...plainResponses, ...profile })
    .prepare(request, prepareOptions({ model: 'gpt-5.5', ...options }));
}
const streamOf = (more: Record<string, unknown> = {}, profile: Partial<ResponsesProfile> = {}) => {
  let ids = 0;
  return prepared(more, profile).open((prefix) => `${prefix}_new${ids++}`);
};
function outputsOf(
  events: JsonObject[],
  more: Record<string, unknown> = {},
  profile: Partial<ResponsesProfile> = {},
): Output[] {
  const stream = streamOf(more, profile);
  return [...events.flatMap((event) => stream.step(event)), ...stream.eof()];
}
const endOf = (outputs: Output[]): unknown => {
  const last = outputs.at(-1);
  return last?.type === 'end' ? last.ending : last?.type === 'failure' ? last.error : undefined;
};
const blocksOf = (outputs: Output[]): string[] =>
  outputs.slice(0, -1).map((output) => {
    if (output.type === 'signature') {
      const envelope = openReasoning(output.signature);
      return `signature ${envelope?.id} ${envelope?.encrypted}`;
    }
    if (output.type === 'text' || output.type === 'thinking') return `${output.type} ${output.text}`;
    if (output.type === 'tool_start') return `start ${output.id} ${output.name}`;
    if (output.type === 'tool_input') return `input ${output.json}`;
    if (output.type === 'server_tool') return `search ${output.id} ${output.name} ${output.input.query}`;
    if (output.type === 'search_result')
      return Array.isArray(output.content) ? `pages ${output.content.map(({ title }) => title).join()}` : 'no pages';
    if (output.type === 'citation') return `citation ${output.citation.title} "${output.citation.cited_text}"`;
    if (output.type === 'unknown') return `unknown ${output.event}`;
    return output.type;
  });
const callsOf = (outputs: Output[]): string[] => {
  const calls: string[] = [];
  for (const output of outputs) {
    if (output.type === 'tool_start') calls.push(`${output.id} ${output.name} `);
    if (output.type === 'tool_input') calls.push(`${calls.pop()}${output.json}`);
  }
  return calls;
};
const failed = (code: string, message: unknown) => expect.objectContaining({ code, message });

const event = (type: string, more: object = {}): JsonObject => ({ type: `response.${type}`, ...more });
const added = (item: object, output_index?: number) => event('output_item.added', { item, output_index });
const done = (item: object, output_index?: number) => event('output_item.done', { item, output_index });
const completed = (response: object = {}) => event('completed', { response: { status: 'completed', ...response } });
const incomplete = (reason?: string, response: object = {}) =>
  event('incomplete', { response: { status: 'incomplete', incomplete_details: { reason }, ...response } });
const textDelta = (delta: string, more: object = {}) => event('output_text.delta', { output_index: 0, delta, ...more });
const argsDelta = (delta: string, more: object = {}) =>
  event('function_call_arguments.delta', { output_index: 0, delta, ...more });
const fn = (name: string | undefined, call_id: string | undefined, more: object = {}) => ({
  type: 'function_call',
  name,
  call_id,
  ...more,
});
const path = (name: string) => `{"path":"${name}"}`;

describe('an answer of Responses', () => {
  it('is reasoning, text and calls, each closed before the next', () => {
    const outputs = outputsOf([
      event('created'),
      event('in_progress'),
      added({ type: 'reasoning', id: 'rs_1' }, 0),
      event('reasoning_summary_part.added', { output_index: 0 }),
      event('reasoning_summary_text.delta', { output_index: 0, delta: 'one' }),
      event('reasoning_summary_part.added', { output_index: 0 }),
      event('reasoning_summary_text.delta', { output_index: 0, delta: 'two' }),
      event('reasoning_summary_text.delta', { output_index: 0, delta: '' }),
      done({ type: 'reasoning', id: 'rs_1', encrypted_content: 'enc', summary: [{ text: 'other' }] }, 0),
      added({ type: 'message', id: 'm_1' }, 1),
      event('output_text.delta', { output_index: 1, delta: 'a' }),
      event('output_text.delta', { output_index: 1, delta: '' }),
      event('output_text.done', { output_index: 1, text: 'ab' }),
      done({ type: 'message', id: 'm_1', content: [{ type: 'output_text', text: 'abc' }] }, 1),
      added(fn('Read', 'c1', { id: 'fc_1' }), 2),
      event('function_call_arguments.delta', { output_index: 2, delta: '{"path":"/a",' }),
      event('function_call_arguments.delta', { output_index: 2, delta: '"pages":""}' }),
      event('function_call_arguments.done', { output_index: 2, arguments: '{"path":"/a","pages":""}' }),
      done(fn('Read', 'c1', { id: 'fc_1', arguments: '{"path":"/a","pages":""}' }), 2),
      completed({ usage: { input_tokens: 3 } }),
    ]);
    expect(blocksOf(outputs)).toEqual([
      'thinking one',
      'thinking \n\n',
      'thinking two',
      'signature rs_1 enc',
      'block_end',
      'text a',
      'text b',
      'text c',
      'block_end',
      'tool_call',
      'start c1 Read',
      `input ${path('/a')}`,
      'block_end',
      'repaired',
    ]);
    expect(endOf(outputs)).toMatchObject({
      abort: false,
      measured: true,
      end: { stopReason: 'tool_use', stopSequence: null, usage: { input_tokens: 3 } },
    });
  });

  it('reports unknown events, and ignores known ones without content', () => {
    const ignored = [
      'queued',
      'metadata',
      'web_search_call.in_progress',
      'web_search_call.searching',
      'web_search_call.completed',
      'content_part.added',
      'content_part.done',
      'reasoning_summary_part.done',
      'reasoning_summary_text.done',
      'reasoning_text.done',
    ].map((type) => event(type));
    expect(blocksOf(outputsOf([...ignored, event('future'), {}, { type: 'toString' }, completed()]))).toEqual([
      'unknown response.future',
      'unknown (none)',
      'unknown toString',
    ]);
  });

  it('without an end is truncated, also after [DONE]', () => {
    const stream = streamOf();
    stream.step(textDelta('a'));
    expect(stream.done()).toEqual([]);
    expect(stream.eof()).toEqual([
      {
        type: 'failure',
        error: failed('truncated', 'nest (gpt-5.5) ended the stream before the answer was complete.'),
      },
    ]);
    expect(endOf(outputsOf([event('completed', { response: { status: 'cancelled' } })]))).toEqual(
      failed('truncated', 'nest (gpt-5.5) cancelled the answer.'),
    );
  });

  it.each(['response.completed', 'response.done'])('ends with %s and ignores what follows', (type) => {
    const outputs = outputsOf([textDelta('a'), { type, response: {} }, textDelta('late'), completed()]);
    expect(blocksOf(outputs)).toEqual(['text a', 'block_end']);
    expect(endOf(outputs)).toMatchObject({ measured: false, end: { stopReason: 'end_turn' } });
  });

  it.each([
    ['max_output_tokens', 'max_tokens'],
    [undefined, 'max_tokens'],
    ['other', 'end_turn'],
  ])('that is incomplete because of %s ends with %s', (reason, stopReason) => {
    expect(endOf(outputsOf([textDelta('a'), incomplete(reason)]))).toMatchObject({ end: { stopReason } });
    const byStatus = { type: 'response.completed', response: { status: 'incomplete', incomplete_details: { reason } } };
    expect(endOf(outputsOf([textDelta('a'), byStatus]))).toMatchObject({ end: { stopReason } });
    expect(endOf(outputsOf([event('incomplete', { response: { incomplete_details: { reason } } })]))).toMatchObject({
      end: { stopReason },
    });
  });

  it('that was filtered is a refusal, with the words of the model if there are any', () => {
    expect(endOf(outputsOf([incomplete('content_filter')]))).toMatchObject({
      end: { stopReason: 'refusal', explanation: 'The upstream filtered this answer.' },
    });
    expect(
      endOf(outputsOf([event('refusal.delta', { output_index: 0, delta: 'No.' }), incomplete('content_filter')])),
    ).toMatchObject({
      end: { stopReason: 'refusal', explanation: 'No.' },
    });
  });

  it('that refuses is text and a refusal', () => {
    const outputs = outputsOf([
      event('refusal.delta', { output_index: 0, delta: 'I ' }),
      event('refusal.delta', { output_index: 0, delta: 'can' }),
      event('refusal.done', { output_index: 0, refusal: 'I cannot.' }),
      completed(),
    ]);
    expect(blocksOf(outputs)).toEqual(['text I ', 'text can', 'text not.', 'block_end']);
    expect(endOf(outputs)).toMatchObject({ end: { stopReason: 'refusal', explanation: 'I cannot.' } });
    const explanation = (...events: JsonObject[]) => endOf(outputsOf([...events, completed()]));
    expect(explanation(event('refusal.done', { output_index: 0 }))).toMatchObject({
      end: { explanation: 'The model refused.' },
    });
    expect(explanation(done({ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }, 0))).toMatchObject({
      end: { stopReason: 'refusal', explanation: 'No.' },
    });
  });

  it('has text parts by their index', () => {
    const content = [{ text: 'ab' }, { text: 'xy' }];
    const outputs = outputsOf([
      textDelta('a', { content_index: 0 }),
      textDelta('x', { content_index: 1 }),
      done({ type: 'message', content }, 0),
      completed(),
    ]);
    expect(blocksOf(outputs)).toEqual(['text a', 'text x', 'text b', 'text y', 'block_end']);
  });

  it('has what only its last event contains', () => {
    const output = [
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'enc', summary: [{ text: 'hm' }, { text: 'so' }] },
      { type: 'message', id: 'm_1', content: [{ type: 'output_text', text: 'a' }] },
      fn('Read', 'c1', { id: 'fc_1', arguments: path('/a') }),
      { type: 'future' },
    ];
    const outputs = outputsOf([completed({ output })]);
    expect(blocksOf(outputs)).toEqual([
      'thinking hm\n\nso',
      'signature rs_1 enc',
      'block_end',
      'text a',
      'block_end',
      'tool_call',
      'start c1 Read',
      `input ${path('/a')}`,
      'block_end',
    ]);
    // A call may be incomplete there when the answer is.
    expect(blocksOf(outputsOf([incomplete('max_output_tokens', { output })]))).not.toContain('tool_call');
  });

  it('does not repeat what its last event lists again', () => {
    const message = { type: 'message', id: 'm_1', content: [{ type: 'output_text', text: 'a' }] };
    const call = fn('Read', 'c1', { id: 'fc_1', arguments: '{}' });
    const outputs = outputsOf([
      added({ type: 'message', id: 'm_1' }, 0),
      textDelta('a'),
      done(message, 0),
      done(call, 1),
      completed({ output: [message, call] }),
    ]);
    expect(callsOf(outputs)).toHaveLength(1);
    expect(blocksOf(outputs).filter((block) => block.startsWith('text'))).toEqual(['text a']);
  });

  it('ends at a stop sequence', () => {
    const more = { stop_sequences: ['END'] };
    const outputs = outputsOf([textDelta('abENDc'), completed()], more);
    expect(blocksOf(outputs)).toEqual(['text ab']);
    expect(endOf(outputs)).toMatchObject({
      abort: true,
      measured: false,
      end: { stopReason: 'stop_sequence', stopSequence: 'END' },
    });
    expect(blocksOf(outputsOf([textDelta('abEN'), completed()], more))).toEqual(['text ab', 'text EN', 'block_end']);
    // The sequence may be in an item that waits for its turn.
    const waiting = outputsOf(
      [
        added(fn('Read', 'c1'), 0),
        event('output_text.delta', { output_index: 1, delta: 'xENDy' }),
        done(fn('Read', 'c1', { arguments: '{}' }), 0),
        completed(),
      ],
      more,
    );
    expect(endOf(waiting)).toMatchObject({ end: { stopReason: 'stop_sequence' } });
  });

  it('to a question for existence ends when it is accepted', () => {
    const withoutLimit = { fields: { ...plainResponses.fields, maxOutputTokens: false } };
    const end = { abort: true, measured: false, end: { stopReason: 'max_tokens' } };
    expect(endOf(outputsOf([event('created')], { max_tokens: 15 }, withoutLimit))).toMatchObject(end);
    for (const [more, profile] of [
      [{ max_tokens: 16 }, withoutLimit],
      [{}, withoutLimit],
      [{ max_tokens: 15 }, {}],
    ] as const)
      expect(endOf(outputsOf([event('created')], more, profile))).toMatchObject({ code: 'truncated' });
  });

  it('reports the quota in the stream', () => {
    const rate_limits = { primary: { used_percent: 5, window_minutes: 300 } };
    const outputs = outputsOf([{ type: 'codex.rate_limits', rate_limits }, { type: 'codex.rate_limits' }, completed()]);
    expect(outputs[0]).toMatchObject({ type: 'quota', quota: { windows: [{ name: '5h', usedPercent: 5 }] } });
    expect(outputs).toHaveLength(2);
  });
});

describe('reasoning of Responses', () => {
  const item = { type: 'reasoning', id: 'rs_1', encrypted_content: 'enc' };

  it('without text is an empty block when the client keeps thinking', () => {
    expect(blocksOf(outputsOf([added(item, 0), done(item, 0), completed()], thinking))).toEqual([
      'signature rs_1 enc',
      'block_end',
    ]);
    expect(blocksOf(outputsOf([added(item, 0), done(item, 0), completed()]))).toEqual([]);
    expect(blocksOf(outputsOf([done({ type: 'reasoning' }, 0), completed()], thinking))).toEqual([]);
  });

  it('is read from its own text, and ends with the answer', () => {
    const outputs = outputsOf([event('reasoning_text.delta', { output_index: 0, delta: 'hm' }), completed()]);
    expect(blocksOf(outputs)).toEqual(['thinking hm', 'block_end']);
  });

  it('has no empty line before its first text', () => {
    const part = event('reasoning_summary_part.added', { output_index: 0 });
    const outputs = outputsOf([
      part,
      part,
      event('reasoning_summary_text.delta', { output_index: 0, delta: 'hm' }),
      completed(),
    ]);
    expect(blocksOf(outputs)).toEqual(['thinking hm', 'block_end']);
  });
});

describe('the calls of Responses', () => {
  it('are written in the order in which they began', () => {
    const outputs = outputsOf([
      added(fn('Live', 'a'), 0),
      added(fn('Live', 'b'), 1),
      argsDelta(path('/b'), { output_index: 1 }),
      done(fn('Live', 'b', { arguments: path('/b') }), 1),
      argsDelta(path('/a')),
      done(fn('Live', 'a', { arguments: path('/a') }), 0),
      completed(),
    ]);
    expect(callsOf(outputs)).toEqual([`a Live ${path('/a')}`, `b Live ${path('/b')}`]);
  });

  it('may have their name at the end, and arguments before it', () => {
    const outputs = outputsOf([added(fn(undefined, 'a'), 0), argsDelta('{}'), done(fn('Read', 'a'), 0), completed()]);
    expect(callsOf(outputs)).toEqual(['a Read {}']);
  });

  it('may end with the answer, if their arguments are final', () => {
    const events = [added(fn('Read', 'a'), 0), argsDelta('{}')];
    const final = event('function_call_arguments.done', { output_index: 0, arguments: '{}' });
    expect(callsOf(outputsOf([...events, final, completed()]))).toEqual(['a Read {}']);
    expect(endOf(outputsOf([...events, completed()]))).toEqual(
      failed('incomplete_tool_call', 'nest (gpt-5.5) stopped before the tool call was complete: Read.'),
    );
  });

  it('that were cut are dropped, unless Claude Code has begun to read them', () => {
    const cut = (name: string) => [
      added(fn(name, 'a'), 0),
      argsDelta('{"path"'),
      done(fn(name, 'a', { status: 'incomplete', arguments: '{"path"' }), 0),
    ];
    expect(callsOf(outputsOf([...cut('Read'), incomplete('max_output_tokens')]))).toEqual([]);
    expect(endOf(outputsOf([...cut('Read'), incomplete('max_output_tokens')]))).toMatchObject({
      end: { stopReason: 'max_tokens' },
    });
    expect(endOf(outputsOf([...cut('Live'), incomplete('max_output_tokens')]))).toMatchObject({
      code: 'incomplete_tool_call',
    });
    expect(endOf(outputsOf([...cut('Read'), completed()]))).toMatchObject({ code: 'incomplete_tool_call' });
  });

  it('have their namespace in the id, and a new id if it was used', () => {
    const namespaced = outputsOf([done(fn('Read', 'a', { namespace: 'ns', arguments: '{}' }), 0), completed()]);
    const start = namespaced.find((output) => output.type === 'tool_start');
    expect(start?.type === 'tool_start' && callIdOf(start.id)).toEqual({ callId: 'a', namespace: 'ns' });
    const messages = [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'Read', input: {} }] }];
    expect(callsOf(outputsOf([done(fn('Read', 'a', { arguments: '{}' }), 0), completed()], { messages }))).toEqual([
      'call_new0 Read {}',
    ]);
  });
});

describe('the order of the items of a response', () => {
  const later = event('output_text.delta', { output_index: 1, delta: 'later' });

  it('is that of their announcement', () => {
    const reasoning = outputsOf([
      added({ type: 'reasoning' }, 0),
      later,
      event('reasoning_text.delta', { output_index: 0, delta: 'hm' }),
      done({ type: 'reasoning' }, 0),
      completed(),
    ]);
    expect(blocksOf(reasoning)).toEqual(['thinking hm', 'block_end', 'text later', 'block_end']);
    const text = outputsOf([
      added({ type: 'message' }, 0),
      later,
      textDelta('first'),
      done({ type: 'message' }, 0),
      completed(),
    ]);
    expect(blocksOf(text)).toEqual(['text first', 'block_end', 'text later', 'block_end']);
    const call = outputsOf([
      added(fn('Live', 'a'), 0),
      later,
      argsDelta(path('/a')),
      done(fn('Live', 'a'), 0),
      completed(),
    ]);
    expect(blocksOf(call)).toEqual([
      'tool_call',
      'start a Live',
      `input ${path('/a')}`,
      'block_end',
      'text later',
      'block_end',
    ]);
  });

  it('is not changed by an unknown item or by events after the end of an item', () => {
    const outputs = outputsOf([
      added({ type: 'future', name: 'Read' }, 0),
      later,
      done({ type: 'message', id: 'm_1', content: [{ text: 'later' }] }, 1),
      added({ type: 'message', id: 'm_1' }, 1),
      event('output_text.delta', { output_index: 1, delta: 'too late' }),
      done({ type: 'message', id: 'm_1', content: [{ text: 'later and more' }] }, 1),
      done({ type: 'future', name: 'Read', arguments: '{}' }, 0),
      completed(),
    ]);
    expect(blocksOf(outputs)).toEqual(['text later', 'block_end']);
  });

  it('of items without positions is that of their events', () => {
    const outputs = outputsOf([
      event('reasoning_text.delta', { delta: 'h' }),
      event('reasoning_summary_part.added'),
      event('reasoning_text.delta', { delta: 'm' }),
      done({ type: 'reasoning' }),
      event('output_text.delta', { delta: 'a' }),
      event('output_text.done', { text: 'ab' }),
      completed(),
    ]);
    expect(blocksOf(outputs)).toEqual(['thinking h', 'thinking m', 'block_end', 'text a', 'text b', 'block_end']);
  });

  it('ends at a stop sequence, also for a call that waits', () => {
    const outputs = outputsOf(
      [added({ type: 'message' }, 0), done(fn('Live', 'a', { arguments: '{}' }), 1), textDelta('abEND'), completed()],
      { stop_sequences: ['END'] },
    );
    expect(blocksOf(outputs)).toEqual(['tool_call', 'text ab']);
  });
});

describe('the items of a response', () => {
  const run = (...events: JsonObject[]) => callsOf(outputsOf([...events, completed()]));

  it('without positions are told apart by their ids', () => {
    expect(
      run(
        added(fn('Read', 'a', { id: 'fc_1' })),
        added(fn('Read', 'b', { id: 'fc_2' })),
        event('function_call_arguments.delta', { item_id: 'fc_1', delta: path('/a') }),
        event('function_call_arguments.delta', { item_id: 'fc_2', delta: path('/b') }),
        done(fn('Read', 'b', { id: 'fc_2' })),
        done(fn('Read', 'a', { id: 'fc_1' })),
      ),
    ).toEqual([`a Read ${path('/a')}`, `b Read ${path('/b')}`]);
  });

  it('without positions are told apart by their call ids', () => {
    expect(
      run(
        added(fn('Read', 'a')),
        event('function_call_arguments.delta', { delta: path('/a') }),
        done(fn('Read', 'a')),
        added(fn('Read', 'b')),
        event('function_call_arguments.delta', { delta: path('/b') }),
        done(fn('Read', 'b')),
      ),
    ).toEqual([`a Read ${path('/a')}`, `b Read ${path('/b')}`]);
  });

  it('with ids that change belong to the open item', () => {
    expect(
      run(
        added(fn('Read', 'a', { id: 'fc_1' })),
        event('function_call_arguments.delta', { item_id: 'changed', delta: '{}' }),
        done(fn('Read', 'a', { id: 'fc_1' })),
      ),
    ).toEqual(['a Read {}']);
  });

  it('at the same position are told apart by their ids', () => {
    expect(
      run(
        added(fn('Read', 'a', { id: 'fc_1' }), 0),
        done(fn('Read', 'a', { id: 'fc_1', arguments: path('/a') }), 0),
        added(fn('Read', 'b', { id: 'fc_2' }), 0),
        argsDelta(path('/b')),
        done(fn('Read', 'b', { id: 'fc_2' }), 0),
      ),
    ).toEqual([`a Read ${path('/a')}`, `b Read ${path('/b')}`]);
    // The id of an item may change, the id of the call does not.
    expect(
      run(added(fn('Read', 'a', { id: 'fc_1' }), 0), argsDelta('{}'), done(fn('Read', 'a', { id: 'fc_9' }), 0)),
    ).toEqual(['a Read {}']);
  });

  it('at the same position are told apart by their kinds', () => {
    const outputs = outputsOf([
      added({ type: 'message' }, 0),
      textDelta('a'),
      added(fn('Read', 'a'), 0),
      done(fn('Read', 'a', { arguments: '{}' }), 0),
      completed(),
    ]);
    expect(callsOf(outputs)).toEqual(['a Read {}']);
  });

  it('at the same position without ids begin again after they are done', () => {
    expect(
      run(
        added(fn('Read', undefined), 0),
        done(fn('Read', undefined, { arguments: path('/a') }), 0),
        added(fn('Read', undefined), 0),
        done(fn('Read', undefined, { arguments: path('/b') }), 0),
      ),
    ).toEqual([`call_new0 Read ${path('/a')}`, `call_new1 Read ${path('/b')}`]);
  });

  it('with the same call id at different positions are two calls', () => {
    expect(
      run(done(fn('Read', 'a', { arguments: path('/a') }), 0), done(fn('Read', 'a', { arguments: path('/b') }), 1)),
    ).toEqual([`a Read ${path('/a')}`, `call_new0 Read ${path('/b')}`]);
  });

  it('listed at the end are found by id, by position, or are new calls', () => {
    const listed = (events: JsonObject[], ...output: object[]) =>
      callsOf(outputsOf([...events, completed({ output })]));
    const open = [added(fn('Read', 'a', { id: 'fc_1' }), 0)];
    expect(listed(open, fn('Read', 'a', { arguments: path('/a') }))).toEqual([`a Read ${path('/a')}`]);
    expect(listed(open, fn('Read', undefined, { id: 'fc_1', arguments: path('/a') }))).toEqual([
      `a Read ${path('/a')}`,
    ]);
    expect(listed(open, fn('Read', undefined, { arguments: path('/a') }))).toEqual([`a Read ${path('/a')}`]);
    const finished = [done(fn('Read', 'a', { id: 'fc_1', arguments: '{}' }), 0)];
    expect(listed(finished, fn('Read', 'b', { arguments: path('/b') }))).toEqual(['a Read {}', `b Read ${path('/b')}`]);
    // Without an id, it may be the one that was received.
    expect(listed(finished, {}, fn('Read', undefined, { arguments: path('/b') }))).toEqual(['a Read {}']);
  });

  it('of text listed at the end in another place are not repeated', () => {
    const message = { type: 'message', content: [{ text: 'a' }] };
    const outputs = outputsOf([
      textDelta('a'),
      done({ ...message, id: 'm_1' }, 0),
      completed({ output: [{ type: 'reasoning' }, message] }),
    ]);
    expect(blocksOf(outputs).filter((block) => block.startsWith('text'))).toEqual(['text a']);
  });
});

describe('a hosted search of Responses', () => {
  const only = { tools: [{ type: 'web_search_20250305', name: 'search', blocked_domains: ['blocked.example'] }] };
  const beside = { tools: [...only.tools, ...tools] };
  const call = (action: object = {}, more: object = {}) => ({
    type: 'web_search_call',
    id: 'ws_1',
    action: { type: 'search', query: 'herons', ...action },
    ...more,
  });
  const citation = (url: string, title: string | undefined, start_index: number, end_index: number) =>
    event('output_text.annotation.added', {
      output_index: 1,
      annotation: { type: 'url_citation', url, title, start_index, end_index },
    });
  const say = (delta: string) => event('output_text.delta', { output_index: 1, delta });
  const sources = (...urls: string[]) => ({ sources: urls.map((url) => ({ url })) });
  const titled = { sources: [{ url: 'https://a', title: 'A' }] };
  const run = (more: Record<string, unknown>, ...events: JsonObject[]) =>
    blocksOf(outputsOf([...events, completed()], more, searching));

  it('with titles shows its pages at once', () => {
    expect(run(only, added({ type: 'web_search_call', id: 'ws_1' }, 0), done(call(titled), 0), say('a'))).toEqual([
      'search srvtoolu_new0 search herons',
      'pages A',
      'text a',
      'block_end',
    ]);
  });

  it('without titles waits for the text that cites them', () => {
    const pages = sources('https://a', 'https://b', 'https://a', 'https://blocked.example/x');
    expect(run(only, done(call(pages), 0), say('a heron'), citation('https://a', 'A', 2, 7))).toEqual([
      'search srvtoolu_new0 search herons',
      'pages A,https://b',
      'text a heron',
      'citation A "heron"',
      'block_end',
    ]);
  });

  it('beside other tools shows its pages at once, unless it lists none', () => {
    expect(run(beside, done(call(sources('https://a')), 0), say('a'), citation('https://a', 'A', 0, 1))).toEqual([
      'search srvtoolu_new0 search herons',
      'pages https://a',
      'text a',
      'citation A "a"',
      'block_end',
    ]);
    expect(run(beside, done(call(), 0), say('a'), citation('https://a', 'A', 0, 1))).toEqual([
      'search srvtoolu_new0 search herons',
      'pages A',
      'text a',
      'citation A "a"',
      'block_end',
    ]);
  });

  it('that failed has no pages', () => {
    expect(run(only, done(call({}, { status: 'failed' }), 0), say('a'))).toEqual([
      'search srvtoolu_new0 search herons',
      'no pages',
      'text a',
      'block_end',
    ]);
  });

  it('has several queries, and may be another action', () => {
    expect(run(only, done(call({ query: undefined, queries: ['one', 5, 'two'], ...titled }), 0))[0]).toBe(
      'search srvtoolu_new0 search one · two',
    );
    expect(run(only, added(call(), 0), done(call({ type: 'open_page' }), 0), say('a'))).toEqual([
      'text a',
      'block_end',
    ]);
    expect(run(only, done({ type: 'web_search_call', action: { query: 'q', ...titled } }, 0))[0]).toBe(
      'search srvtoolu_new0 search q',
    );
  });

  it('counts in the usage, once for each search', () => {
    const outputs = outputsOf(
      [
        done(call(titled), 0),
        done(call(titled), 0),
        done(call(titled, { id: 'ws_2' }), 1),
        done(call({ type: 'open_page' }, { id: 'ws_3' }), 2),
        completed(),
      ],
      only,
      searching,
    );
    expect(endOf(outputs)).toMatchObject({ end: { usage: { server_tool_use: { web_search_requests: 2 } } } });
  });

  it('without a search tool in the request is ignored', () => {
    expect(run({}, added(call(), 0), done(call(titled), 0), say('a'), citation('https://a', 'A', 0, 1))).toEqual([
      'text a',
      'block_end',
    ]);
  });

  it('that never ends does not stop the answer', () => {
    expect(run(only, added(call(), 0), say('a'))).toEqual(['text a', 'block_end']);
  });

  it('is cited once, in whole characters, with a limited text and without blocked pages', () => {
    const text = `👩${'x'.repeat(200)}`;
    const blocks = run(
      only,
      done(call(titled), 0),
      say(text),
      citation('https://a', undefined, 1, 4),
      citation('https://a', undefined, 1, 4),
      citation('https://a', 'A', 2, 200),
      citation('https://blocked.example/x', 'B', 0, 4),
      event('output_text.annotation.added', {
        output_index: 1,
        annotation: { type: 'file_citation', url: 'https://a' },
      }),
      event('output_text.annotation.added', { output_index: 1, annotation: { type: 'url_citation' } }),
    );
    expect(blocks.filter((block) => block.startsWith('citation'))).toEqual([
      'citation https://a "xx"',
      `citation A "${'x'.repeat(150)}"`,
    ]);
  });

  it('is cited by the complete text too', () => {
    const content = [
      {
        text: 'heron',
        annotations: [{ type: 'url_citation', url: 'https://a', title: 'A', start_index: 0, end_index: 5 }],
      },
    ];
    expect(run(only, done(call(sources('https://a')), 0), done({ type: 'message', content }, 1))).toEqual([
      'search srvtoolu_new0 search herons',
      'pages A',
      'text heron',
      'citation A "heron"',
      'block_end',
    ]);
  });
});

describe('an error of Responses', () => {
  it.each([
    [event('failed', { response: { error: { code: 'server_error', message: 'words' } } })],
    [event('completed', { response: { status: 'failed', error: { message: 'words' } } })],
    [{ type: 'error', error: { message: 'words' } }],
    [{ type: 'error', message: 'words' }],
  ])('inside a stream is read from %j', (one) => {
    const outputs = outputsOf([one]);
    expect(outputs.at(-1)?.type).toBe('failure');
    expect(endOf(outputs)).toMatchObject({ message: expect.stringContaining('words') });
  });

  it('has the usage of the answer so far', () => {
    const response = { usage: { input_tokens: 3 }, error: { code: 'server_error', message: 'words' } };
    expect(outputsOf([event('failed', { response })])).toMatchObject([
      { type: 'usage', usage: { input_tokens: 3 } },
      { type: 'failure' },
    ]);
  });

  const search = { tools: [{ type: 'web_search_20250305', name: 'search' }] };
  const failure = (message: string, more: Record<string, unknown>, status = 400) =>
    prepared(more, searching).failure(status, {}, JSON.stringify({ error: { message } })).code;

  it('about the only tool is a refused search', () => {
    for (const message of [
      'web_search is not supported',
      'tool not allowed',
      'Tools are not supported',
      "Unknown parameter: 'tools'.",
    ])
      expect(failure(message, search)).toBe('search_refused');
    expect(failure('toolbox', search)).not.toBe('search_refused');
    expect(failure('web_search is not supported', search, 401)).toBe('credential_rejected');
    expect(failure('web_search is not supported', { tools: [...search.tools, ...tools] })).not.toBe('search_refused');
    expect(failure('web_search is not supported', {})).not.toBe('search_refused');
  });
});

describe('the dialect of Responses', () => {
  it('reports what a model supports', () => {
    const abilities = (profile: Partial<ResponsesProfile> = {}, row?: unknown) =>
      responsesDialect.translator(host, { ...plainResponses, ...profile }).abilities(row as undefined);
    expect(abilities()).toEqual({
      images: 'yes',
      imagesInResults: 'yes',
      pdf: 'yes',
      parallelTools: 'yes',
      stopSequences: 'emulated',
      structuredOutput: 'yes',
      webSearch: 'noted',
      thinking: 'yes',
      countTokens: 'emulated',
    });
    expect(abilities({ ...searching, countPath: '/count' }, { vision: false })).toMatchObject({
      images: 'noted',
      imagesInResults: 'noted',
      webSearch: 'yes',
      countTokens: 'yes',
    });
    expect(abilities({ capabilities: { ...plainResponses.capabilities, files: false } }).pdf).toBe('noted');
  });

  it('counts tokens where the upstream does', () => {
    const { count } = prepared({ temperature: 1, ...thinking }, { countPath: '/responses/input_tokens' });
    expect(count?.path).toBe('/responses/input_tokens');
    expect(Object.keys(JSON.parse(count?.body.text ?? ''))).toEqual([
      'model',
      'instructions',
      'input',
      'tools',
      'tool_choice',
      'parallel_tool_calls',
      'reasoning',
    ]);
    expect([{ input_tokens: 5 }, {}, 'x'].map((answer) => count?.read(answer))).toEqual([5, undefined, undefined]);
    expect(prepared().count).toBeUndefined();
    const counts = (countPath: string | undefined) =>
      responsesDialect.translator(host, { ...plainResponses, countPath }).countsTokens;
    expect([counts('/count'), counts(undefined)]).toEqual([true, false]);
  });

  it('has one path, no headers of the client, and the facts of the response headers', () => {
    const request = prepared({}, { quota: 'windows' }, { client: { 'user-agent': 'claude' } });
    expect(request).toMatchObject({ path: '/responses', headers: {}, fromJson: undefined, hasNoSearch: true });
    expect(request.readHeaders({ 'openai-model': 'gpt-6', 'x-codex-primary-used-percent': '5' })).toEqual({
      quota: {
        windows: [{ name: 'primary', usedPercent: 5, resetsAt: undefined }],
        plan: undefined,
        credits: undefined,
      },
      requestedModel: 'gpt-5.5',
      servedModel: 'gpt-6',
    });
    expect(prepared({}, searching).hasNoSearch).toBe(false);
    const search = prepared({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] });
    expect(search.answerWithoutSearch?.()[0]).toMatchObject({ type: 'server_tool' });
  });
});
