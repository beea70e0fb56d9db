/** `messages` as the upstream accepts them: paired calls, no foreign thinking, system messages as user text. */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asString, type JsonObject } from '../../../wire/json.ts';
import { emptyMessage, missingOutput, orphanedResult } from '../../anthropic/history-notes.ts';
import { type BlockContext, forwardedBlocks, textBlock } from './content.ts';

interface Sent {
  readonly role: string;
  readonly content: string | readonly JsonObject[];
}

/** Messages that need no change are returned as is. */
export function forwardedMessages(messages: readonly InboundMessage[], context: BlockContext): Sent[] {
  const out: Sent[] = [];
  const usedIds = new Set<string>();
  /** The calls of the last assistant message: the id that results reference, and the id that is sent. */
  let pending: ReadonlyMap<string, string> = new Map();
  let group: Sent[] = [];
  const endGroup = () => {
    for (const message of pairResults(group, pending)) push(out, message);
    group = [];
    pending = new Map();
  };
  for (const message of messages) {
    const sent = forwarded(message, context);
    if (sent === undefined) continue;
    if (sent.role !== 'assistant') {
      group.push(sent);
      continue;
    }
    endGroup();
    const unique = withUniqueIds(sent, usedIds, context);
    pending = unique.calls;
    push(out, unique.message);
  }
  endGroup();
  return out.length > 0 ? out.map(asMessage) : [{ role: 'user', content: emptyMessage }];
}

/**
 * A call whose id an earlier message used gets a new id, because the upstream requires unique ids. A repeated id within
 * one message is one call.
 */
function withUniqueIds(
  message: Sent,
  usedIds: Set<string>,
  { toolId }: BlockContext,
): { message: Sent; calls: ReadonlyMap<string, string> } {
  const calls = new Map<string, string>();
  const content: JsonObject[] = [];
  let isChanged = false;
  for (const block of asBlocks(message.content)) {
    if (block.type !== 'tool_use') {
      content.push(block);
      continue;
    }
    const originalId = asString(block.id) ?? '';
    const isRepeated = calls.has(originalId);
    const id = usedIds.has(originalId) ? toolId(`${originalId}#${usedIds.size}`) : originalId;
    isChanged ||= isRepeated || id !== originalId;
    if (isRepeated) continue;
    usedIds.add(id);
    calls.set(originalId, id);
    content.push(id === originalId ? block : { ...block, id });
  }
  return { message: isChanged ? { role: message.role, content } : message, calls };
}

/** Messages of one role that follow each other are collected here, and joined at the end. */
interface Joined extends Sent {
  readonly joined: JsonObject[];
}

/** Merges consecutive messages of one role: roles must alternate, even if a message between them was omitted. */
function push(out: Sent[], message: Sent): void {
  const last = out.at(-1);
  if (last === undefined || last.role !== message.role || message.role === 'system') return void out.push(message);
  const joined = isJoined(last) ? last.joined : [...asBlocks(last.content)];
  for (const block of asBlocks(message.content)) joined.push(block);
  const merged: Joined = { role: last.role, content: joined, joined };
  out[out.length - 1] = merged;
}

const isJoined = (message: Sent): message is Joined => 'joined' in message;

const asMessage = (message: Sent): Sent =>
  isJoined(message) ? { role: message.role, content: message.joined } : message;

function forwarded(message: InboundMessage, context: BlockContext): Sent | undefined {
  const { role, content } = message;
  if (role === 'system' && !context.profile.native) {
    const blocks = asBlocks(content).flatMap((block) => forwardedBlocks(block, context));
    const text = blocks.flatMap((block) => (block.type === 'text' ? [asString(block.text) ?? ''] : [])).join('\n');
    const otherBlocks = blocks.filter(({ type }) => type !== 'text');
    return { role: 'user', content: [textBlock(`<system-reminder>\n${text}\n</system-reminder>`), ...otherBlocks] };
  }
  if (typeof content === 'string') return content === '' ? undefined : message;
  const blocks: JsonObject[] = [];
  for (const block of content) blocks.push(...forwardedBlocks(block, context));
  if (blocks.length === 0) return undefined;
  const isUnchanged = blocks.length === content.length && blocks.every((block, index) => block === content[index]);
  return isUnchanged ? message : { role, content: blocks };
}

/**
 * The messages after a response: the tool results of its calls, once each, then the other content. Results without a
 * call, and further results of one, become text. Calls without a result get a placeholder result.
 */
function pairResults(group: readonly Sent[], pending: ReadonlyMap<string, string>): readonly Sent[] {
  if (isPaired(group, pending)) return group;
  const results = new Map<string, JsonObject>();
  const otherMessages = group.map(({ role, content }) => ({
    role,
    content: asBlocks(content).flatMap((block) => takeResult(block)),
  }));
  const orderedResults = [...pending].map(([originalId, id]) => {
    const block = results.get(originalId);
    return block === undefined ? noResult(id) : id === originalId ? block : { ...block, tool_use_id: id };
  });
  return [
    ...(orderedResults.length === 0 ? [] : [{ role: 'user', content: orderedResults }]),
    ...otherMessages.filter(({ content }) => content.length > 0),
  ];

  function takeResult(block: JsonObject): JsonObject[] {
    if (block.type !== 'tool_result') return [block];
    const id = asString(block.tool_use_id) ?? '';
    if (!pending.has(id) || results.has(id)) return orphanText(block);
    results.set(id, block);
    return [];
  }
}

/** Whether the first message begins with one result of each call, and there are no others. */
function isPaired(group: readonly Sent[], pending: ReadonlyMap<string, string>): boolean {
  const results = new Set<string>();
  for (const [index, { role, content }] of group.entries())
    for (const [position, block] of asBlocks(content).entries()) {
      if (block.type !== 'tool_result') continue;
      const id = asString(block.tool_use_id) ?? '';
      const isInPlace = index === 0 && role === 'user' && position === results.size;
      if (!isInPlace || pending.get(id) !== id || results.has(id)) return false;
      results.add(id);
    }
  return results.size === pending.size;
}

function orphanText(block: JsonObject): JsonObject[] {
  const inner = typeof block.content === 'string' ? [textBlock(block.content)] : asBlocks(block.content);
  return [textBlock(orphanedResult), ...inner];
}

const noResult = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: missingOutput });

const asBlocks = (content: unknown): readonly JsonObject[] =>
  typeof content === 'string' ? [textBlock(content)] : Array.isArray(content) ? content : [];
