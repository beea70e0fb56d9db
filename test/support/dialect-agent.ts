/** A scripted agent for the chat, Messages and Gemini dialects. Each turn depends on the completed call rounds. */
import type { Step } from './dialect-scripts.ts';
import { type Script, saying } from './dialect-upstream.ts';

type Message = Record<string, any>;

const isResult = (message: Message): boolean =>
  message.role === 'tool' ||
  (message.parts ?? []).some((part: Message) => part.functionResponse) ||
  (Array.isArray(message.content) && message.content.some((block: Message) => block.type === 'tool_result'));
const hasCalls = (message: Message): boolean =>
  (message.parts ?? []).some((part: Message) => part.functionCall) ||
  (message.role === 'assistant' &&
    ((message.tool_calls ?? []).length > 0 ||
      (Array.isArray(message.content) && message.content.some((block: Message) => block.type === 'tool_use'))));

/** Number of call rounds since the last text of the user. */
function roundsSince(messages: readonly Message[]): number {
  const lastTextIndex = messages.findLastIndex(
    (message, index) => message.role === 'user' && !isResult(message) && messages[index - 1]?.role !== 'tool',
  );
  return messages.slice(lastTextIndex + 1).filter(hasCalls).length;
}

let unique = 0;

/** @param rounds the steps of each round. The last round ends the turn and is repeated. */
export const agent =
  (...rounds: readonly (readonly Step[])[]): Script =>
  (seen) => {
    const tools = seen.body.tools ?? [];
    const count =
      tools.length === 1 && tools[0].functionDeclarations ? tools[0].functionDeclarations.length : tools.length;
    if (count <= 3) return saying('{"title":"A test"}');
    const steps =
      rounds[Math.min(roundsSince(seen.body.messages ?? seen.body.contents), rounds.length - 1)] ??
      saying('Nothing left to do.');
    // A call id must be unique within a conversation.
    return steps.map((step) => ('call' in step ? { ...step, id: `call_${unique++}` } : step));
  };
