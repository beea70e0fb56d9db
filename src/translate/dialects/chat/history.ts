/**
 * `messages` → chat messages. Every tool call gets a result and every result has a call, because hosts reject either
 * without the other. Tool messages follow the assistant message with their calls.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import type { ChatMessage, ChatPart, ChatToolCall } from '../../../wire/chat.ts';
import { asArray, asObject, asString, isObject, type JsonObject, parseJson } from '../../../wire/json.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { openOwnReasoning, openReasoning, type ReasoningOrigin } from '../../anthropic/envelope.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, chatContent, chatParts, textOf } from './content.ts';

export interface HistoryContext extends ContentContext {
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** Only reasoning from this upstream, model family and account is replayed. */
  readonly origin: ReasoningOrigin;
}

const emptyOutput = '(no output)';
const missingOutput = '[no result]';
const errorPrefix = '[tool error] ';
const emptyMessage = '(empty message)';

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
  const out: ChatMessage[] = systemMessage(system, context);
  const calls = new Set<string>();
  let pending: readonly Call[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') {
      pending = callsOf(message.content, calls, context);
      const assistant = assistantMessage(message.content, pending, context);
      if (assistant === undefined) continue;
      out.push(assistant, ...toolMessages(pending, messages.slice(index + 1), context));
    } else if (message.role === 'system') {
      // Chat templates reject a system message after the first position.
      const parts = chatParts(message.content, context);
      const text = textOf(parts.filter((part) => part.type === 'text'));
      const reminder = { type: 'text' as const, text: `<system-reminder>\n${text}\n</system-reminder>` };
      pushUser(out, [...(text === '' ? [] : [reminder]), ...parts.filter(({ type }) => type !== 'text')], context);
    } else {
      const answeredIds = new Set(pending.map(({ originalId }) => originalId));
      pushUser(out, userParts(message.content, answeredIds, context), context);
    }
  }
  if (!out.some(({ role }) => role !== 'system')) out.push({ role: 'user', content: emptyMessage });
  return out;
}

/** One string, or separate parts if one of them has `cache_control`. */
function systemMessage(blocks: readonly JsonObject[], context: HistoryContext): ChatMessage[] {
  const parts = chatParts(blocks, context);
  if (parts.length === 0) return [];
  const hasCacheControl = parts.some((part) => part.type === 'text' && part.cache_control);
  return [{ role: 'system', content: hasCacheControl ? parts : parts.map((part) => textOf([part])).join('\n\n') }];
}

/** Merges consecutive user messages: some chat templates require alternating roles. */
function pushUser(out: ChatMessage[], parts: readonly ChatPart[], _context: HistoryContext): void {
  if (parts.length === 0) return;
  const last = out.at(-1);
  if (last?.role !== 'user') return void out.push({ role: 'user', content: chatContent(parts) });
  const previousParts =
    typeof last.content === 'string' ? [{ type: 'text' as const, text: last.content }] : last.content;
  out[out.length - 1] = { role: 'user', content: chatContent([...previousParts, ...parts]) };
}

/** Content of a user message without the results that are sent as tool messages. */
function userParts(
  content: InboundMessage['content'],
  answeredIds: ReadonlySet<string>,
  context: HistoryContext,
): ChatPart[] {
  if (typeof content === 'string') return chatParts(content, context);
  return content.flatMap((block) => {
    if (block.type !== 'tool_result') return chatParts([block], context);
    if (answeredIds.has(resultId(block, context))) return resultImages(block, context);
    return [{ type: 'text' as const, text: '[result of an earlier tool call]' }, ...resultParts(block, context)];
  });
}

/** One tool message per call, in the order of the calls. */
function toolMessages(
  pending: readonly Call[],
  following: readonly InboundMessage[],
  context: HistoryContext,
): ChatMessage[] {
  const resultsById = new Map<string, JsonObject>();
  for (const { role, content } of following) {
    if (role === 'assistant') break;
    if (typeof content === 'string') continue;
    for (const block of content) {
      const id = block.type === 'tool_result' ? resultId(block, context) : undefined;
      if (id !== undefined && !resultsById.has(id)) resultsById.set(id, block);
    }
  }
  return pending.map(({ originalId, toolCall }) => {
    const block = resultsById.get(originalId);
    const content = block === undefined ? missingOutput : outputOf(block, context);
    return { role: 'tool', tool_call_id: toolCall.id, content };
  });
}

function outputOf(block: JsonObject, context: HistoryContext): string | readonly ChatPart[] {
  const prefix = block.is_error === true ? errorPrefix : '';
  const parts = resultParts(block, context);
  const text = textOf(parts.filter((part) => part.type === 'text'));
  const cacheControl = context.marks && isObject(block.cache_control) ? block.cache_control : undefined;
  if (parts.every((part) => part.type === 'text')) {
    const output = prefix + (text === '' ? emptyOutput : text);
    return cacheControl === undefined ? output : [{ type: 'text', text: output, cache_control: cacheControl }];
  }
  if (context.profile.capabilities.imagesInResults)
    return prefix === '' ? parts : [{ type: 'text', text: prefix.trim() }, ...parts];
  return `${prefix}${text === '' ? '' : `${text}\n`}(shown in the next message)`;
}

/** Images and files of a tool result, for hosts that accept only text in a tool message. */
function resultImages(block: JsonObject, context: HistoryContext): ChatPart[] {
  if (context.profile.capabilities.imagesInResults) return [];
  const images = resultParts(block, { ...context, warn: () => {} }).filter((part) => part.type !== 'text');
  return images.length === 0 ? [] : [{ type: 'text', text: '[from the tool result above]' }, ...images];
}

function resultParts(block: JsonObject, context: HistoryContext): ChatPart[] {
  const blocks =
    typeof block.content === 'string'
      ? [{ type: 'text', text: block.content }]
      : asArray(block.content).filter(isObject);
  return chatParts(blocks, context);
}

function assistantMessage(
  content: InboundMessage['content'],
  calls: readonly Call[],
  context: HistoryContext,
): ChatMessage | undefined {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const texts = blocks.flatMap((block) => textsIn(block, context)).filter((text) => text !== '');
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

function textsIn(block: JsonObject, context: HistoryContext): string[] {
  if (block.type === 'text') return [asString(block.text) ?? ''];
  if (block.type === 'web_search_tool_result') return [searchSummary(block)];
  const omittedTypes = ['tool_use', 'thinking', 'redacted_thinking', 'server_tool_use'];
  if (omittedTypes.includes(asString(block.type) ?? '')) return [];
  const note = `[${String(block.type)} of an earlier answer omitted: ${context.upstream} does not support it]`;
  context.warn(note);
  return [note];
}

/**
 * Tool calls of an assistant message. A call whose id an earlier message used gets a new id, as does its result. A
 * repeated id within one message is one call.
 */
function callsOf(content: InboundMessage['content'], usedIds: Set<string>, context: HistoryContext): Call[] {
  const calls: Call[] = [];
  for (const block of typeof content === 'string' ? [] : content) {
    if (block.type !== 'tool_use') continue;
    const originalId = context.legalId(callIdOf(asString(block.id) ?? '').callId);
    if (calls.some((call) => call.originalId === originalId)) continue;
    const id = usedIds.has(originalId) ? context.legalId(`${originalId}#${usedIds.size}`) : originalId;
    usedIds.add(id);
    const name = context.toolName(asString(block.name) ?? '');
    const toolFunction = { name, arguments: JSON.stringify(asObject(block.input)) };
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
