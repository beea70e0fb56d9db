/** Upstreams with inconsistent indexes, ids or repeats: no call is lost, duplicated or truncated. */
import { describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { bytes, replay, whole } from '../support/replay.ts';

const read = (path: string, callId: string, extra: object = {}) => ({
  type: 'function_call',
  id: `fc_${callId}`,
  call_id: callId,
  name: 'Read',
  arguments: JSON.stringify({ file_path: path }),
  status: 'completed',
  ...extra,
});
const message = (text: string, id = 'msg_x') => ({
  type: 'message',
  id,
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});
const done = (item: object, index?: number): up.UpstreamEvent => ({
  type: 'response.output_item.done',
  item,
  ...(index === undefined ? {} : { output_index: index }),
});
const added = (item: object, index?: number): up.UpstreamEvent => ({
  type: 'response.output_item.added',
  item,
  ...(index === undefined ? {} : { output_index: index }),
});
const ended = (response: object): up.UpstreamEvent => ({
  type: 'response.completed',
  response: { usage: {}, ...response },
});

const run = (...events: up.UpstreamEvent[]) => {
  const { text, error } = replay(whole(bytes(up.frames(events))));
  const seen = judge(text);
  expect(seen.faults).toEqual([]);
  return { ...seen, thrown: error };
};
const calls = (seen: ReturnType<typeof run>) =>
  seen.blocks.filter((block) => block.type === 'tool_use').map((block) => [block.start.id, block.text]);
const texts = (seen: ReturnType<typeof run>) =>
  seen.blocks.filter((block) => block.type === 'text').map((block) => block.text);

describe('a call runs once', () => {
  it.each([
    [
      'when it is listed at another index',
      [added(read('/a', 'c1'), 1), done(read('/a', 'c1'), 1), ended({ output: [read('/a', 'c1')] })],
    ],
    [
      'when it is listed under another id',
      [done(read('/a', 'c1'), 0), ended({ output: [read('/a', 'c1', { id: 'fc_other' })] })],
    ],
    [
      'when it is listed after reasoning',
      [done(read('/a', 'c1'), 0), ended({ output: [{ type: 'reasoning', id: 'rs' }, read('/a', 'c1')] })],
    ],
    ['when it is done twice', [done(read('/a', 'c1'), 0), done(read('/a', 'c1'), 0), ended({})]],
    ['when it is done twice without an index', [done(read('/a', 'c1')), done(read('/a', 'c1')), ended({})]],
  ])('%s', (_name, events) => {
    expect(calls(run(...events))).toEqual([['c1', '{"file_path":"/a"}']]);
  });
});

describe('no call is lost', () => {
  it.each([
    [
      'after text with the same index',
      [
        added(message('Hi'), 0),
        done(message('Hi'), 0),
        added(read('/a', 'c1'), 0),
        done(read('/a', 'c1'), 0),
        ended({}),
      ],
      ['c1'],
    ],
    [
      'when two share one index',
      [
        added(read('/a', 'c1'), 0),
        done(read('/a', 'c1'), 0),
        added(read('/b', 'c2'), 0),
        done(read('/b', 'c2'), 0),
        ended({}),
      ],
      ['c1', 'c2'],
    ],
    [
      'when two have no index',
      [added(read('/a', 'c1')), done(read('/a', 'c1')), added(read('/b', 'c2')), done(read('/b', 'c2')), ended({})],
      ['c1', 'c2'],
    ],
    [
      'when it appears only in the output list',
      [ended({ output: [read('/a', 'c1'), read('/b', 'c2')] })],
      ['c1', 'c2'],
    ],
    [
      'when it is named only at its end',
      [added(read('', 'c1', { name: '', arguments: '' }), 0), done(read('/a', 'c1'), 0), ended({})],
      ['c1'],
    ],
  ])('%s', (_name, events, wanted) => {
    expect(calls(run(...events)).map(([id]) => id)).toEqual(wanted);
  });

  it('when two share one id, and each gets its own id', () => {
    const seen = calls(
      run(done(read('/a', 'same', { id: 'fc_1' }), 0), done(read('/b', 'same', { id: 'fc_2' }), 1), ended({})),
    );
    expect(seen.map(([, text]) => text)).toEqual(['{"file_path":"/a"}', '{"file_path":"/b"}']);
    expect(new Set(seen.map(([id]) => id)).size).toBe(2);
  });
});

describe('the arguments of a call', () => {
  it('may be an object', () => {
    expect(calls(run(done(read('', 'c1', { arguments: { file_path: '/a' } }), 0), ended({})))).toEqual([
      ['c1', '{"file_path":"/a"}'],
    ]);
  });

  it.each([
    ['a list', { arguments: [1] }],
    ['a number', { arguments: 7 }],
    ['no name', { name: '' }],
  ])('cause an error with %s', (_name, extra) => {
    const seen = run(done(read('/a', 'c1', extra), 0), ended({}));
    expect(seen.thrown?.code).toBe('broken_tool_call');
    expect(calls(seen)).toEqual([]);
  });

  it('cause an error with bytes that are not UTF-8', () => {
    const text = up.frames([
      added(read('/a', 'c1'), 0),
      up.callDelta(0, '{"file_path":"/a~"}'),
      done(read('/a~', 'c1'), 0),
      ended({}),
    ]);
    const data = Buffer.from(text, 'latin1');
    data[data.indexOf('~')] = 0xff;
    expect(replay(whole(data)).error).toMatchObject({ code: 'garbage', message: expect.stringContaining('UTF-8') });
  });

  it('cause an error above 32 MiB, in one or several calls', () => {
    const huge = JSON.stringify({ file_path: 'x'.repeat(34 * 1024 * 1024) });
    expect(run(done(read('', 'c1', { arguments: huge }), 0), ended({})).thrown?.code).toBe('buffer_full');
    const some = JSON.stringify({ file_path: 'x'.repeat(12 * 1024 * 1024) });
    const waiting = [1, 2, 3].map((index) => done(read('', `c${index}`, { arguments: some }), index));
    expect(run(up.textStart(0), up.textDelta(0, 'a'), ...waiting, ended({})).thrown?.code).toBe('buffer_full');
  });

  it('leave no open block when a repaired call cannot be serialised', () => {
    const deep = `{"file_path":"/a","pages":"","limit":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    const seen = run(done(read('', 'c1', { arguments: deep }), 0), ended({}));
    expect(seen.thrown?.code).toBe('broken_tool_call');
    expect(seen.blocks).toEqual([]);
  });
});

describe('the final status of a response', () => {
  const text = up.textItem(0, 'Something');

  it.each([
    ['failed', { status: 'failed', error: { code: 'server_error', message: 'x' } }, undefined],
    ['cancelled', { status: 'cancelled' }, undefined],
    ['incomplete', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'max_tokens'],
  ])('is respected when response.completed contains %s', (_name, response, stopReason) => {
    const seen = run(...text, ended(response));
    expect(seen.stopReason).toBe(stopReason);
    expect(seen.complete).toBe(stopReason !== undefined);
  });

  it('incomplete drops a call that was waiting to be streamed', () => {
    const seen = run(
      up.textStart(0),
      up.textDelta(0, 'a'),
      up.callStart(1, { name: 'Write', args: '' }),
      up.callDelta(1, '{"file'),
      up.incomplete('max_output_tokens'),
    );
    expect([seen.stopReason, seen.blocks.map((block) => block.type)]).toEqual(['max_tokens', ['text']]);
  });

  it('incomplete keeps text that only the output list contains', () => {
    const seen = run({
      type: 'response.incomplete',
      response: { output: [message('All there was')], incomplete_details: { reason: 'max_output_tokens' } },
    });
    expect([texts(seen), seen.stopReason]).toEqual([['All there was'], 'max_tokens']);
  });

  it('is an error for a call marked incomplete, although its arguments were done', () => {
    const args = {
      type: 'response.function_call_arguments.done',
      output_index: 0,
      item_id: 'fc_0',
      arguments: '{"file_path":"/a"}',
    };
    const seen = run(
      up.callStart(0, { name: 'Read', args: '' }),
      args,
      done(read('/a', 'call_0', { id: 'fc_0', status: 'incomplete' }), 0),
      ended({}),
    );
    expect(calls(seen)).toEqual([]);
    expect(seen.thrown?.code).toBe('incomplete_tool_call');
  });

  it.each(['done', 'listed'])('is refusal for a refusal item that is only %s', (where) => {
    const item = { type: 'message', id: 'm', content: [{ type: 'refusal', refusal: 'I cannot' }] };
    const seen = where === 'done' ? run(done(item, 0), ended({})) : run(ended({ output: [item] }));
    expect([seen.stopReason, texts(seen)]).toEqual(['refusal', ['I cannot']]);
  });

  it.each(['constructor', '__proto__', 'valueOf'])('is correct for a failure or event named %s', (name) => {
    expect(run(up.failed(name, 'its words')).thrown?.message).toContain('its words');
    expect(run({ type: name }, ...up.textItem(0, 'fine'), ended({})).complete).toBe(true);
  });
});

describe('text is emitted once and completely', () => {
  it.each([
    [
      'with a remainder that no delta contains',
      [up.textStart(0), up.textDelta(0, 'Hel'), done(message('Hello world', 'msg_0'), 0), ended({})],
      ['Hello world'],
    ],
    [
      'with a second content part',
      [
        up.textStart(0),
        up.textDelta(0, 'One. '),
        { type: 'response.output_text.done', output_index: 0, content_index: 1, text: 'Two.' },
        done({ ...message('', 'msg_0'), content: [] }, 0),
        ended({}),
      ],
      ['One. Two.'],
    ],
    [
      'with deltas that contain only the id',
      [
        added(message('', 'm1'), 0),
        { type: 'response.output_text.delta', item_id: 'm1', delta: 'Once' },
        done(message('Once', 'm1'), 0),
        ended({}),
      ],
      ['Once'],
    ],
    [
      'with ids that change with every event',
      [
        added(message('', 'a')),
        { type: 'response.output_text.delta', item_id: 'b', delta: 'Once' },
        { type: 'response.output_text.done', item_id: 'c', text: 'Once' },
        ended({ output: [message('Once', 'd')] }),
      ],
      ['Once'],
    ],
    [
      'with an output list under other ids',
      [...up.textItem(0, 'Once'), ended({ output: [{ type: 'reasoning', id: 'r' }, message('Once', 'other')] })],
      ['Once'],
    ],
  ])('%s', (_name, events, wanted) => {
    expect(texts(run(...events))).toEqual(wanted);
  });
});

it('many small items are processed in linear time', () => {
  // With quadratic cost the test would not end within its time limit.
  const events = Array.from({ length: 20_000 }, (_, index) => done(message('x', `m${index}`), index));
  expect(texts(run(...events, ended({}))).length).toBeGreaterThan(0);
});

describe('calls with events out of order', () => {
  it('keep arguments that came before their id', () => {
    const seen = run(
      up.created(),
      added({ type: 'function_call', id: 'fc_0', name: 'Read' }, 0),
      up.callDelta(0, '{"file_path":'),
      up.callDelta(0, '"/x"}'),
      done({ type: 'function_call', id: 'fc_0', call_id: 'call_9', name: 'Read', arguments: '' }, 0),
      up.completed(),
    );
    expect(seen.blocks.map((block) => JSON.parse(block.text))).toEqual([{ file_path: '/x' }]);
  });

  it('keep arguments that came before their name', () => {
    const seen = run(
      up.created(),
      up.callDelta(0, '{"file_path":"/y"}'),
      done({ type: 'function_call', id: 'fc_0', call_id: 'call_9', name: 'Read', arguments: '' }, 0),
      up.completed(),
    );
    expect(seen.blocks.map((block) => JSON.parse(block.text))).toEqual([{ file_path: '/y' }]);
  });
});
