/** Upstreams that number, name or repeat their items carelessly: no call is lost, none runs twice, none half. */
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
      'listed at another place',
      [added(read('/a', 'c1'), 1), done(read('/a', 'c1'), 1), ended({ output: [read('/a', 'c1')] })],
    ],
    ['listed under another id', [done(read('/a', 'c1'), 0), ended({ output: [read('/a', 'c1', { id: 'fc_other' })] })]],
    [
      'listed behind reasoning',
      [done(read('/a', 'c1'), 0), ended({ output: [{ type: 'reasoning', id: 'rs' }, read('/a', 'c1')] })],
    ],
    ['done twice', [done(read('/a', 'c1'), 0), done(read('/a', 'c1'), 0), ended({})]],
    ['done twice without a place', [done(read('/a', 'c1')), done(read('/a', 'c1')), ended({})]],
  ])('%s', (_name, events) => {
    expect(calls(run(...events))).toEqual([['c1', '{"file_path":"/a"}']]);
  });
});

describe('no call is lost', () => {
  it.each([
    [
      'after text under the same place',
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
      'two under one place',
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
      'two without places',
      [added(read('/a', 'c1')), done(read('/a', 'c1')), added(read('/b', 'c2')), done(read('/b', 'c2')), ended({})],
      ['c1', 'c2'],
    ],
    ['only in the list', [ended({ output: [read('/a', 'c1'), read('/b', 'c2')] })], ['c1', 'c2']],
    [
      'named only when done',
      [added(read('', 'c1', { name: '', arguments: '' }), 0), done(read('/a', 'c1'), 0), ended({})],
      ['c1'],
    ],
  ])('%s', (_name, events, wanted) => {
    expect(calls(run(...events)).map(([id]) => id)).toEqual(wanted);
  });

  it('two calls of one id get two ids', () => {
    const seen = calls(
      run(done(read('/a', 'same', { id: 'fc_1' }), 0), done(read('/b', 'same', { id: 'fc_2' }), 1), ended({})),
    );
    expect(seen.map(([, text]) => text)).toEqual(['{"file_path":"/a"}', '{"file_path":"/b"}']);
    expect(new Set(seen.map(([id]) => id)).size).toBe(2);
  });
});

describe('a call is what the upstream said, or an error', () => {
  it('takes arguments that are an object', () => {
    expect(calls(run(done(read('', 'c1', { arguments: { file_path: '/a' } }), 0), ended({})))).toEqual([
      ['c1', '{"file_path":"/a"}'],
    ]);
  });

  it.each([
    ['a list', { arguments: [1] }],
    ['a number', { arguments: 7 }],
    ['no name', { name: '' }],
  ])('refuses %s', (_name, extra) => {
    const seen = run(done(read('/a', 'c1', extra), 0), ended({}));
    expect(seen.thrown?.code).toBe('broken_tool_call');
    expect(calls(seen)).toEqual([]);
  });

  it('refuses bytes that are no UTF-8', () => {
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

  it('refuses more than 32 MiB of arguments, however they come', () => {
    const huge = JSON.stringify({ file_path: 'x'.repeat(34 * 1024 * 1024) });
    expect(run(done(read('', 'c1', { arguments: huge }), 0), ended({})).thrown?.code).toBe('buffer_full');
    const some = JSON.stringify({ file_path: 'x'.repeat(12 * 1024 * 1024) });
    const waiting = [1, 2, 3].map((index) => done(read('', `c${index}`, { arguments: some }), index));
    expect(run(up.textStart(0), up.textDelta(0, 'a'), ...waiting, ended({})).thrown?.code).toBe('buffer_full');
  });

  it('leaves nothing open when a repaired call cannot be written', () => {
    const deep = `{"file_path":"/a","pages":"","limit":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    const seen = run(done(read('', 'c1', { arguments: deep }), 0), ended({}));
    expect(seen.thrown?.code).toBe('broken_tool_call');
    expect(seen.blocks).toEqual([]);
  });
});

describe('how it ended is what the answer says', () => {
  const text = up.textItem(0, 'Something');

  it.each([
    ['failed', { status: 'failed', error: { code: 'server_error', message: 'x' } }, undefined],
    ['cancelled', { status: 'cancelled' }, undefined],
    ['incomplete', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'max_tokens'],
  ])('response.completed that is %s', (_name, response, stopReason) => {
    const seen = run(...text, ended(response));
    expect(seen.stopReason).toBe(stopReason);
    expect(seen.complete).toBe(stopReason !== undefined);
  });

  it('an incomplete answer forgets a live call that was waiting', () => {
    const seen = run(
      up.textStart(0),
      up.textDelta(0, 'a'),
      up.callStart(1, { name: 'Write', args: '' }),
      up.callDelta(1, '{"file'),
      up.incomplete('max_output_tokens'),
    );
    expect([seen.stopReason, seen.blocks.map((block) => block.type)]).toEqual(['max_tokens', ['text']]);
  });

  it('an incomplete answer keeps the words that only its list carries', () => {
    const seen = run({
      type: 'response.incomplete',
      response: { output: [message('All there was')], incomplete_details: { reason: 'max_output_tokens' } },
    });
    expect([texts(seen), seen.stopReason]).toEqual([['All there was'], 'max_tokens']);
  });

  it('a call marked incomplete is not run, though its arguments were done', () => {
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

  it.each(['done', 'listed'])('a refusal that is only %s', (where) => {
    const item = { type: 'message', id: 'm', content: [{ type: 'refusal', refusal: 'I cannot' }] };
    const seen = where === 'done' ? run(done(item, 0), ended({})) : run(ended({ output: [item] }));
    expect([seen.stopReason, texts(seen)]).toEqual(['refusal', ['I cannot']]);
  });

  it.each(['constructor', '__proto__', 'valueOf'])('a failure or event called %s', (name) => {
    expect(run(up.failed(name, 'its words')).thrown?.message).toContain('its words');
    expect(run({ type: name }, ...up.textItem(0, 'fine'), ended({})).complete).toBe(true);
  });
});

describe('words are said once, and whole', () => {
  it.each([
    [
      'the rest that no delta carried',
      [up.textStart(0), up.textDelta(0, 'Hel'), done(message('Hello world', 'msg_0'), 0), ended({})],
      ['Hello world'],
    ],
    [
      'a second part',
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
      'deltas that name only the id',
      [
        added(message('', 'm1'), 0),
        { type: 'response.output_text.delta', item_id: 'm1', delta: 'Once' },
        done(message('Once', 'm1'), 0),
        ended({}),
      ],
      ['Once'],
    ],
    [
      'ids that change with every event',
      [
        added(message('', 'a')),
        { type: 'response.output_text.delta', item_id: 'b', delta: 'Once' },
        { type: 'response.output_text.done', item_id: 'c', text: 'Once' },
        ended({ output: [message('Once', 'd')] }),
      ],
      ['Once'],
    ],
    [
      'a list under other ids',
      [...up.textItem(0, 'Once'), ended({ output: [{ type: 'reasoning', id: 'r' }, message('Once', 'other')] })],
      ['Once'],
    ],
  ])('%s', (_name, events, wanted) => {
    expect(texts(run(...events))).toEqual(wanted);
  });
});

it('many tiny items cost no more than their number', () => {
  const events = Array.from({ length: 20_000 }, (_, index) => done(message('x', `m${index}`), index));
  const before = performance.now();
  run(...events, ended({}));
  expect(performance.now() - before).toBeLessThan(5_000);
});

describe('calls that come in careless order', () => {
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
