/** Divides a prompt into its parts, to show what fills a context. Pure. */
import type { PromptParts } from '../../models/tokens.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { countable, roughTokens } from './count.ts';

export function promptParts({ system, tools, messages }: MessagesRequest): PromptParts {
  const newestAt = newestPromptIndex(messages);
  const tokensOf = (part: Partial<Pick<MessagesRequest, 'system' | 'tools' | 'messages'>>): number => {
    const { texts, fixed } = countable({ system: undefined, tools: [], messages: [], ...part });
    return fixed + roughTokens(texts);
  };
  return {
    system: tokensOf({ system }),
    tools: tokensOf({ tools }),
    history: tokensOf({ messages: messages.slice(0, newestAt) }),
    newest: tokensOf({ messages: messages.slice(newestAt) }),
  };
}

/** The last message of the user that is not a tool's result. */
function newestPromptIndex(messages: MessagesRequest['messages']): number {
  const at = messages.findLastIndex(
    ({ role, content }) =>
      role === 'user' && (typeof content === 'string' || !content.some(({ type }) => type === 'tool_result')),
  );
  return Math.max(0, at);
}
