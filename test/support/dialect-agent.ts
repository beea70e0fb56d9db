/** A scripted model that works as an agent does, for hosts of either dialect: each turn is decided by what was answered. */
import type { Step } from './dialect-scripts.ts';
import { type Script, saying } from './dialect-upstream.ts';

type Message = Record<string, any>;

const isResult = (message: Message): boolean =>
  message.role === 'tool' ||
  (message.parts ?? []).some((part: Message) => part.functionResponse) ||
  (Array.isArray(message.content) && message.content.some((block: Message) => block.type === 'tool_result'));
const calls = (message: Message): boolean =>
  (message.parts ?? []).some((part: Message) => part.functionCall) ||
  (message.role === 'assistant' &&
    ((message.tool_calls ?? []).length > 0 ||
      (Array.isArray(message.content) && message.content.some((block: Message) => block.type === 'tool_use'))));

/** Rounds of calls since the newest words of the user. */
function roundsSince(messages: readonly Message[]): number {
  const words = messages.findLastIndex(
    (message, index) => message.role === 'user' && !isResult(message) && messages[index - 1]?.role !== 'tool',
  );
  return messages.slice(words + 1).filter(calls).length;
}

let unique = 0;

/** @param rounds what is said in each round; the last is what it ends with. */
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
    // An id is used once in a conversation.
    return steps.map((step) => ('call' in step ? { ...step, id: `call_${unique++}` } : step));
  };
