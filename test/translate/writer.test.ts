import { describe, expect, it } from 'vitest';
import { MessageWriter } from '../../src/translate/anthropic/writer.ts';

const make = () => new MessageWriter({ id: 'msg', model: 'm', emit: () => {} });
const end = {
  stopReason: 'end_turn' as const,
  stopSequence: null,
  usage: { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
};

describe('the message writer', () => {
  it('rejects another block, or the end of the message, inside an open tool call', () => {
    const writer = make();
    writer.write({ type: 'tool_start', id: 'a', name: 'Write' });
    expect(() => writer.write({ type: 'text', text: 'x' })).toThrow(/inside a tool call/);
    expect(() => writer.write({ type: 'tool_start', id: 'b', name: 'Write' })).toThrow(/inside a tool call/);
    expect(() => writer.end(end)).toThrow(/inside a tool call/);
  });

  it('rejects tool input without an open call', () => {
    expect(() => make().write({ type: 'tool_input', json: '{}' })).toThrow(/without an open/);
  });

  it('sends no ping before the start or after the end', () => {
    const events: string[] = [];
    const writer = new MessageWriter({ id: 'msg', model: 'm', emit: (event) => events.push(event.type) });
    writer.ping();
    writer.end(end);
    writer.ping();
    expect(events).toEqual(['message_start', 'message_delta', 'message_stop']);
  });
});
