/**
 * `messages` → chat messages. Calls and their results are paired both ways, because hosts reject an orphan of either
 * kind; every result stands right behind the message of its call.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import type { ChatMessage, ChatPart, ChatToolCall } from '../../../wire/chat.ts';
import { asArray, asObject, asString, isObject, type JsonObject, parseJson } from '../../../wire/json.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { modelFamily, openReasoning } from '../../anthropic/envelope.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, chatContent, chatParts, textOf } from './content.ts';

export interface HistoryContext extends ContentContext {
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** Whose reasoning may be replayed here. */
  readonly maker: { readonly upstream: string; readonly family: string; readonly account: string };
}

const emptyOutput = '(no output)';
const missingOutput = '[no result]';
const errorMark = '[tool error] ';
const emptyMessage = '(empty message)';

/** A call of the history: under the id it is sent with, and the one its result names. */
interface Call {
  readonly original: string;
  readonly sent: ChatToolCall;
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
      const said = assistantMessage(message.content, pending, context);
      if (said === undefined) continue;
      out.push(said, ...results(pending, messages.slice(index + 1), context));
    } else if (message.role === 'system') {
      // Templates refuse a system message that is not the first.
      const parts = chatParts(message.content, context);
      const words = textOf(parts.filter((part) => part.type === 'text'));
      const reminder = { type: 'text' as const, text: `<system-reminder>\n${words}\n</system-reminder>` };
      pushUser(out, [...(words === '' ? [] : [reminder]), ...parts.filter(({ type }) => type !== 'text')], context);
    } else pushUser(out, wordsOf(message.content, new Set(pending.map(({ original }) => original)), context), context);
  }
  if (!out.some(({ role }) => role !== 'system')) out.push({ role: 'user', content: emptyMessage });
  return out;
}

/** One text, but where a mark says how far the cache may reach. */
function systemMessage(blocks: readonly JsonObject[], context: HistoryContext): ChatMessage[] {
  const parts = chatParts(blocks, context);
  if (parts.length === 0) return [];
  const marked = parts.some((part) => part.type === 'text' && part.cache_control);
  return [{ role: 'system', content: marked ? parts : parts.map((part) => textOf([part])).join('\n\n') }];
}

/** Two user messages in a row become one: some templates want the roles to alternate. */
function pushUser(out: ChatMessage[], parts: readonly ChatPart[], _context: HistoryContext): void {
  if (parts.length === 0) return;
  const last = out.at(-1);
  if (last?.role !== 'user') return void out.push({ role: 'user', content: chatContent(parts) });
  const before = typeof last.content === 'string' ? [{ type: 'text' as const, text: last.content }] : last.content;
  out[out.length - 1] = { role: 'user', content: chatContent([...before, ...parts]) };
}

/** What a user message says beside the results that were answered already. */
function wordsOf(
  content: InboundMessage['content'],
  answered: ReadonlySet<string>,
  context: HistoryContext,
): ChatPart[] {
  if (typeof content === 'string') return chatParts(content, context);
  return content.flatMap((block) => {
    if (block.type !== 'tool_result') return chatParts([block], context);
    if (answered.has(resultId(block, context))) return imagesOf(block, context);
    return [{ type: 'text' as const, text: '[result of an earlier tool call]' }, ...resultParts(block, context)];
  });
}

/** One tool message a call, in the order of the calls. */
function results(
  pending: readonly Call[],
  following: readonly InboundMessage[],
  context: HistoryContext,
): ChatMessage[] {
  const found = new Map<string, JsonObject>();
  for (const { role, content } of following) {
    if (role === 'assistant') break;
    if (typeof content === 'string') continue;
    for (const block of content) {
      const id = block.type === 'tool_result' ? resultId(block, context) : undefined;
      if (id !== undefined && !found.has(id)) found.set(id, block);
    }
  }
  return pending.map(({ original, sent }) => {
    const block = found.get(original);
    const content = block === undefined ? missingOutput : outputOf(block, context);
    return { role: 'tool', tool_call_id: sent.id, content };
  });
}

function outputOf(block: JsonObject, context: HistoryContext): string | readonly ChatPart[] {
  const mark = block.is_error === true ? errorMark : '';
  const parts = resultParts(block, context);
  const words = textOf(parts.filter((part) => part.type === 'text'));
  const reach = context.marks && isObject(block.cache_control) ? block.cache_control : undefined;
  if (parts.every((part) => part.type === 'text')) {
    const text = mark + (words === '' ? emptyOutput : words);
    return reach === undefined ? text : [{ type: 'text', text, cache_control: reach }];
  }
  if (context.profile.capabilities.imagesInResults)
    return mark === '' ? parts : [{ type: 'text', text: mark.trim() }, ...parts];
  return `${mark}${words === '' ? '' : `${words}\n`}(shown in the next message)`;
}

/** Images of an answered result, for hosts that take none in a tool message. */
function imagesOf(block: JsonObject, context: HistoryContext): ChatPart[] {
  if (context.profile.capabilities.imagesInResults) return [];
  const shown = resultParts(block, { ...context, warn: () => {} }).filter((part) => part.type !== 'text');
  return shown.length === 0 ? [] : [{ type: 'text', text: '[from the tool result above]' }, ...shown];
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
  const texts = blocks.flatMap((block) => textsIn(block, context)).filter((words) => words !== '');
  const toolCalls = calls.map(({ sent }) => sent);
  const thinking = replayed(blocks, context);
  if (texts.length === 0 && toolCalls.length === 0) return undefined;
  const beside = context.profile.thinkingBesideCalls && toolCalls.length > 0 ? { reasoning_content: '' } : {};
  return {
    role: 'assistant',
    ...(texts.length === 0 ? {} : { content: texts.join('\n') }),
    ...beside,
    ...thinking,
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

function textsIn(block: JsonObject, context: HistoryContext): string[] {
  if (block.type === 'text') return [asString(block.text) ?? ''];
  if (block.type === 'web_search_tool_result') return [searchSummary(block)];
  const silent = ['tool_use', 'thinking', 'redacted_thinking', 'server_tool_use'];
  if (silent.includes(asString(block.type) ?? '')) return [];
  const words = `[${String(block.type)} of an earlier answer omitted: ${context.upstream} cannot carry it]`;
  context.warn(words);
  return [words];
}

/** An id that was used before gets a new one, and its result with it; twice in one message it is one call. */
function callsOf(content: InboundMessage['content'], used: Set<string>, context: HistoryContext): Call[] {
  const calls: Call[] = [];
  for (const block of typeof content === 'string' ? [] : content) {
    if (block.type !== 'tool_use') continue;
    const original = context.legalId(callIdOf(asString(block.id) ?? '').callId);
    if (calls.some((call) => call.original === original)) continue;
    const id = used.has(original) ? context.legalId(`${original}#${used.size}`) : original;
    used.add(id);
    const name = context.toolName(asString(block.name) ?? '');
    const call = { name, arguments: JSON.stringify(asObject(block.input)) };
    calls.push({ original, sent: { id, type: 'function', function: call } });
  }
  return calls;
}

const resultId = (block: JsonObject, context: HistoryContext): string =>
  context.legalId(callIdOf(asString(block.tool_use_id) ?? '').callId);

type Thinking = Pick<Extract<ChatMessage, { role: 'assistant' }>, 'reasoning_content' | 'reasoning_details'>;

/** The thinking that its own maker may see again, in the form the maker wants. */
function replayed(blocks: readonly JsonObject[], context: HistoryContext): Thinking {
  const { replay } = context.profile;
  if (replay === 'none') return {};
  const own = blocks.filter((block) => block.type === 'thinking' && isOwn(block, context));
  if (replay === 'text') {
    const words = own.map((block) => asString(block.thinking) ?? '').join('\n\n');
    return words === '' ? {} : { reasoning_content: words };
  }
  const details = own.flatMap((block) => {
    const sealed = openReasoning(asString(block.signature) ?? '');
    return asArray(parseJson(sealed?.encrypted ?? ''));
  });
  return details.length === 0 ? {} : { reasoning_details: details };
}

function isOwn(block: JsonObject, { maker }: HistoryContext): boolean {
  const envelope = openReasoning(asString(block.signature) ?? '');
  return (
    envelope !== undefined &&
    envelope.encrypted !== '' &&
    envelope.upstream === maker.upstream &&
    envelope.account === maker.account &&
    modelFamily(envelope.model) === maker.family
  );
}
