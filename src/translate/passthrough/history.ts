/** `messages` as another host takes them: paired calls, no foreign thinking, no system message in the middle. */
import type { InboundMessage } from '../../wire/anthropic.ts';
import { asString, type JsonObject } from '../../wire/json.ts';
import { type BlockContext, forwardedBlocks, words } from './blocks.ts';

const missingOutput = '[no result]';

interface Sent {
  readonly role: string;
  readonly content: string | readonly JsonObject[];
}

/** A message in which nothing had to change is the client's own. */
export function forwardedMessages(messages: readonly InboundMessage[], context: BlockContext): Sent[] {
  const out: Sent[] = [];
  let pending: string[] = [];
  for (const message of messages) {
    const sent = forwarded(message, context);
    if (sent === undefined) continue;
    if (sent.role === 'assistant') {
      if (pending.length > 0) out.push({ role: 'user', content: pending.map(noResult) });
      pending = idsIn(sent.content, 'tool_use', 'id');
      push(out, sent);
      continue;
    }
    if (sent.role === 'system') {
      push(out, sent);
      continue;
    }
    const paired = pairResults(sent, pending);
    pending = [];
    push(out, paired);
  }
  if (pending.length > 0) push(out, { role: 'user', content: pending.map(noResult) });
  return out;
}

/** The protocol wants the roles to alternate where something was left out between two. */
function push(out: Sent[], message: Sent): void {
  const last = out.at(-1);
  if (last === undefined || last.role !== message.role || message.role === 'system') return void out.push(message);
  out[out.length - 1] = { role: last.role, content: [...asBlocks(last.content), ...asBlocks(message.content)] };
}

function forwarded(message: InboundMessage, context: BlockContext): Sent | undefined {
  const { role, content } = message;
  if (role === 'system' && !context.profile.quirks.native) {
    const text = asBlocks(content)
      .map((block) => asString(block.text) ?? '')
      .join('\n');
    return { role: 'user', content: [words(`<system-reminder>\n${text}\n</system-reminder>`)] };
  }
  if (typeof content === 'string') return content === '' ? undefined : message;
  const blocks = content.flatMap((block) => forwardedBlocks(block, context));
  if (blocks.length === 0) return undefined;
  const same = blocks.length === content.length && blocks.every((block, index) => block === content[index]);
  return same ? message : { role, content: blocks };
}

/** Results of calls that nobody made become words; calls that nobody answered get an answer. */
function pairResults(message: Sent, pending: readonly string[]): Sent {
  if (typeof message.content === 'string')
    return pending.length === 0 ? message : { ...message, content: [...pending.map(noResult), words(message.content)] };
  const answered = new Set(idsIn(message.content, 'tool_result', 'tool_use_id'));
  const missing = pending.filter((id) => !answered.has(id));
  const orphan = [...answered].some((id) => !pending.includes(id));
  if (missing.length === 0 && !orphan) return message;
  const seen = new Set<string>();
  const kept = message.content.flatMap((block): JsonObject[] => {
    if (block.type !== 'tool_result') return [block];
    const id = asString(block.tool_use_id) ?? '';
    if (!pending.includes(id) || seen.has(id)) return orphanWords(block);
    seen.add(id);
    return [block];
  });
  return { ...message, content: [...missing.map(noResult), ...kept] };
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
