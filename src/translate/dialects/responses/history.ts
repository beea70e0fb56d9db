/**
 * `messages` → `input`. Calls and their outputs are paired both ways, because Responses rejects an orphan of either
 * kind; the bytes of older turns never change from one request to the next.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import type { InputContent, InputItem } from '../../../wire/responses.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { modelFamily, openReasoning } from '../../anthropic/envelope.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, inputContent } from './content.ts';

export interface HistoryContext extends ContentContext {
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** Whose reasoning may be replayed here. */
  readonly maker: { readonly upstream: string; readonly family: string; readonly account: string };
  /** Reasoning the upstream refused before, by its id. */
  readonly rejectedReasoning: ReadonlySet<string>;
}

const emptyOutput = '(no output)';
const missingOutput = '[no result]';
const errorMark = '[tool error] ';

export function inputItems(messages: readonly InboundMessage[], context: HistoryContext): InputItem[] {
  const items: InputItem[] = [];
  const pending = new Set<string>();
  const calls = new Set<string>();
  const answerPending = (stillToCome: ReadonlySet<string> = new Set()) => {
    for (const id of pending) {
      if (stillToCome.has(id)) continue;
      items.push({ type: 'function_call_output', call_id: id, output: missingOutput });
      pending.delete(id);
    }
  };
  for (const [index, message] of messages.entries()) {
    if (message.role === 'system') {
      pushMessage(items, 'developer', inputContent(message.content, context));
    } else if (message.role === 'assistant') {
      answerPending();
      for (const item of assistantItems(message.content, context)) {
        if (item.type === 'function_call') {
          // The client keeps one result an id; a second call of it would stay without.
          if (calls.has(item.call_id)) continue;
          calls.add(item.call_id);
          pending.add(item.call_id);
        }
        items.push(item);
      }
    } else {
      const later = pending.size > 0 ? resultsBeforeNextAnswer(messages, index + 1, context) : new Set<string>();
      pushUser(items, message.content, pending, context, () => answerPending(later));
    }
  }
  answerPending();
  return items;
}

/** Results may come spread over several messages. */
function resultsBeforeNextAnswer(
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

/** Results first, then the words: an output must follow its call before anything else is said. */
function pushUser(
  items: InputItem[],
  content: InboundMessage['content'],
  pending: Set<string>,
  context: HistoryContext,
  answerPending: () => void,
): void {
  if (typeof content === 'string') {
    answerPending();
    return pushMessage(items, 'user', inputContent(content, context));
  }
  const words: InputContent[] = [];
  for (const block of content) {
    if (block.type !== 'tool_result') {
      words.push(...inputContent([block], context));
      continue;
    }
    const callId = resultId(block, context);
    const output = outputOf(block, context);
    if (pending.delete(callId)) items.push({ type: 'function_call_output', call_id: callId, output });
    else words.push(...orphanResult(output));
  }
  answerPending();
  pushMessage(items, 'user', words);
}

const orphanResult = (output: string | readonly InputContent[]): InputContent[] => [
  { type: 'input_text', text: '[result of an earlier tool call]' },
  ...(typeof output === 'string' ? [{ type: 'input_text' as const, text: output }] : output),
];

function outputOf(block: JsonObject, context: HistoryContext): string | readonly InputContent[] {
  const mark = block.is_error === true ? errorMark : '';
  const blocks =
    typeof block.content === 'string'
      ? [{ type: 'text', text: block.content }]
      : asArray(block.content).filter(isObject);
  const parts = inputContent(blocks, context);
  if (parts.every((part) => part.type === 'input_text')) {
    const text = parts.map((part) => part.text).join('\n');
    return mark + (text === '' ? emptyOutput : text);
  }
  return mark === '' ? parts : [{ type: 'input_text', text: mark.trim() }, ...parts];
}

function assistantItems(content: InboundMessage['content'], context: HistoryContext): InputItem[] {
  if (typeof content === 'string') return content === '' ? [] : [said(content)];
  return content.flatMap((block): InputItem[] => {
    if (block.type === 'text') {
      const text = asString(block.text) ?? '';
      return text === '' ? [] : [said(text)];
    }
    if (block.type === 'thinking') return reasoningItems(block, context);
    if (block.type === 'tool_use') return [callItem(block, context)];
    if (block.type === 'web_search_tool_result') return [said(searchSummary(block))];
    // Foreign reasoning belongs to its maker; what a hosted tool was asked stands beside what it found.
    if (block.type === 'redacted_thinking' || block.type === 'server_tool_use') return [];
    const note = `[${String(block.type)} of an earlier answer omitted: ${context.upstream} cannot carry it]`;
    context.warn(note);
    return [said(note)];
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

const said = (text: string): InputItem => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});

function reasoningItems(block: JsonObject, context: HistoryContext): InputItem[] {
  const envelope = openReasoning(asString(block.signature) ?? '');
  const { maker } = context;
  if (envelope === undefined || envelope.encrypted === '' || context.rejectedReasoning.has(envelope.id)) return [];
  if (envelope.upstream !== maker.upstream || envelope.account !== maker.account) return [];
  if (modelFamily(envelope.model) !== maker.family) return [];
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
