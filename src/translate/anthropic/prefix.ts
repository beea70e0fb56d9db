/**
 * The prompt as a list of blocks, in the order upstreams cache it: tools, system, messages. Two of them tell why a
 * cache was missed. Pure; what differs between requests without changing the prompt is left out.
 */
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asString, type JsonObject, objectsOf } from '../../wire/json.ts';
import { systemBlocks } from './system.ts';

export interface PrefixBlock {
  /** `tools[3] (Bash)`, `system[0]`, `messages[12]`. */
  readonly label: string;
  readonly hash: string;
}

export interface PrefixChange {
  readonly label: string;
  readonly how: 'changed' | 'added' | 'removed' | 'moved';
}

export function prefixOf({ tools, system, messages }: MessagesRequest, hash: Hash): PrefixBlock[] {
  const block = (label: string, value: unknown): PrefixBlock => ({ label, hash: hash(JSON.stringify(value)) });
  return [
    ...tools.map((tool, index) => block(`tools[${index}] (${toolName(tool)})`, unmarked(tool))),
    ...systemBlocks(system).map((one, index) => block(`system[${index}]`, unmarked(one))),
    ...messages.map(({ role, content }, index) => block(`messages[${index}]`, [role, asBlocks(content).map(unmarked)])),
  ];
}

const toolName = ({ name, type }: JsonObject): string => asString(name) ?? asString(type) ?? '?';

/** A string is the same prompt as its one text block. */
const asBlocks = (content: string | readonly JsonObject[]): readonly JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

/** Cache marks move from turn to turn. */
const unmarked = ({ cache_control: _mark, ...block }: JsonObject): JsonObject =>
  block.type === 'tool_result' && block.content !== undefined
    ? {
        ...block,
        content: (typeof block.content === 'string' ? asBlocks(block.content) : objectsOf(block.content)).map(unmarked),
      }
    : block;

/** The first block of the earlier prompt that the later one does not begin with; `undefined` when it begins with all. */
export function firstChange(before: readonly PrefixBlock[], now: readonly PrefixBlock[]): PrefixChange | undefined {
  const at = before.findIndex(({ hash }, index) => now[index]?.hash !== hash);
  const [old, fresh] = [before[at], now[at]];
  if (old === undefined) return undefined;
  if (fresh === undefined) return { label: old.label, how: 'removed' };
  // A list that grew or shrank pushes what stands behind it.
  if (section(old) !== section(fresh))
    return sections.indexOf(section(fresh)) < sections.indexOf(section(old))
      ? { label: fresh.label, how: 'added' }
      : { label: old.label, how: 'removed' };
  const later = (blocks: readonly PrefixBlock[], hash: string) => blocks.slice(at + 1).some((one) => one.hash === hash);
  const [oldStays, freshWasThere] = [later(now, old.hash), later(before, fresh.hash)];
  if (oldStays && freshWasThere) return { label: fresh.label, how: 'moved' };
  if (oldStays) return { label: fresh.label, how: 'added' };
  if (freshWasThere) return { label: old.label, how: 'removed' };
  return { label: fresh.label, how: 'changed' };
}

const sections = ['tools', 'system', 'messages'];

const section = ({ label }: PrefixBlock): string => label.slice(0, label.indexOf('['));
