/** `messages` as another host takes them: paired calls, no foreign thinking, no system message in the middle. */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asString, type JsonObject } from '../../../wire/json.ts';
import { type BlockContext, forwardedBlocks, words } from './content.ts';

const missingOutput = '[no result]';

interface Sent {
  readonly role: string;
  readonly content: string | readonly JsonObject[];
}

const emptyMessage = '(empty message)';

/** A message in which nothing had to change is the client's own. */
export function forwardedMessages(messages: readonly InboundMessage[], context: BlockContext): Sent[] {
  const out: Sent[] = [];
  let pending: string[] = [];
  let group: Sent[] = [];
  const endGroup = () => {
    for (const message of paired(group, pending)) push(out, message);
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

/** The protocol wants the roles to alternate where something was left out between two. */
function push(out: Sent[], message: Sent): void {
  const last = out.at(-1);
  if (last === undefined || last.role !== message.role || message.role === 'system') return void out.push(message);
  out[out.length - 1] = { role: last.role, content: [...asBlocks(last.content), ...asBlocks(message.content)] };
}

function forwarded(message: InboundMessage, context: BlockContext): Sent | undefined {
  const { role, content } = message;
  if (role === 'system' && !context.profile.native) {
    const blocks = asBlocks(content).flatMap((block) => forwardedBlocks(block, context));
    const text = blocks.map((block) => asString(block.text) ?? '').join('\n');
    const shown = blocks.filter(({ type }) => type !== 'text');
    return { role: 'user', content: [words(`<system-reminder>\n${text}\n</system-reminder>`), ...shown] };
  }
  if (typeof content === 'string') return content === '' ? undefined : message;
  const blocks = content.flatMap((block) => forwardedBlocks(block, context));
  if (blocks.length === 0) return undefined;
  const same = blocks.length === content.length && blocks.every((block, index) => block === content[index]);
  return same ? message : { role, content: blocks };
}

/**
 * What follows an answer: its results, first and once each, then the words. Results of calls that nobody made become
 * words; calls that nobody answered get an answer.
 */
function paired(group: readonly Sent[], pending: readonly string[]): readonly Sent[] {
  const results = group.flatMap(({ content }) => idsIn(content, 'tool_result', 'tool_use_id'));
  const first = group[0]?.role === 'user' ? idsIn(group[0].content, 'tool_result', 'tool_use_id') : [];
  const sound = results.length === pending.length && first.length === pending.length;
  if (sound && pending.every((id) => first.includes(id))) return group;
  const found = new Map<string, JsonObject>();
  const rest = group.map(({ role, content }) => ({ role, content: asBlocks(content).flatMap((block) => left(block)) }));
  const head = pending.map((id) => found.get(id) ?? noResult(id));
  return [
    ...(head.length === 0 ? [] : [{ role: 'user', content: head }]),
    ...rest.filter(({ content }) => content.length > 0),
  ];

  function left(block: JsonObject): JsonObject[] {
    if (block.type !== 'tool_result') return [block];
    const id = asString(block.tool_use_id) ?? '';
    if (!pending.includes(id) || found.has(id)) return orphanWords(block);
    found.set(id, block);
    return [];
  }
}

function orphanWords(block: JsonObject): JsonObject[] {
  const inner = typeof block.content === 'string' ? [words(block.content)] : asBlocks(block.content);
  return [words('[result of an earlier tool call]'), ...inner];
}

const noResult = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: missingOutput });

const idsIn = (content: Sent['content'], type: string, member: string): string[] =>
  typeof content === 'string'
    ? []
    : content.flatMap((block) => (block.type === type ? [asString(block[member]) ?? ''] : []));

const asBlocks = (content: unknown): readonly JsonObject[] =>
  typeof content === 'string' ? [words(content)] : Array.isArray(content) ? content : [];
