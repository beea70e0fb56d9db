/** Converts a Message that is one JSON document into the events of a streamed Message. */
import { asString, type JsonObject, objectsOf } from '../../../wire/json.ts';

export function fromJson(message: JsonObject): readonly JsonObject[] {
  if (message.type === 'error') return [message];
  if (message.error) return [{ type: 'error', error: message.error }];
  if (message.type !== 'message' && message.role !== 'assistant') return [];
  const { content, stop_reason, stop_sequence, stop_details, usage, ...envelope } = message;
  const blocks = objectsOf(content).flatMap((block, index) => [
    { type: 'content_block_start', index, content_block: block },
    ...(block.type === 'tool_use' ? [{ type: 'content_block_delta', index, delta: inputDelta(block) }] : []),
    { type: 'content_block_stop', index },
  ]);
  const delta = { stop_reason, stop_sequence, ...(stop_details === undefined ? {} : { stop_details }) };
  return [
    { type: 'message_start', message: { ...envelope, usage } },
    ...blocks,
    { type: 'message_delta', delta, usage },
    { type: 'message_stop' },
  ];
}

const inputDelta = ({ input }: JsonObject): JsonObject => ({
  type: 'input_json_delta',
  partial_json: asString(input) ?? JSON.stringify(input ?? {}),
});
