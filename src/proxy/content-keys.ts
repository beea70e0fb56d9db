/** What makes two requests of a session equal, without reading all of a long one. */
import type { Hash } from '../ports/randomness.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asString } from '../wire/json.ts';

export interface ContentKeys {
  /** Equal for requests with the same class, model, number of messages, first and last message. */
  readonly content: string;
  /** Equal for requests whose newest message is the same text; `undefined` for a tool's result, which may well repeat. */
  readonly repeated: string | undefined;
}

/** Blocks of a message, and characters at the beginning and the end of each, that are compared. */
const [comparedBlocks, comparedChars] = [20, 1_000];

export function contentKeys(
  { request, requestClass, agentId }: { request: MessagesRequest; requestClass: string; agentId: string | undefined },
  hash: Hash,
): ContentKeys {
  const { messages, model } = request;
  const [first, last] = [messages[0], messages.at(-1)];
  const newest = textOf(last);
  return {
    content: hash(JSON.stringify([requestClass, model, messages.length, textOf(first), newest])),
    repeated: newest === '' ? undefined : hash(JSON.stringify([requestClass, agentId ?? '', newest])),
  };
}

/** A message's text, of which long blocks are shortened; empty when it contains anything else. */
function textOf(message: MessagesRequest['messages'][number] | undefined): string {
  if (message === undefined) return '';
  if (typeof message.content === 'string') return ends(message.content);
  if (message.content.some(({ type }) => type !== 'text')) return '';
  return message.content
    .slice(-comparedBlocks)
    .map(({ text }) => ends(asString(text) ?? ''))
    .join('\n');
}

const ends = (text: string): string =>
  text.length <= 2 * comparedChars ? text : text.slice(0, comparedChars) + text.slice(-comparedChars);
