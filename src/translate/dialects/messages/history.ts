/** `messages` as the upstream accepts them: paired calls, no foreign thinking, system messages as user text. */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asString, type JsonObject } from '../../../wire/json.ts';
import { type BlockContext, forwardedBlocks, textBlock } from './content.ts';

const missingOutput = '[no result]';

interface Sent {
  readonly role: string;
  readonly content: string | readonly JsonObject[];
}

const emptyMessage = '(empty message)';

/** Messages that need no change are returned as is. */
export function forwardedMessages(messages: readonly InboundMessage[], context: BlockContext): Sent[] {
  const out: Sent[] = [];
  let pending: string[] = [];
  let group: Sent[] = [];
  const endGroup = () => {
    for (const message of pairResults(group, pending)) push(out, message);
    group = [];
    pending = [];
  };
  for (const message of messages) {
    const sent = forwarded(message, context);
    if (sent === undefined) continue;
    if (sent.role !== 'assistant') {
      group.push(sent);
      continue;
    }
    endGroup();
    pending = idsIn(sent.content, 'tool_use', 'id');
    push(out, sent);
  }
  endGroup();
  return out.length > 0 ? out : [{ role: 'user', content: emptyMessage }];
}

/** Merges consecutive messages of one role: roles must alternate, even if a message between them was omitted. */
function push(out: Sent[], message: Sent): void {
  const last = out.at(-1);
  if (last === undefined || last.role !== message.role || message.role === 'system') return void out.push(message);
  out[out.length - 1] = { role: last.role, content: [...asBlocks(last.content), ...asBlocks(message.content)] };
}

function forwarded(message: InboundMessage, context: BlockContext): Sent | undefined {
  const { role, content } = message;
  if (role === 'system' && !context.profile.native) {
    const blocks = asBlocks(content).flatMap((block) => forwardedBlocks(block, context));
    const text = blocks.flatMap((block) => (block.type === 'text' ? [asString(block.text) ?? ''] : [])).join('\n');
    const otherBlocks = blocks.filter(({ type }) => type !== 'text');
    return { role: 'user', content: [textBlock(`<system-reminder>\n${text}\n</system-reminder>`), ...otherBlocks] };
  }
  if (typeof content === 'string') return content === '' ? undefined : message;
  const blocks = content.flatMap((block) => forwardedBlocks(block, context));
  if (blocks.length === 0) return undefined;
  const isUnchanged = blocks.length === content.length && blocks.every((block, index) => block === content[index]);
  return isUnchanged ? message : { role, content: blocks };
}

/**
 * The messages after a response: the tool results of its calls, once each, then the other content. Results without a
 * call become text. Calls without a result get a placeholder result.
 */
function pairResults(group: readonly Sent[], pending: readonly string[]): readonly Sent[] {
  const results = group.flatMap(({ content }) => idsIn(content, 'tool_result', 'tool_use_id'));
  const firstResults = group[0]?.role === 'user' ? idsIn(group[0].content, 'tool_result', 'tool_use_id') : [];
  const isPaired = results.length === pending.length && firstResults.length === pending.length;
  if (isPaired && pending.every((id) => firstResults.includes(id))) return group;
  const resultsById = new Map<string, JsonObject>();
  const otherMessages = group.map(({ role, content }) => ({
    role,
    content: asBlocks(content).flatMap((block) => takeResult(block)),
  }));
  const orderedResults = pending.map((id) => resultsById.get(id) ?? noResult(id));
  return [
    ...(orderedResults.length === 0 ? [] : [{ role: 'user', content: orderedResults }]),
    ...otherMessages.filter(({ content }) => content.length > 0),
  ];

  function takeResult(block: JsonObject): JsonObject[] {
    if (block.type !== 'tool_result') return [block];
    const id = asString(block.tool_use_id) ?? '';
    if (!pending.includes(id) || resultsById.has(id)) return orphanText(block);
    resultsById.set(id, block);
    return [];
  }
}

function orphanText(block: JsonObject): JsonObject[] {
  const inner = typeof block.content === 'string' ? [textBlock(block.content)] : asBlocks(block.content);
  return [textBlock('[result of an earlier tool call]'), ...inner];
}

const noResult = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: missingOutput });

const idsIn = (content: Sent['content'], type: string, member: string): string[] =>
  typeof content === 'string'
    ? []
    : content.flatMap((block) => (block.type === type ? [asString(block[member]) ?? ''] : []));

const asBlocks = (content: unknown): readonly JsonObject[] =>
  typeof content === 'string' ? [textBlock(content)] : Array.isArray(content) ? content : [];
