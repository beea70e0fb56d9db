/** Content blocks sent to an upstream that speaks Messages. Blocks it does not support become text or are omitted. */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asObject, asString, type JsonObject, objectsOf } from '../../../wire/json.ts';
import { callInput } from '../../anthropic/call-input.ts';
import { isOwnSignature, openOwnReasoning, type ReasoningOrigin } from '../../anthropic/envelope.ts';
import { searchResultText, searchSummary } from '../../anthropic/search-summary.ts';
import type { MessagesProfile } from './profile.ts';

export interface BlockContext {
  /** The upstream's name, for notes. */
  readonly upstream: string;
  readonly profile: MessagesProfile;
  /** Whether the model accepts images; `undefined` if unknown. */
  readonly vision: boolean | undefined;
  /** The model family and account whose thinking may be replayed. */
  readonly origin: ReasoningOrigin;
  /** Keys of the thinking that the upstream has rejected before. */
  readonly rejectedReasoning: ReadonlySet<string>;
  readonly toolName: (clientName: string) => string;
  readonly toolId: (id: string) => string;
  readonly localSearchIds: ReadonlySet<string>;
  readonly warn: (message: string) => void;
}

/** Marks thinking that arrived without a signature and is sent back without one. */
export const unsignedMarker = 'unsigned';
const keyLength = 48;

/** The key under which a thinking block is remembered: the signature sent to the host, or the text without one. */
export const thinkingKey = ({ signature, thinking: text }: JsonObject): string =>
  (asString(signature) || asString(text) || '').slice(0, keyLength);

export function forwardedBlocks(block: JsonObject, context: BlockContext): JsonObject[] {
  switch (block.type) {
    case 'text':
      // Hosts reject a text block without text.
      return (asString(block.text) ?? '').trim() === '' ? [] : [block];
    case 'thinking':
      return forwardThinking(block, context);
    case 'redacted_thinking':
      return context.profile.native ? [block] : [];
    case 'tool_use':
      return [forwardCall(block, context)];
    case 'tool_result':
      return [forwardResult(block, context)];
    case 'server_tool_use':
      return context.profile.native && !context.localSearchIds.has(asString(block.id) ?? '') ? [block] : [];
    case 'web_search_tool_result':
      return context.profile.native && !isOurResult(block) ? [block] : [textBlock(searchSummary(block))];
    default:
      return context.profile.native ? [block] : convertBlock(block, context);
  }
}

function forwardThinking(block: JsonObject, context: BlockContext): JsonObject[] {
  const signature = asString(block.signature) ?? '';
  if (context.profile.native) {
    const isFromAnthropic = !isOwnSignature(signature) && signature !== '';
    return isFromAnthropic && !context.rejectedReasoning.has(thinkingKey(block)) ? [block] : [];
  }
  const envelope = openOwnReasoning(signature, context.origin);
  if (envelope === undefined) return [];
  const sentBlock = { ...block, signature: envelope.id === unsignedMarker ? '' : envelope.encrypted };
  return context.rejectedReasoning.has(thinkingKey(sentBlock)) ? [] : [sentBlock];
}

/** Returns a block that needs no change as is, so that its bytes stay the same. */
function forwardCall(block: JsonObject, { toolName, toolId, warn }: BlockContext): JsonObject {
  const [id, name] = [asString(block.id) ?? '', asString(block.name) ?? ''];
  const [sentId, sentName] = [toolId(id), toolName(name)];
  const input = callInput(block, warn);
  return sentId === id && sentName === name && input === block.input
    ? block
    : { ...block, id: sentId, name: sentName, input };
}

function forwardResult(block: JsonObject, context: BlockContext): JsonObject {
  const id = asString(block.tool_use_id) ?? '';
  const sentId = context.toolId(id);
  const named = sentId === id ? block : { ...block, tool_use_id: sentId };
  const result = block.content === null ? withoutContent(named) : named;
  if (context.profile.native || !Array.isArray(block.content)) return result;
  return { ...result, content: objectsOf(block.content).flatMap((part) => convertBlock(part, context)) };
}

const withoutContent = ({ content: _none, ...block }: JsonObject): JsonObject => block;

/** Results of a search that ccp ran elsewhere have no encrypted content from Anthropic. */
const isOurResult = (block: JsonObject): boolean =>
  Array.isArray(block.content) &&
  block.content.length > 0 &&
  block.content.every((part) => asObject(part).encrypted_content === '');

/** Ids of searches that did not run at Anthropic. */
export const ourSearches = (messages: readonly InboundMessage[]): ReadonlySet<string> =>
  new Set(
    messages.flatMap(({ content }) =>
      objectsOf(content).flatMap((block) =>
        block.type === 'web_search_tool_result' && isOurResult(block) ? [asString(block.tool_use_id) ?? ''] : [],
      ),
    ),
  );

function convertBlock(block: JsonObject, context: BlockContext): JsonObject[] {
  const { images, files } = context.profile;
  switch (block.type) {
    case 'text':
      return [block];
    case 'image':
      if (images && context.vision !== false && asObject(block.source).type === 'base64') return [block];
      return [note('image', context, images && context.vision !== false ? undefined : 'the model has no vision')];
    case 'document':
      return convertDocument(block, files, context);
    case 'search_result':
      return [textBlock(searchResultText(block))];
    case 'tool_reference':
      return [textBlock(`[tool loaded: ${asString(block.tool_name) ?? 'unknown'}]`)];
    default:
      return [note(`${String(block.type)} block`, context)];
  }
}

function convertDocument(block: JsonObject, files: boolean, context: BlockContext): JsonObject[] {
  const source = asObject(block.source);
  const head = [asString(block.title), asString(block.context)]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
  if (source.type === 'text') return [textBlock(`<document ${head}>\n${asString(source.data) ?? ''}\n</document>`)];
  if (source.type === 'content') {
    const inner = typeof source.content === 'string' ? [textBlock(source.content)] : objectsOf(source.content);
    return [
      ...(head === '' ? [] : [textBlock(`[document: ${head}]`)]),
      ...inner.flatMap((part) => convertBlock(part, context)),
    ];
  }
  if (files && source.type === 'base64') return [block];
  const url = asString(source.url);
  const place = url === undefined ? '' : ` at ${url}`;
  return [note(`${head === '' ? 'document' : `document "${head}"`}${place}`, context)];
}

export const textBlock = (text: string): JsonObject => ({ type: 'text', text });

/** Content is never dropped silently: the model reads the note, the user sees the warning. */
function note(content: string, context: BlockContext, reason?: string): JsonObject {
  const text = `[${content} omitted: ${reason ?? `${context.upstream} does not support it`}]`;
  context.warn(text);
  return textBlock(text);
}
