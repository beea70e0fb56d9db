/** What a Messages host’s answer becomes for Claude Code. */
import { describe, expect, it } from 'vitest';
import { openReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { type Answered, answered, native } from '../../../support/messages.ts';

const usage = { input_tokens: 7, cache_read_input_tokens: 5, cache_creation_input_tokens: 3, output_tokens: 2 };
const start = (extra: object = usage) => ({ type: 'message_start', message: { usage: extra } });
const begin = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, part: object) => ({ type: 'content_block_delta', index, delta: part });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const say = (index: number, text: string) => delta(index, { type: 'text_delta', text });
const think = (index: number, thinking: string) => delta(index, { type: 'thinking_delta', thinking });
const sign = (index: number, signature: string) => delta(index, { type: 'signature_delta', signature });
const args = (index: number, partial_json: unknown) => delta(index, { type: 'input_json_delta', partial_json });
const call = (index: number, id = 'toolu_a', extra = {}) =>
  begin(index, { type: 'tool_use', id, name: 'Read', input: {}, ...extra });
const textBlock = (index: number, words: string) => [
  begin(index, { type: 'text', text: '' }),
  say(index, words),
  stop(index),
];
const ending = (stop_reason: unknown, extra = {}, sum: object | null = { output_tokens: 9 }) => [
  { type: 'message_delta', delta: { stop_reason, ...extra }, usage: sum },
  { type: 'message_stop' },
];
/** A call of `Read` is passed on as it comes; one of `Grep`, which has a member that may be missing, is held back. */
const tools = {
  tools: [
    {
      name: 'Read',
      input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    },
    { name: 'Grep', input_schema: { type: 'object', properties: { path: { type: 'string' } } } },
  ],
};
const read = (events: object[], profile = {}): Answered => answered(events, profile, tools, { account: 'acct' });
const whole = (events: object[], reason: unknown = 'end_turn', profile = {}) =>
  read([start(), ...events, ...ending(reason)], profile);
const input = '{"path":"a"}';

describe('text', () => {
  it('comes as it is, with what its start holds', () => {
    expect(whole([begin(0, { type: 'text', text: 'Hel' }), say(0, 'lo'), say(0, ''), stop(0)]).blocks).toEqual([
      'text:Hello',
    ]);
  });

  it('is begun by its first part where a host leaves the start out, and closed at the end', () => {
    expect(whole([say(0, 'Hello')]).blocks).toEqual(['text:Hello']);
    const [thinking, text] = whole([think(0, 'Hm.'), say(1, 'Hello')]).blocks;
    expect(thinking).toMatch(/^thinking:Hm\. signed ccp1\./);
    expect(text).toBe('text:Hello');
    expect(whole([delta(0, { type: 'text_delta' }), { type: 'content_block_delta', index: 0 }]).error).toBeUndefined();
  });

  it('of blocks side by side comes one block after the other', () => {
    const mixed = [begin(0, { type: 'text' }), begin(1, { type: 'text' }), say(1, 'b'), say(0, 'a'), stop(1), stop(0)];
    expect(whole(mixed).blocks).toEqual(['text:a', 'text:b']);
  });

  it('of an index that is begun again is a block of its own', () => {
    expect(
      whole([begin(0, { type: 'text', text: 'a' }), begin(0, { type: 'text', text: 'b' }), stop(0), stop(0)]).blocks,
    ).toEqual(['text:a', 'text:b']);
  });

  it('of a host that counts nothing has the index of the first', () => {
    const events = [
      { type: 'content_block_start', content_block: { type: 'text', text: 'a' } },
      { type: 'content_block_stop' },
    ];
    expect(whole(events).blocks).toEqual(['text:a']);
  });
});

describe('thinking', () => {
  const thought = [
    begin(0, { type: 'thinking', thinking: 'H' }),
    think(0, 'm.'),
    sign(0, 'their '),
    sign(0, 'signature'),
    stop(0),
  ];
  const signature = (events: object[]) => openReasoning(read(events).blocks[0]?.split(' signed ')[1] ?? '');

  it('is signed by ccp with what the host signed, for the same maker alone', () => {
    const { blocks } = whole([...thought, ...textBlock(1, 'Yes.')]);
    expect(blocks[0]).toMatch(/^thinking:Hm\. signed ccp1\./);
    expect(blocks[1]).toBe('text:Yes.');
    expect(signature([...thought])).toEqual({
      upstream: 'nest',
      model: 'heron-1',
      account: 'acct',
      id: 'signed',
      encrypted: 'their signature',
    });
  });

  it('without a signature is marked so; nothing is made of nothing', () => {
    expect(signature([begin(0, { type: 'thinking' }), think(0, 'Hm.'), stop(0)])).toMatchObject({ id: 'unsigned' });
    expect(whole([begin(0, { type: 'thinking' }), stop(0), ...textBlock(1, 'a')]).blocks.filter(Boolean)).toEqual([
      'text:a',
    ]);
    expect(signature([begin(0, { type: 'thinking', signature: 'sig' }), stop(0)])).toMatchObject({ encrypted: 'sig' });
  });

  it('of Anthropic’s keeps Anthropic’s signature', () => {
    expect(whole(thought, 'end_turn', native).blocks).toEqual(['thinking:Hm. signed their signature']);
    expect(whole([begin(0, { type: 'thinking' }), think(0, 'Hm.'), stop(0)], 'end_turn', native).blocks).toEqual([
      'thinking:Hm.',
    ]);
  });
});

describe('a call', () => {
  it('has its arguments in pieces, or whole from the start', () => {
    const made = [`Read toolu_a:${input}`];
    expect(whole([call(0), args(0, '{"path"'), args(0, ':"a"}'), stop(0)], 'tool_use').blocks).toEqual(made);
    expect(whole([call(0, 'toolu_a', { input: { path: 'a' } }), stop(0)], 'tool_use').blocks).toEqual(made);
    expect(whole([call(0, 'toolu_a', { input }), stop(0)], 'tool_use').blocks).toEqual(made);
    expect(whole([call(0), args(0, { path: 'a' }), stop(0)], 'tool_use').blocks).toEqual(made);
    expect(whole([call(0), args(0, null), args(0, input), stop(0)], 'tool_use').blocks).toEqual(made);
  });

  it('gets an id where it has none, and another where an earlier one has it', () => {
    const id = (found: Answered) => found.blocks.map((block) => block.split(/[ :]/)[1]);
    expect(id(whole([call(0, ''), args(0, input), stop(0)], 'tool_use'))[0]).toMatch(/call_1/);
    const twice = id(whole([call(0), args(0, input), stop(0), call(1), args(1, input), stop(1)], 'tool_use'));
    expect(new Set(twice).size).toBe(2);
    const messages = [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_a', name: 'Read', input: { path: 'a' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_a', content: 'x' }] },
    ];
    const again = answered(
      [start(), call(0), args(0, input), stop(0), ...ending('tool_use')],
      {},
      { ...tools, messages },
    );
    expect(id(again)[0]).not.toBe('toolu_a');
  });

  it('ends the turn in a way that Claude Code runs it, whatever the host calls it', () => {
    const made = [call(0), args(0, input), stop(0)];
    expect(whole(made, 'end_turn').end?.end.stopReason).toBe('tool_use');
    expect(whole(made, 'tool_use').end?.end.stopReason).toBe('tool_use');
    expect(whole(textBlock(0, 'a'), 'tool_use').end?.end.stopReason).toBe('end_turn');
    expect(whole(made, 'pause_turn').end?.end.stopReason).toBe('pause_turn');
  });

  it.each([
    ['arguments without a call', [args(0, input)], 'broken_tool_call'],
    ['no name', [begin(0, { type: 'tool_use', id: 'a' })], 'broken_tool_call'],
    ['another block in its middle', [call(0), args(0, '{"pa'), begin(0, { type: 'text' })], 'incomplete_tool_call'],
    ['no end', [call(0), args(0, '{"pa'), ...ending('tool_use')], 'incomplete_tool_call'],
    ['an end in its middle', [call(0), args(0, '{"pa'), stop(0), ...ending('tool_use')], 'broken_tool_call'],
  ])('is never run with %s', (_name, events, code) => {
    const found = read([start(), ...events]);
    expect(found.error?.code).toBe(code);
    expect(found.end).toBeUndefined();
  });

  it.each(['max_tokens', 'model_context_window_exceeded', 'refusal'])(
    'that %s cut is as if it had never been',
    (reason) => {
      const cut = [...textBlock(0, 'a'), call(1, 'toolu_a', { name: 'Grep' }), args(1, '{"pa')];
      for (const events of [cut, [...cut, stop(1)]]) {
        const found = whole(events, reason);
        expect(found.blocks).toEqual(['text:a']);
        expect(found.end?.end.stopReason).toBe(reason);
      }
    },
  );

  it('that Claude Code has seen begin cannot be taken back: the answer fails', () => {
    for (const reason of ['max_tokens', 'refusal'])
      expect(whole([call(0), args(0, '{"pa'), stop(0)], reason)).toMatchObject({
        end: undefined,
        error: { code: 'incomplete_tool_call', message: expect.stringMatching(/nest \(heron-1\) .*Read/) },
      });
  });

  it('that is whole stands, though the answer was cut behind it', () => {
    const found = whole([call(0), args(0, input), stop(0)], 'max_tokens');
    expect(found.blocks).toEqual([`Read toolu_a:${input}`]);
    expect(found.end?.end.stopReason).toBe('max_tokens');
  });
});

describe('blocks of a host’s own', () => {
  const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };
  const results = {
    type: 'web_search_tool_result',
    tool_use_id: 's',
    content: [{ type: 'web_search_result', title: 'Owls', url: 'https://example.org/owls' }],
  };
  const warnings = ({ outputs }: Answered) => outputs.filter(({ type }) => type === 'warning');

  it('pass from Anthropic with their parts', () => {
    const part = { type: 'input_json_delta', partial_json: '{}' };
    expect(
      whole([begin(0, search), delta(0, part), delta(0, { no: 'type' }), stop(0)], 'end_turn', native).blocks,
    ).toEqual([`foreign:${JSON.stringify(search)}${JSON.stringify(part)}`]);
    expect(whole([begin(0, { no: 'type' }), stop(0)], 'end_turn', native).blocks.filter(Boolean)).toEqual([]);
  });

  it('from elsewhere become words where they are found pages, and a warning where they are unknown', () => {
    const found = whole([begin(0, search), stop(0), begin(1, results), stop(1)]);
    expect(found.blocks.filter(Boolean)).toHaveLength(1);
    expect(found.blocks.find(Boolean)).toContain('Owls https://example.org/owls');
    expect(warnings(found)).toEqual([]);
    const odd = whole([begin(0, { type: 'audio', data: 'x' }), delta(0, { type: 'audio_delta' }), stop(0)]);
    expect(warnings(odd)).toEqual([{ type: 'warning', message: expect.stringMatching(/audio.*nest/) }]);
    expect(odd.blocks.filter(Boolean)).toEqual([]);
  });
});

describe('the end of an answer', () => {
  it('has the last word on every count, and keeps what else was counted', () => {
    const { end } = read([
      start({ ...usage, output_tokens: null, odd: 1 }),
      ...textBlock(0, 'a'),
      ...ending('end_turn', {}, { output_tokens: 9, input_tokens: null }),
    ]);
    expect(end).toMatchObject({
      abort: false,
      measured: true,
      end: {
        stopReason: 'end_turn',
        stopSequence: null,
        usage: {
          input_tokens: 7,
          cache_read_input_tokens: 5,
          cache_creation_input_tokens: 3,
          output_tokens: 9,
          odd: 1,
        },
      },
    });
  });

  it('tells what is counted as soon as the input is', () => {
    const counts = (events: object[]) => read(events).outputs.filter(({ type }) => type === 'usage').length;
    expect(counts([start()])).toBe(1);
    expect(counts([start({ output_tokens: 1 })])).toBe(0);
    expect(counts([start({}), { type: 'message_delta', delta: {}, usage: { input_tokens: 3 } }])).toBe(1);
  });

  it('is measured with either count, and an estimate with none', () => {
    const measured = (first: object, last: object | null) =>
      read([start(first), ...textBlock(0, 'a'), ...ending('end_turn', {}, last)]).end?.measured;
    expect(measured({}, null)).toBe(false);
    expect(measured({ input_tokens: 0 }, null)).toBe(true);
    expect(measured({}, { output_tokens: 3 })).toBe(true);
    expect(read([start({}), ...textBlock(0, 'a'), ...ending('end_turn', {}, null)]).end?.end.usage).toMatchObject({
      input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      output_tokens: 0,
    });
  });

  it('keeps the sequence that stopped it, and members that nobody reads', () => {
    const { end } = read([start(), ...ending('stop_sequence', { stop_sequence: '</x>', stop_details: { a: 1 } })]);
    expect(end?.end).toMatchObject({
      stopReason: 'stop_sequence',
      stopSequence: '</x>',
      extra: { stop_details: { a: 1 } },
    });
  });

  it.each(['end_turn', 'max_tokens', 'stop_sequence', 'pause_turn', 'refusal', 'model_context_window_exceeded'])(
    'by %s is that',
    (reason) => {
      expect(whole(textBlock(0, 'a'), reason).end?.end.stopReason).toBe(reason);
    },
  );

  it('is none without the last event, or for a reason that is none', () => {
    const found = read([start(), ...textBlock(0, 'a'), { type: 'message_delta', delta: { stop_reason: 'end_turn' } }]);
    expect(found).toMatchObject({ end: undefined, error: { code: 'truncated' } });
    expect(found.error?.message).toContain('nest (heron-1)');
    const odd = whole(textBlock(0, 'a'), 'x'.repeat(100));
    expect(odd.error?.code).toBe('truncated');
    expect(odd.error?.message).toContain(`(${'x'.repeat(60)})`);
    expect(whole([], null).error?.code).toBe('truncated');
  });

  it('is the end: what comes behind it is not read', () => {
    const found = read([
      start(),
      ...textBlock(0, 'a'),
      ...ending('end_turn'),
      ...textBlock(1, 'late'),
      { type: 'error', error: {} },
    ]);
    expect(found.outputs.at(-1)?.type).toBe('end');
    expect(found.blocks).toEqual(['text:a']);
  });
});

describe('events beside the answer', () => {
  it('are nothing where they only keep the line open, and counted where they are unknown', () => {
    const found = whole([{ type: 'ping' }, { type: 'odd' }, { no: 'type' }, { type: 'constructor' }]);
    expect(found.outputs.filter(({ type }) => type === 'unknown')).toEqual([
      { type: 'unknown', event: 'odd' },
      { type: 'unknown', event: '(none)' },
      { type: 'unknown', event: 'constructor' },
    ]);
    expect(found.error).toBeUndefined();
  });

  it('are failures where they hold an error, whatever they are called', () => {
    const error = { type: 'overloaded_error', message: 'Busy.' };
    for (const event of [{ type: 'error', error }, { type: 'odd', error }, { error }])
      expect(read([start(), event]).error).toMatchObject({
        code: 'upstream_overloaded',
        message: expect.stringContaining('Busy.'),
      });
    expect(read([start(), { type: 'error', message: 'Busy.' }]).error?.message).toContain('Busy.');
  });

  it('that refuse a field are believed where it was sent', () => {
    const event = {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'temperature: Extra inputs are not permitted' },
    };
    expect(answered([event], {}, { temperature: 1 }).error).toMatchObject({
      code: 'field_refused',
      field: 'temperature',
    });
    expect(answered([event]).error?.code).toBe('upstream_invalid');
  });
});
