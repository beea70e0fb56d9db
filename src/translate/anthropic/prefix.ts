/**
 * The prompt as a list of blocks, in the order in which upstreams cache it: tools, system, messages. Comparing two
 * lists shows why a cache was missed. Pure. Differences between requests that do not change the prompt are omitted.
 */
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asString, type JsonObject, objectsOf } from '../../wire/json.ts';
import { systemBlocks } from './system.ts';

export interface PrefixBlock {
  /** For example `tools[3] (Bash)`, `system[0]` or `messages[12]`. */
  readonly label: string;
  readonly hash: string;
}

export interface PrefixChange {
  readonly label: string;
  readonly how: 'changed' | 'added' | 'removed' | 'moved';
}

export const prefixOf = (request: MessagesRequest, hash: Hash): PrefixBlock[] =>
  [...prefixParts(request)].map((part) => prefixBlock(part, hash));

/** A block before it is hashed. Hashing is the expensive part. */
export interface PrefixPart {
  readonly label: string;
  readonly value: () => unknown;
}

export function* prefixParts({ tools, system, messages }: MessagesRequest): Generator<PrefixPart> {
  for (const [index, tool] of tools.entries())
    yield { label: `tools[${index}] (${toolName(tool)})`, value: () => withoutCacheMark(tool) };
  for (const [index, one] of systemBlocks(system).entries())
    yield { label: `system[${index}]`, value: () => withoutCacheMark(one) };
  for (const [index, { role, content }] of messages.entries())
    yield { label: `messages[${index}]`, value: () => [role, asBlocks(content).map(withoutCacheMark)] };
}

export const prefixBlock = ({ label, value }: PrefixPart, hash: Hash): PrefixBlock => ({
  label,
  hash: hash(JSON.stringify(value())),
});

const toolName = ({ name, type }: JsonObject): string => asString(name) ?? asString(type) ?? '?';

/** A string is the same prompt as a single text block. */
const asBlocks = (content: string | readonly JsonObject[]): readonly JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

/** Removes cache marks, which move from turn to turn. */
const withoutCacheMark = ({ cache_control: _mark, ...block }: JsonObject): JsonObject =>
  block.type === 'tool_result' && block.content !== undefined
    ? {
        ...block,
        content: (typeof block.content === 'string' ? asBlocks(block.content) : objectsOf(block.content)).map(
          withoutCacheMark,
        ),
      }
    : block;

/** The first block in which the later prompt differs; `undefined` if it starts with the whole earlier prompt. */
export function firstChange(earlier: readonly PrefixBlock[], later: readonly PrefixBlock[]): PrefixChange | undefined {
  const changedIndex = earlier.findIndex(({ hash }, index) => later[index]?.hash !== hash);
  const [oldBlock, newBlock] = [earlier[changedIndex], later[changedIndex]];
  if (oldBlock === undefined) return undefined;
  if (newBlock === undefined) return { label: oldBlock.label, how: 'removed' };
  // A list that grew or shrank shifts the blocks after it.
  if (section(oldBlock) !== section(newBlock))
    return sections.indexOf(section(newBlock)) < sections.indexOf(section(oldBlock))
      ? { label: newBlock.label, how: 'added' }
      : { label: oldBlock.label, how: 'removed' };
  const occursAfter = (blocks: readonly PrefixBlock[], hash: string) =>
    blocks.slice(changedIndex + 1).some((one) => one.hash === hash);
  const [isOldKept, isNewMoved] = [occursAfter(later, oldBlock.hash), occursAfter(earlier, newBlock.hash)];
  if (isOldKept && isNewMoved) return { label: newBlock.label, how: 'moved' };
  if (isOldKept) return { label: newBlock.label, how: 'added' };
  if (isNewMoved) return { label: oldBlock.label, how: 'removed' };
  return { label: newBlock.label, how: 'changed' };
}

const sections = ['tools', 'system', 'messages'];

const section = ({ label }: PrefixBlock): string => label.slice(0, label.indexOf('['));
