import type { MessagesRequest } from '../../wire/anthropic.ts';
import { type JsonObject, objectsOf } from '../../wire/json.ts';

/** Whether the conversation contains an image, also one in a tool result. */
export const hasImages = ({ messages }: Pick<MessagesRequest, 'messages'>): boolean =>
  messages.some(({ content }) => typeof content !== 'string' && content.some(isImage));

const isImage = (block: JsonObject): boolean =>
  block.type === 'image' ||
  (block.type === 'tool_result' && objectsOf(block.content).some(({ type }) => type === 'image'));
