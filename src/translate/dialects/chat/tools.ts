/** Every field of a chat request that speaks of tools. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { ChatRequest, ChatTool } from '../../../wire/chat.ts';
import { asObject } from '../../../wire/json.ts';
import type { ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';
import type { ChatProfile } from './profile.ts';

type ToolFields = Pick<ChatRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

/** None when there is no tool: hosts refuse an empty list. */
export function toolFields(
  request: MessagesRequest,
  table: ToolTable,
  { forcedTools }: ChatProfile,
  rejectedFields: ReadonlySet<string>,
): ToolFields {
  if (table.functions.length === 0) return {};
  const wanted = table.choice(request);
  const choice = typeof wanted === 'string' ? wanted : { type: 'function' as const, function: wanted };
  // A host that cannot be told to call none is given none.
  if (choice === 'none' && [...rejectedFields].some((field) => field.startsWith('tool_choice'))) return {};
  const forced = choice !== 'auto' && choice !== 'none';
  const alone = asObject(request.raw.tool_choice).disable_parallel_tool_use === true;
  return {
    tools: table.functions.map(chatTool),
    // Auto is what every host does by itself; some refuse the word.
    ...(choice === 'auto' || (forced && !forcedTools) ? {} : { tool_choice: choice }),
    ...(alone ? { parallel_tool_calls: false } : {}),
  };
}

const chatTool = ({ name, description, strict, parameters }: ToolFunction): ChatTool => ({
  type: 'function',
  function: { name, description, parameters, ...(strict ? { strict } : {}) },
});
