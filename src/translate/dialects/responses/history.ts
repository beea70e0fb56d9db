/**
 * `messages` → `input`. Every function call gets an output and every output has a call, because Responses rejects
 * either without the other. The bytes of older turns do not change between requests.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import type { InputContent, InputItem } from '../../../wire/responses.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { openOwnReasoning, type ReasoningOrigin } from '../../anthropic/envelope.ts';
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

const emptyOutput = '(no output)';
const missingOutput = '[no result]';
const errorPrefix = '[tool error] ';

export function inputItems(messages: readonly InboundMessage[], context: HistoryContext): InputItem[] {
  const items: InputItem[] = [];
  const pendingIds = new Set<string>();
  const callIds = new Set<string>();
  const pushMissingOutputs = (laterIds: ReadonlySet<string> = new Set()) => {
    for (const id of pendingIds) {
      if (laterIds.has(id)) continue;
      items.push({ type: 'function_call_output', call_id: id, output: missingOutput });
      pendingIds.delete(id);
    }
  };
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') {
      pushMessage(items, 'developer', inputContent(message.content, context));
    } else if (message.role === 'assistant') {
      pushMissingOutputs();
      for (const item of assistantItems(message.content, context)) {
        if (item.type === 'function_call') {
          // The client keeps one result per id; a second call with the id would have no output.
          if (callIds.has(item.call_id)) continue;
          callIds.add(item.call_id);
          pendingIds.add(item.call_id);
        }
        items.push(item);
      }
    } else {
      const laterIds =
        pendingIds.size > 0 ? resultIdsBeforeNextAssistant(messages, index + 1, context) : new Set<string>();
      pushUser(items, message.content, pendingIds, context, () => pushMissingOutputs(laterIds));
    }
  }
  pushMissingOutputs();
  return items;
}

/** Results may be spread over several user messages. */
function resultIdsBeforeNextAssistant(
  messages: readonly InboundMessage[],
  from: number,
  context: HistoryContext,
): Set<string> {
  const ids = new Set<string>();
  for (let index = from; index < messages.length && messages[index]?.role !== 'assistant'; index++) {
    const content = messages[index]?.content;
    if (content === undefined || typeof content === 'string') continue;
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
  pendingIds: Set<string>,
  context: HistoryContext,
  pushMissingOutputs: () => void,
): void {
  if (typeof content === 'string') {
    pushMissingOutputs();
    return pushMessage(items, 'user', inputContent(content, context));
  }
  const parts: InputContent[] = [];
  for (const block of content) {
    if (block.type !== 'tool_result') {
      parts.push(...inputContent([block], context));
      continue;
    }
    const callId = resultId(block, context);
    const output = outputOf(block, context);
    if (pendingIds.delete(callId)) items.push({ type: 'function_call_output', call_id: callId, output });
    else parts.push(...orphanResult(output));
  }
  pushMissingOutputs();
  pushMessage(items, 'user', parts);
}

const orphanResult = (output: string | readonly InputContent[]): InputContent[] => [
  { type: 'input_text', text: '[result of an earlier tool call]' },
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
    arguments: JSON.stringify(asObject(block.input)),
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
