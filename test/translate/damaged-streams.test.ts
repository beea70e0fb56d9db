/** Streams of hosts that differ from the protocol, each of which once lost, repeated or changed something. */
import { describe, expect, it } from 'vitest';
import { StopScanner } from '../../src/translate/anthropic/stop-scanner.ts';
import { upstreamOfDialect } from '../support/dialects.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { bytes, replay, whole } from '../support/replay.ts';

type Event = Record<string, unknown>;

const sse = (events: readonly Event[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

function run(dialect: string, text: string) {
  const { text: out, error } = replay(whole(bytes(text)), undefined, upstreamOfDialect[dialect]);
  const { blocks, stopReason, faults } = judge(out);
  expect(faults).toEqual([]);
  return {
    text: blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])),
    calls: blocks.flatMap((block) =>
      block.type === 'tool_use' && block.closed ? [JSON.parse(block.text || '{}')] : [],
    ),
    stopReason,
    code: error?.code,
  };
}

const chunk = (delta: Event, finish: string | null = null): Event => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const chatCall = (index: number, name: string, args: string): Event =>
  chunk({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: args } }] });

describe('a limit or a filter that cuts the second of two calls', () => {
  it.each([
    ['length', 'max_tokens'],
    ['content_filter', 'refusal'],
  ])('drops held-back calls of a chat host (%s)', (finish, stopReason) => {
    // The second call can be streamed, and waits behind the first.
    const events = [
      chunk({ content: 'Wait.' }),
      chatCall(0, 'Read', '{"file_path":"/a"}'),
      chatCall(1, 'Write', '{"file_path":"/b","con'),
      chunk({}, finish),
    ];
    expect(run('chat', sse(events))).toEqual({ text: ['Wait.'], calls: [], stopReason, code: undefined });
  });

  it('drops interleaved calls of a Responses host', () => {
    const read = { name: 'Read', args: { file_path: '/a' } };
    const write = { name: 'Write', args: { file_path: '/b', content: 'x' } };
    const events = [
      up.created(),
      up.callStart(0, read),
      up.callStart(1, write),
      up.callDelta(1, '{"file_path":"/b'),
      up.callDelta(0, '{"file_'),
      up.incomplete('max_output_tokens'),
    ];
    expect(run('responses', up.frames(events))).toMatchObject({ calls: [], stopReason: 'max_tokens', code: undefined });
  });

  it('drops the unfinished calls of a Messages host, and keeps what came before', () => {
    const events = [
      { type: 'message_start', message: { usage: {} } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Wait.' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'a', name: 'Write', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"file_' } },
      { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: {} },
      { type: 'message_stop' },
    ];
    expect(run('messages', sse(events))).toEqual({
      text: ['Wait.'],
      calls: [],
      stopReason: 'max_tokens',
      code: undefined,
    });
  });
});

it('a second message in one answer of a Messages host is an error, and its call does not run again', () => {
  const once = [
    { type: 'message_start', message: { usage: {} } },
    { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'a', name: 'Read', input: {} } },
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"file_path":"/a"}' } },
    { type: 'content_block_stop', index: 0 },
  ];
  const { calls, code } = run('messages', sse([...once, ...once]));
  expect(calls.length).toBeLessThan(2);
  expect(code).toBe('garbage');
});

describe('text of a chat host after the finish reason', () => {
  it('is appended', () => {
    const events = [chunk({ content: 'Deploy ' }), chunk({}, 'stop'), chunk({ content: 'now.' })];
    expect(run('chat', `${sse(events)}data: [DONE]\n\n`)).toMatchObject({
      text: ['Deploy now.'],
      stopReason: 'end_turn',
    });
  });

  it('ends as the last reason says', () => {
    const events = ['stop', 'stop', 'length'].map((reason) => chunk({ content: 'a' }, reason));
    expect(run('chat', sse([...events, chunk({ tool_calls: [] }, 'length')]))).toEqual({
      text: ['aaa'],
      calls: [],
      stopReason: 'max_tokens',
      code: undefined,
    });
  });

  it('is one text where every chunk has a finish reason', () => {
    const events = ['De', 'ploy ', 'now.'].map((content) => chunk({ content }, 'stop'));
    expect(run('chat', `${sse(events)}data: [DONE]\n\n`)).toMatchObject({
      text: ['Deploy now.'],
      stopReason: 'end_turn',
    });
  });
});

describe('a Responses host', () => {
  const item = (id: string, text: string) => ({
    type: 'message',
    id,
    role: 'assistant',
    content: [{ type: 'output_text', text }],
  });

  it('that changes the ids of items between events has its text once', () => {
    const events = [
      up.created(),
      { type: 'response.output_item.added', item: { type: 'message', id: 'a', content: [] } },
      { type: 'response.output_text.delta', item_id: 'b', content_index: 0, delta: 'Deploy now.' },
      { type: 'response.output_text.done', item_id: 'c', content_index: 0, text: 'Deploy now.' },
      { type: 'response.output_item.done', item: item('d', 'Deploy now.') },
      up.completed({}, [item('e', 'Deploy now.')]),
    ];
    expect(run('responses', up.frames(events))).toMatchObject({ text: ['Deploy now.'], code: undefined });
  });

  it('with a second message only in the terminal event keeps it', () => {
    const events = [
      up.created(),
      ...up.textItem(0, 'One.'),
      up.completed({}, [item('msg_0', 'One.'), item('msg_1', 'Two.')]),
    ];
    expect(run('responses', up.frames(events))).toMatchObject({ text: ['One.', 'Two.'] });
  });

  it('whose final text is another than the streamed one is an error, and nothing is spliced', () => {
    const events = [
      up.created(),
      up.textStart(0),
      up.textDelta(0, 'Depl'),
      {
        type: 'response.output_text.done',
        output_index: 0,
        item_id: 'msg_0',
        content_index: 0,
        text: 'Do not deploy now.',
      },
      up.completed(),
    ];
    expect(run('responses', up.frames(events))).toMatchObject({ text: ['Depl'], code: 'garbage' });
  });

  it('whose final text differs in white space at the ends is complete', () => {
    const events = [
      up.created(),
      up.textStart(0),
      up.textDelta(0, 'Done. '),
      up.completed({}, [item('msg_0', 'Done.')]),
    ];
    expect(run('responses', up.frames(events))).toMatchObject({ text: ['Done. '], code: undefined });
  });

  it('whose final text differs in white space, or is divided into other parts, has its text once', () => {
    const parts = (...texts: string[]) => ({
      ...item('msg_0', ''),
      content: texts.map((text) => ({ type: 'output_text', text })),
    });
    const inPart = (part: number, delta: string) => ({ ...up.textDelta(0, delta), content_index: part });
    const answer = (...last: string[]) =>
      run(
        'responses',
        up.frames([
          up.created(),
          up.textStart(0),
          inPart(0, 'One.\r\n'),
          inPart(1, 'Two.'),
          up.completed({}, [parts(...last)]),
        ]),
      );
    for (const last of [['One.\n', 'Two.'], ['One.\nTwo.']])
      expect(answer(...last)).toMatchObject({ text: ['One.\r\nTwo.'], code: undefined });
    expect(answer('One.\n', 'Two. Three.')).toMatchObject({ text: ['One.\r\nTwo. Three.'], code: undefined });
    expect(answer('One.', 'Three.')).toMatchObject({ code: 'garbage' });
  });

  it.each([
    ['as they were streamed', (path: string) => ({ file_path: path, content: '' })],
    ['with members in another order', (path: string) => ({ content: '', file_path: path })],
  ])('that lists calls with other ids, their arguments %s, runs each once', (_title, args) => {
    const write = (path: string) => ({ name: 'Write', args: { file_path: path, content: '' } });
    const output = ['/a', '/b'].map((path, at) => ({
      type: 'function_call',
      id: `other_${at}`,
      call_id: `another_${at}`,
      name: 'Write',
      arguments: JSON.stringify(args(path)),
    }));
    const events = [...up.callItem(0, write('/a')), ...up.callItem(1, write('/b')), up.completed({}, output)];
    const { calls, code } = run('responses', up.frames([up.created(), ...events]));
    expect([calls.map(({ file_path }) => file_path), code]).toEqual([['/a', '/b'], undefined]);
  });

  it('with two calls that share their ids runs both', () => {
    const write = (path: string) => ({ name: 'Write', args: { file_path: path, content: '' }, callId: 'same' });
    const both = [...up.callItem(0, write('/a')), ...up.callItem(1, write('/b'))].map((event) =>
      JSON.parse(JSON.stringify(event).replaceAll('fc_1', 'fc_0')),
    );
    const { calls, stopReason } = run('responses', up.frames([up.created(), ...both, up.completed()]));
    expect(calls).toMatchObject([{ file_path: '/a' }, { file_path: '/b' }]);
    expect(stopReason).toBe('tool_use');
  });

  it('with a text delta at the index of an open call is an error, and the call does not run', () => {
    const events = [
      up.created(),
      up.callStart(0, { name: 'Write', args: {} }),
      up.callDelta(0, '{"file_path":"/a"'),
      up.textDelta(0, 'text'),
      up.completed(),
    ];
    expect(run('responses', up.frames(events))).toMatchObject({ calls: [], code: 'garbage' });
  });
});

describe('stop sequences', () => {
  /** The earliest start, then the longest: what a search in the whole text finds. */
  const reference = (text: string, sequences: readonly string[]): { out: string; hit: string | undefined } => {
    for (let at = 0; at < text.length; at++) {
      const hit = sequences.filter((sequence) => text.startsWith(sequence, at)).sort((a, b) => b.length - a.length)[0];
      if (hit !== undefined) return { out: text.slice(0, at), hit };
    }
    return { out: text, hit: undefined };
  };

  it.each([
    [['bc', 'abcd'], 'xabcy'],
    [['bc', 'abcd'], 'xabcdy'],
    [['ab', 'abc'], 'xabcy'],
    [['ab', 'abc'], 'xab'],
    [['aab'], 'aaab'],
    [['abab', 'ba'], 'ababa'],
  ])('%j are found in %j alike for any pieces', (sequences, text) => {
    for (let pieces = 0; pieces < 2 ** (text.length - 1); pieces++) {
      const scanner = new StopScanner(sequences);
      let out = '';
      let from = 0;
      for (let at = 1; at <= text.length; at++) {
        if (at < text.length && (pieces & (1 << (at - 1))) === 0) continue;
        out += scanner.push(text.slice(from, at));
        from = at;
      }
      out += scanner.flush();
      expect({ out, hit: scanner.hit }).toEqual(reference(text, sequences));
    }
  });
});

describe('server-sent events', () => {
  const events = [up.created(), ...up.textItem(0, 'Fine.'), up.completed()];

  it.each([
    ['a lone CR as line end', (text: string) => text.replaceAll('\n', '\r')],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['no blank line after the terminal event', (text: string) => text.trimEnd()],
    ['comments and unknown fields', (text: string) => `: hello\nretry: 5\nid: 1\n\n${text}`],
  ])('with %s are read', (_title, change) => {
    expect(run('responses', change(up.frames(events)))).toMatchObject({ text: ['Fine.'], code: undefined });
  });

  it('with a terminal event that is cut are an error', () => {
    expect(run('responses', up.frames(events).trimEnd().slice(0, -1))).toMatchObject({ code: 'truncated' });
  });
});

describe('numbers', () => {
  it.each([
    ['chat', sse([chatCall(0, 'Read', '{"file_path":"/a","limit":1e400}'), chunk({}, 'tool_calls')])],
    ['chat, many digits', sse([chatCall(0, 'Read', `{"limit":1${'0'.repeat(250)}e99}`), chunk({}, 'tool_calls')])],
    [
      'chat, arguments as an object',
      sse([
        chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'Read', arguments: { limit: 7 } } }] }),
      ]).replace('"limit":7', '"limit":1e400') + sse([chunk({}, 'tool_calls')]),
    ],
    [
      'responses',
      up.frames([
        up.created(),
        ...up.callItem(0, { name: 'Write', args: '{"file_path":1e400,"content":""}' }),
        up.completed(),
      ]),
    ],
    [
      'gemini',
      sse([
        {
          candidates: [
            { content: { parts: [{ functionCall: { name: 'Read', args: { limit: 7 } } }] }, finishReason: 'STOP' },
          ],
        },
      ]).replace('"limit":7', '"limit":1e400'),
    ],
  ])('beyond the range in arguments are refused, not null (%s)', (dialect, text) => {
    expect(run(dialect.split(',')[0] ?? '', text)).toMatchObject({ calls: [], code: 'broken_tool_call' });
  });

  it.each([-1, 1e12, 1.5e300])('a usage of %d tokens is not passed on', (count) => {
    const usages: Record<string, string> = {
      chat: sse([
        chunk({ content: 'Hi.' }, 'stop'),
        { choices: [], usage: { prompt_tokens: count, completion_tokens: 3 } },
      ]),
      responses: up.frames([up.created(), ...up.textItem(0, 'Hi.'), up.completed({ input_tokens: count })]),
      messages: sse([
        { type: 'message_start', message: { usage: { input_tokens: count } } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi.' } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: count } },
        { type: 'message_stop' },
      ]),
      gemini: sse([
        {
          candidates: [{ content: { parts: [{ text: 'Hi.' }] }, finishReason: 'STOP' }],
          usageMetadata: { promptTokenCount: count },
        },
      ]),
    };
    for (const [dialect, text] of Object.entries(usages)) {
      const { text: out } = replay(whole(bytes(text)), undefined, upstreamOfDialect[dialect]);
      expect([dialect, judge(out).usage]).toMatchObject([dialect, { input_tokens: 0, output_tokens: 0 }]);
    }
  });
});
