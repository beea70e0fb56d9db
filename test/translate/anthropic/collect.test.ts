import { describe, expect, it } from 'vitest';
import { MessageCollector } from '../../../src/translate/anthropic/collect.ts';
import { MessageWriter } from '../../../src/translate/anthropic/writer.ts';
import type { BlockOutput } from '../../../src/translate/output.ts';
import type { MessagesEvent } from '../../../src/wire/anthropic.ts';

const usage = {
  input_tokens: 1,
  cache_creation_input_tokens: 2,
  cache_read_input_tokens: 3,
  output_tokens: 4,
};
const end = { stopReason: 'end_turn' as const, stopSequence: null, usage };

const written = (outputs: BlockOutput[], act: (writer: MessageWriter) => void = () => {}) => {
  const events: MessagesEvent[] = [];
  const writer = new MessageWriter({ id: 'msg', model: 'm', emit: (event) => events.push(event) });
  for (const output of outputs) writer.write(output);
  act(writer);
  return { events, writer };
};
const deltas = ({ events }: ReturnType<typeof written>) =>
  events.flatMap((event) => (event.type === 'content_block_delta' ? [event.delta] : []));
const blocks = ({ events }: ReturnType<typeof written>) =>
  events.flatMap((event) => (event.type === 'content_block_start' ? [[event.index, event.content_block]] : []));

const citation = {
  type: 'web_search_result_location' as const,
  url: 'https://a',
  title: 'A',
  cited_text: 'a',
  encrypted_index: '',
};

describe('the message writer', () => {
  it('writes one block at a time, each with its own index', () => {
    const run = written(
      [
        { type: 'thinking', text: 'h' },
        { type: 'thinking', text: 'm' },
        { type: 'signature', signature: 's' },
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
        { type: 'tool_start', id: 'id', name: 'Bash' },
        { type: 'tool_input', json: '{}' },
        { type: 'block_end' },
        { type: 'block_end' },
      ],
      (writer) => writer.end(end),
    );
    expect(run.events).toEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            output_tokens: 0,
          },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'h' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'm' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 's' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'a' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'b' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'id', name: 'Bash', input: {} } },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{}' } },
      { type: 'content_block_stop', index: 2 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ]);
  });

  it('knows whether it has started, has content, has ended and which block is open', () => {
    const { writer } = written([]);
    const state = () => [writer.started, writer.hasContent, writer.ended, writer.open];
    expect(state()).toEqual([false, false, false, undefined]);
    writer.start();
    writer.start();
    expect(state()).toEqual([true, false, false, undefined]);
    writer.write({ type: 'text', text: 'a' });
    expect(state()).toEqual([true, true, false, 'text']);
    writer.end(end);
    expect(state()).toEqual([true, true, true, undefined]);
  });

  it('opens an empty thinking block for a signature alone', () => {
    const run = written([{ type: 'signature', signature: 's' }]);
    expect(blocks(run)).toEqual([[0, { type: 'thinking', thinking: '', signature: '' }]]);
    expect(deltas(run)).toEqual([{ type: 'signature_delta', signature: 's' }]);
  });

  it('writes a hosted search and its results as complete blocks', () => {
    const run = written([
      { type: 'server_tool', id: 'id', name: 'web_search', input: { query: 'q' } },
      { type: 'search_result', toolUseId: 'id', content: [] },
    ]);
    expect(blocks(run)).toEqual([
      [0, { type: 'server_tool_use', id: 'id', name: 'web_search', input: {} }],
      [1, { type: 'web_search_tool_result', tool_use_id: 'id', content: [] }],
    ]);
    expect(deltas(run)).toEqual([{ type: 'input_json_delta', partial_json: '{"query":"q"}' }]);
    expect(run.events.filter(({ type }) => type === 'content_block_stop')).toHaveLength(2);
    expect(run.writer.open).toBeUndefined();
  });

  it('writes a citation only into an open text block', () => {
    const delta = { type: 'citations_delta', citation };
    expect(deltas(written([{ type: 'citation', citation }]))).toEqual([]);
    expect(
      deltas(
        written([
          { type: 'text', text: 'a' },
          { type: 'citation', citation },
        ]),
      ),
    ).toEqual([{ type: 'text_delta', text: 'a' }, delta]);
    // A citation as the upstream sent it.
    const foreign = { type: 'foreign_delta' as const, delta: { type: 'citations_delta', citation: { odd: 1 } } };
    expect(deltas(written([{ type: 'text', text: 'a' }, foreign]))).toHaveLength(2);
    expect(deltas(written([{ type: 'thinking', text: 'a' }, foreign]))).toHaveLength(1);
  });

  it('passes a block of an unknown type on', () => {
    const block = { type: 'future', x: 1 };
    const delta = { type: 'future_delta', y: 2 };
    const run = written([
      { type: 'foreign_start', block },
      { type: 'foreign_delta', delta },
      { type: 'block_end' },
      { type: 'foreign_delta', delta },
      { type: 'text', text: 'a' },
      { type: 'foreign_delta', delta },
    ]);
    expect(blocks(run)[0]).toEqual([0, block]);
    expect(deltas(run)).toEqual([delta, { type: 'text_delta', text: 'a' }]);
  });

  it('keeps the connection alive inside the open block', () => {
    const keepalive = (...outputs: BlockOutput[]) => {
      const run = written(outputs, (writer) => writer.keepalive());
      return run.events.at(-1);
    };
    const delta = (index: number, content: unknown) => ({ type: 'content_block_delta', index, delta: content });
    expect(keepalive()).toEqual(delta(0, { type: 'thinking_delta', thinking: '' }));
    expect(keepalive({ type: 'thinking', text: 'a' })).toEqual(delta(0, { type: 'thinking_delta', thinking: '' }));
    expect(keepalive({ type: 'text', text: 'a' })).toEqual(delta(0, { type: 'text_delta', text: '' }));
    expect(keepalive({ type: 'tool_start', id: 'a', name: 'b' })).toEqual(
      delta(0, { type: 'input_json_delta', partial_json: '' }),
    );
    expect(keepalive({ type: 'foreign_start', block: { type: 'future' } })).toEqual({ type: 'ping' });
    expect(written([], (writer) => writer.ping()).events).toEqual([]);
  });

  it('ends with the members of the upstream and an explanation', () => {
    const { events } = written([], (writer) =>
      writer.end({
        ...end,
        stopReason: 'refusal',
        stopSequence: 'END',
        explanation: 'no',
        extra: { container: 1, stop_reason: 'odd' },
      }),
    );
    expect(events.at(-2)).toEqual({
      type: 'message_delta',
      delta: {
        container: 1,
        stop_reason: 'refusal',
        stop_sequence: 'END',
        stop_details: { type: 'refusal', category: null, explanation: 'no' },
      },
      usage,
    });
  });
});

describe('the message of a request without a stream', () => {
  const collected = (outputs: BlockOutput[], act: (writer: MessageWriter) => void = (writer) => writer.end(end)) => {
    const collector = new MessageCollector();
    for (const event of written(outputs, act).events) collector.add(event);
    return collector.message;
  };

  it('has every block, its end and its usage', () => {
    expect(
      collected([
        { type: 'thinking', text: 'h' },
        { type: 'thinking', text: 'm' },
        { type: 'signature', signature: 's' },
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
        { type: 'tool_start', id: 'id', name: 'Bash' },
        { type: 'tool_input', json: '{"a":' },
        { type: 'tool_input', json: '1}' },
        { type: 'block_end' },
        { type: 'server_tool', id: 'search', name: 'web_search', input: { query: 'q' } },
        { type: 'search_result', toolUseId: 'search', content: [] },
        { type: 'text', text: 'c' },
        { type: 'citation', citation },
        { type: 'foreign_start', block: { type: 'future', x: 1 } },
        { type: 'block_end' },
        { type: 'tool_start', id: 'id2', name: 'Bash' },
        { type: 'block_end' },
      ]),
    ).toEqual({
      id: 'msg',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'ab' },
        { type: 'tool_use', id: 'id', name: 'Bash', input: { a: 1 } },
        { type: 'server_tool_use', id: 'search', name: 'web_search', input: { query: 'q' } },
        { type: 'web_search_tool_result', tool_use_id: 'search', content: [] },
        { type: 'text', text: 'c', citations: [citation] },
        { type: 'future', x: 1 },
        { type: 'tool_use', id: 'id2', name: 'Bash', input: {} },
      ],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
    });
  });

  it('ignores pings, errors and deltas outside a block', () => {
    const collector = new MessageCollector();
    expect(collector.message).toBeUndefined();
    collector.add({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage });
    expect(collector.message).toBeUndefined();
    const { events } = written([], (writer) => writer.start());
    for (const event of events) collector.add(event);
    collector.add({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } });
    collector.add({ type: 'content_block_stop', index: 0 });
    collector.add({ type: 'ping' });
    collector.add({ type: 'message_stop' });
    collector.add({ type: 'error', error: { type: 'api_error', message: 'm' } });
    expect(collector.message).toMatchObject({ content: [], stop_reason: null });
  });

  it('is not ended inside a block', () => {
    const collector = new MessageCollector();
    collector.add({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    collector.add({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } });
    for (const event of written([], (writer) => writer.start()).events) collector.add(event);
    expect(collector.message?.content).toEqual([]);
    collector.add({ type: 'content_block_stop', index: 0 });
    collector.add({ type: 'content_block_stop', index: 0 });
    expect(collector.message?.content).toEqual([{ type: 'text', text: 'a' }]);
  });
});
