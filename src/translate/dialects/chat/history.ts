/**
 * `messages` → chat messages. Every tool call gets a result and every result has a call, because hosts reject either
 * without the other. Tool messages follow the assistant message with their calls.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import type { ChatMessage, ChatPart, ChatToolCall } from '../../../wire/chat.ts';
import { asArray, asObject, asString, isObject, type JsonObject, parseJson } from '../../../wire/json.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { callInput } from '../../anthropic/call-input.ts';
import { openOwnReasoning, openReasoning, type ReasoningOrigin } from '../../anthropic/envelope.ts';
import {
  emptyMessage,
  emptyOutput,
  errorPrefix,
  missingOutput,
  orphanedResult,
} from '../../anthropic/history-notes.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, chatContent, chatParts, textOf } from './content.ts';

export interface HistoryContext extends ContentContext {
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** Only reasoning from this upstream, model family and account is replayed. */
  readonly origin: ReasoningOrigin;
}

/** A tool call of the history. */
interface Call {
  /** The id that its `tool_result` references. */
  readonly originalId: string;
  /** The call as sent, possibly with a new id. */
  readonly toolCall: ChatToolCall;
}

export function chatMessages(
  system: readonly JsonObject[],
  messages: readonly InboundMessage[],
  context: HistoryContext,
): ChatMessage[] {
  const out = new MessageList(systemMessage(system, context));
  const usedIds = new Set<string>();
  /** The results that are sent as tool messages. */
  let sentResults: ReadonlySet<JsonObject> = new Set();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') {
      const calls = callsOf(message.content, usedIds, context);
      const results = firstResults(calls, messages, index + 1, context);
      sentResults = new Set(results.values());
      const assistant = assistantMessage(message.content, calls, context);
      if (assistant !== undefined) out.push(assistant, ...toolMessages(calls, results, context));
    } else if (message.role === 'system') {
      // Chat templates reject a system message after the first position.
      const parts = chatParts(message.content, context);
      const text = textOf(parts.filter((part) => part.type === 'text'));
      const reminder = { type: 'text' as const, text: `<system-reminder>\n${text}\n</system-reminder>` };
      out.pushUser([...(text === '' ? [] : [reminder]), ...parts.filter(({ type }) => type !== 'text')]);
    } else out.pushUser(userParts(message.content, sentResults, context));
  }
  const all = out.all();
  if (!all.some(({ role }) => role !== 'system')) all.push({ role: 'user', content: emptyMessage });
  return all;
}

/** Merges consecutive user messages: some chat templates require alternating roles. */
class MessageList {
  readonly #messages: ChatMessage[];
  #userParts: ChatPart[] = [];

  constructor(messages: ChatMessage[]) {
    this.#messages = messages;
  }

  push(...messages: readonly ChatMessage[]): void {
    this.#endUser();
    this.#messages.push(...messages);
  }

  pushUser(parts: readonly ChatPart[]): void {
    for (const part of parts) this.#userParts.push(part);
  }

  all(): ChatMessage[] {
    this.#endUser();
    return this.#messages;
  }

  #endUser(): void {
    if (this.#userParts.length > 0) this.#messages.push({ role: 'user', content: chatContent(this.#userParts) });
    this.#userParts = [];
  }
}

/** One string, or separate parts if one of them has `cache_control`. */
function systemMessage(blocks: readonly JsonObject[], context: HistoryContext): ChatMessage[] {
  const parts = chatParts(blocks, context);
  if (parts.length === 0) return [];
  const hasCacheControl = parts.some((part) => part.type === 'text' && part.cache_control);
  return [{ role: 'system', content: hasCacheControl ? parts : parts.map((part) => textOf([part])).join('\n\n') }];
}

/** Content of a user message without the results that are sent as tool messages. */
function userParts(
  content: InboundMessage['content'],
  sentResults: ReadonlySet<JsonObject>,
  context: HistoryContext,
): ChatPart[] {
  if (typeof content === 'string') return chatParts(content, context);
  const parts: ChatPart[] = [];
  for (const block of content) {
    if (block.type !== 'tool_result') parts.push(...chatParts([block], context));
    else if (sentResults.has(block)) parts.push(...resultImages(block, context));
    else parts.push({ type: 'text', text: orphanedResult }, ...resultParts(block, context));
  }
  return parts;
}

/** The first result of each call, in the messages up to the next assistant message. */
function firstResults(
  calls: readonly Call[],
  messages: readonly InboundMessage[],
  from: number,
  context: HistoryContext,
): ReadonlyMap<string, JsonObject> {
  const ids = new Set(calls.map(({ originalId }) => originalId));
  const results = new Map<string, JsonObject>();
  for (let index = from; index < messages.length && messages[index]?.role !== 'assistant'; index++)
    for (const block of blocksOf(messages[index]?.content)) {
      const id = block.type === 'tool_result' ? resultId(block, context) : undefined;
      if (id !== undefined && ids.has(id) && !results.has(id)) results.set(id, block);
    }
  return results;
}

const blocksOf = (content: InboundMessage['content'] | undefined): readonly JsonObject[] =>
  content === undefined || typeof content === 'string' ? [] : content;

/** One tool message per call, in the order of the calls. */
const toolMessages = (
  calls: readonly Call[],
  results: ReadonlyMap<string, JsonObject>,
  context: HistoryContext,
): ChatMessage[] =>
  calls.map(({ originalId, toolCall }) => {
    const block = results.get(originalId);
    const content = block === undefined ? missingOutput : outputOf(block, context);
    return { role: 'tool', tool_call_id: toolCall.id, content };
  });

function outputOf(block: JsonObject, context: HistoryContext): string | readonly ChatPart[] {
  const prefix = block.is_error === true ? errorPrefix : '';
  const parts = resultParts(block, context);
  const isText = parts.every((part) => part.type === 'text');
  const text = textOf(isText ? parts : parts.filter((part) => part.type === 'text'));
  const cacheControl = context.marks && isObject(block.cache_control) ? block.cache_control : undefined;
  if (isText) {
    const output = prefix + (text === '' ? emptyOutput : text);
    return cacheControl === undefined ? output : [{ type: 'text', text: output, cache_control: cacheControl }];
  }
  if (context.profile.capabilities.imagesInResults)
    return prefix === '' ? parts : [{ type: 'text', text: prefix.trim() }, ...parts];
  return `${prefix}${text === '' ? '' : `${text}\n`}(shown in the next message)`;
}

/** Images and files of a tool result, for hosts that accept only text in a tool message. */
function resultImages(block: JsonObject, context: HistoryContext): ChatPart[] {
  if (context.profile.capabilities.imagesInResults || !hasOtherThanText(block)) return [];
  const images = resultParts(block, { ...context, warn: () => {} }).filter((part) => part.type !== 'text');
  return images.length === 0 ? [] : [{ type: 'text', text: '[from the tool result above]' }, ...images];
}

const hasOtherThanText = ({ content }: JsonObject): boolean =>
  asArray(content).some((block) => asObject(block).type !== 'text');

const resultParts = ({ content }: JsonObject, context: HistoryContext): ChatPart[] =>
  chatParts(typeof content === 'string' ? content : asArray(content).filter(isObject), context);

function assistantMessage(
  content: InboundMessage['content'],
  calls: readonly Call[],
  context: HistoryContext,
): ChatMessage | undefined {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const texts: string[] = [];
  for (const block of blocks) {
    const text = textIn(block, context);
    if (text !== '') texts.push(text);
  }
  const toolCalls = calls.map(({ toolCall }) => toolCall);
  const replayedThinking = replayThinking(blocks, context);
  if (texts.length === 0 && toolCalls.length === 0) return undefined;
  const emptyThinking = context.profile.thinkingBesideCalls && toolCalls.length > 0 ? { reasoning_content: '' } : {};
  return {
    role: 'assistant',
    ...(texts.length === 0 ? {} : { content: texts.join('\n') }),
    ...emptyThinking,
    ...replayedThinking,
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

/** Block types of an answer that are sent elsewhere or not at all. */
const omittedTypes: ReadonlySet<unknown> = new Set(['tool_use', 'thinking', 'redacted_thinking', 'server_tool_use']);

function textIn(block: JsonObject, context: HistoryContext): string {
  if (block.type === 'text') return asString(block.text) ?? '';
  if (block.type === 'web_search_tool_result') return searchSummary(block);
  if (omittedTypes.has(block.type)) return '';
  const note = `[${String(block.type)} of an earlier answer omitted: ${context.upstream} does not support it]`;
  context.warn(note);
  return note;
}

/**
 * Tool calls of an assistant message. A call whose id an earlier message used gets a new id, as does its result. A
 * repeated id within one message is one call.
 */
function callsOf(content: InboundMessage['content'], usedIds: Set<string>, context: HistoryContext): Call[] {
  const calls: Call[] = [];
  const ownIds = new Set<string>();
  for (const block of blocksOf(content)) {
    if (block.type !== 'tool_use') continue;
    const originalId = context.legalId(callIdOf(asString(block.id) ?? '').callId);
    if (ownIds.has(originalId)) continue;
    ownIds.add(originalId);
    const id = usedIds.has(originalId) ? context.legalId(`${originalId}#${usedIds.size}`) : originalId;
    usedIds.add(id);
    const name = context.toolName(asString(block.name) ?? '');
    const toolFunction = { name, arguments: JSON.stringify(callInput(block, context.warn)) };
    calls.push({ originalId, toolCall: { id, type: 'function', function: toolFunction } });
  }
  return calls;
}

const resultId = (block: JsonObject, context: HistoryContext): string =>
  context.legalId(callIdOf(asString(block.tool_use_id) ?? '').callId);

type Thinking = Pick<Extract<ChatMessage, { role: 'assistant' }>, 'reasoning_content' | 'reasoning_details'>;

/** Thinking from the same upstream, model family and account, in the host's replay format. */
function replayThinking(blocks: readonly JsonObject[], context: HistoryContext): Thinking {
  const { replay } = context.profile;
  if (replay === 'none') return {};
  const ownBlocks = blocks.filter((block) => block.type === 'thinking' && isOwn(block, context));
  if (replay === 'text') {
    const text = ownBlocks.map((block) => asString(block.thinking) ?? '').join('\n\n');
    return text === '' ? {} : { reasoning_content: text };
  }
  const details = ownBlocks.flatMap((block) => {
    const envelope = openReasoning(asString(block.signature) ?? '');
    return asArray(parseJson(envelope?.encrypted ?? ''));
  });
  return details.length === 0 ? {} : { reasoning_details: details };
}

const isOwn = (block: JsonObject, { origin }: HistoryContext): boolean =>
  openOwnReasoning(asString(block.signature) ?? '', origin) !== undefined;
