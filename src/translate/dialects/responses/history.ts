/**
 * `messages` → `input`. Every function call gets an output and every output has a call, because Responses rejects
 * either without the other. The bytes of older turns do not change between requests.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asArray, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import type { InputContent, InputItem } from '../../../wire/responses.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { callInput } from '../../anthropic/call-input.ts';
import { openOwnReasoning, type ReasoningOrigin } from '../../anthropic/envelope.ts';
import {
  emptyMessage,
  emptyOutput,
  errorPrefix,
  missingOutput,
  orphanedResult,
} from '../../anthropic/history-notes.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, inputContent } from './content.ts';

export interface HistoryContext extends ContentContext {
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** Only reasoning from this upstream, model family and account is replayed. */
  readonly origin: ReasoningOrigin;
  /** Ids of reasoning items that the upstream rejected earlier. */
  readonly rejectedReasoning: ReadonlySet<string>;
}

export function inputItems(messages: readonly InboundMessage[], context: HistoryContext): InputItem[] {
  const items: InputItem[] = [];
  const usedIds = new Set<string>();
  /** The calls that wait for their output: the id that results reference, and the id that is sent. */
  let pending = new Map<string, string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') pushMessage(items, 'developer', inputContent(message.content, context));
    else if (message.role === 'user') pushUser(items, message.content, pending, context);
    else {
      pending = pushAssistant(items, message.content, usedIds, context);
      pushMissingOutputs(items, pending, resultIdsFrom(messages, index + 1, context));
    }
  }
  if (items.length === 0) pushMessage(items, 'user', [{ type: 'input_text', text: emptyMessage }]);
  return items;
}

/**
 * A call whose id an earlier message used gets a new id, as does its result. A repeated id within one message is one
 * call, because the client keeps one result per id.
 * @returns the calls by the id that their results reference.
 */
function pushAssistant(
  items: InputItem[],
  content: InboundMessage['content'],
  usedIds: Set<string>,
  context: HistoryContext,
): Map<string, string> {
  const calls = new Map<string, string>();
  for (const item of assistantItems(content, context)) {
    if (item.type !== 'function_call') {
      items.push(item);
      continue;
    }
    const originalId = item.call_id;
    if (calls.has(originalId)) continue;
    const id = usedIds.has(originalId) ? context.legalId(`${originalId}#${usedIds.size}`) : originalId;
    usedIds.add(id);
    calls.set(originalId, id);
    items.push(id === originalId ? item : { ...item, call_id: id });
  }
  return calls;
}

function pushMissingOutputs(items: InputItem[], pending: Map<string, string>, resultIds: ReadonlySet<string>): void {
  for (const [originalId, id] of pending) {
    if (resultIds.has(originalId)) continue;
    items.push({ type: 'function_call_output', call_id: id, output: missingOutput });
    pending.delete(originalId);
  }
}

/** The ids of the results up to the next assistant message. They may be spread over several user messages. */
function resultIdsFrom(messages: readonly InboundMessage[], from: number, context: HistoryContext): Set<string> {
  const ids = new Set<string>();
  for (let index = from; index < messages.length && messages[index]?.role !== 'assistant'; index++) {
    const content = messages[index]?.content;
    if (messages[index]?.role !== 'user' || content === undefined || typeof content === 'string') continue;
    for (const block of content) if (block.type === 'tool_result') ids.add(resultId(block, context));
  }
  return ids;
}

function pushMessage(items: InputItem[], role: 'user' | 'developer', content: InputContent[]): void {
  if (content.length > 0) items.push({ type: 'message', role, content });
}

/** Adds the outputs before the other content: an output must directly follow its call. */
function pushUser(
  items: InputItem[],
  content: InboundMessage['content'],
  pending: Map<string, string>,
  context: HistoryContext,
): void {
  if (typeof content === 'string') return pushMessage(items, 'user', inputContent(content, context));
  const parts: InputContent[] = [];
  for (const block of content) {
    if (block.type !== 'tool_result') {
      parts.push(...inputContent([block], context));
      continue;
    }
    const originalId = resultId(block, context);
    const callId = pending.get(originalId);
    const output = outputOf(block, context);
    pending.delete(originalId);
    if (callId !== undefined) items.push({ type: 'function_call_output', call_id: callId, output });
    else parts.push(...orphanResult(output));
  }
  pushMessage(items, 'user', parts);
}

const orphanResult = (output: string | readonly InputContent[]): InputContent[] => [
  { type: 'input_text', text: orphanedResult },
  ...(typeof output === 'string' ? [{ type: 'input_text' as const, text: output }] : output),
];

function outputOf(block: JsonObject, context: HistoryContext): string | readonly InputContent[] {
  const prefix = block.is_error === true ? errorPrefix : '';
  const blocks =
    typeof block.content === 'string'
      ? [{ type: 'text', text: block.content }]
      : asArray(block.content).filter(isObject);
  const parts = inputContent(blocks, context);
  if (parts.every((part) => part.type === 'input_text')) {
    const text = parts.map((part) => part.text).join('\n');
    return prefix + (text === '' ? emptyOutput : text);
  }
  return prefix === '' ? parts : [{ type: 'input_text', text: prefix.trim() }, ...parts];
}

function assistantItems(content: InboundMessage['content'], context: HistoryContext): InputItem[] {
  if (typeof content === 'string') return content === '' ? [] : [assistantMessage(content)];
  return content.flatMap((block): InputItem[] => {
    if (block.type === 'text') {
      const text = asString(block.text) ?? '';
      return text === '' ? [] : [assistantMessage(text)];
    }
    if (block.type === 'thinking') return reasoningItems(block, context);
    if (block.type === 'tool_use') return [callItem(block, context)];
    if (block.type === 'web_search_tool_result') return [assistantMessage(searchSummary(block))];
    // Only Anthropic can read redacted thinking. The input of a hosted tool is omitted; its results are sent.
    if (block.type === 'redacted_thinking' || block.type === 'server_tool_use') return [];
    const note = `[${String(block.type)} of an earlier answer omitted: ${context.upstream} does not support it]`;
    context.warn(note);
    return [assistantMessage(note)];
  });
}

function callItem(block: JsonObject, context: HistoryContext): InputItem {
  const { callId, namespace } = callIdOf(asString(block.id) ?? '');
  return {
    type: 'function_call',
    call_id: context.legalId(callId),
    name: context.toolName(asString(block.name) ?? ''),
    arguments: JSON.stringify(callInput(block, context.warn)),
    ...(namespace === undefined || context.profile.toolsForm === 'flat' ? {} : { namespace }),
  };
}

const resultId = (block: JsonObject, context: HistoryContext): string =>
  context.legalId(callIdOf(asString(block.tool_use_id) ?? '').callId);

const assistantMessage = (text: string): InputItem => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});

function reasoningItems(block: JsonObject, context: HistoryContext): InputItem[] {
  const envelope = openOwnReasoning(asString(block.signature) ?? '', context.origin);
  if (envelope === undefined || context.rejectedReasoning.has(envelope.id)) return [];
  const text = asString(block.thinking) ?? '';
  return [
    {
      type: 'reasoning',
      id: envelope.id,
      summary: text === '' ? [] : [{ type: 'summary_text', text }],
      encrypted_content: envelope.encrypted,
    },
  ];
}
