/** Tool fields of a chat request. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { ChatRequest, ChatTool } from '../../../wire/chat.ts';
import { asObject } from '../../../wire/json.ts';
import type { ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';
import type { ChatProfile } from './profile.ts';

type ToolFields = Pick<ChatRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

/** @returns no fields when there are no tools: hosts reject an empty list. */
export function toolFields(
  request: MessagesRequest,
  table: ToolTable,
  { forcedTools }: ChatProfile,
  rejectedFields: ReadonlySet<string>,
): ToolFields {
  if (table.functions.length === 0) return {};
  const requested = table.choice(request);
  const choice = typeof requested === 'string' ? requested : { type: 'function' as const, function: requested };
  // A host that rejects `tool_choice` gets no tools instead of `none`.
  if (choice === 'none' && [...rejectedFields].some((field) => field.startsWith('tool_choice'))) return {};
  const isForced = choice !== 'auto' && choice !== 'none';
  const isSequential = asObject(request.raw.tool_choice).disable_parallel_tool_use === true;
  return {
    tools: table.functions.map(chatTool),
    // `auto` is every host's default, and some hosts reject the value.
    ...(choice === 'auto' || (isForced && !forcedTools) ? {} : { tool_choice: choice }),
    ...(isSequential ? { parallel_tool_calls: false } : {}),
  };
}

const chatTool = ({ name, description, strict, parameters }: ToolFunction): ChatTool => ({
  type: 'function',
  function: { name, description, parameters, ...(strict ? { strict } : {}) },
});
