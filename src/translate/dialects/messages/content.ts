/** Content blocks on their way to another host that speaks Messages: what is not its own becomes words or is left out. */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import { asObject, asString, type JsonObject, objectsOf } from '../../../wire/json.ts';
import { modelFamily, openReasoning } from '../../anthropic/envelope.ts';
import { searchResultText, searchSummary } from '../../anthropic/search-summary.ts';
import type { MessagesProfile } from './profile.ts';

export interface BlockContext {
  /** The upstream's name, for notes. */
  readonly upstream: string;
  readonly profile: MessagesProfile;
  /** The model sees images; `undefined` when that is not known. */
  readonly vision: boolean | undefined;
  /** Whose thinking may be replayed here. */
  readonly maker: { readonly upstream: string; readonly family: string; readonly account: string };
  /** Thinking the upstream refused before, by its key. */
  readonly rejectedReasoning: ReadonlySet<string>;
  readonly toolName: (clientName: string) => string;
  readonly toolId: (id: string) => string;
  readonly ourSearches: ReadonlySet<string>;
  readonly warn: (message: string) => void;
}

/** Thinking that came without a signature and goes back so. */
export const unsigned = 'unsigned';
const keyLength = 48;

/** What a thinking block is known by, as the host gets it: its signature, or its words where it has none. */
export const thinkingKey = ({ signature, thinking: text }: JsonObject): string =>
  (asString(signature) || asString(text) || '').slice(0, keyLength);

export function forwardedBlocks(block: JsonObject, context: BlockContext): JsonObject[] {
  switch (block.type) {
    case 'thinking':
      return thinking(block, context);
    case 'redacted_thinking':
      return context.profile.native ? [block] : [];
    case 'tool_use':
      return [withName(block, context)];
    case 'tool_result':
      return [result(block, context)];
    case 'server_tool_use':
      return context.profile.native && !context.ourSearches.has(asString(block.id) ?? '') ? [block] : [];
    case 'web_search_tool_result':
      return context.profile.native && !isOurResult(block) ? [block] : [words(searchSummary(block))];
    default:
      return context.profile.native ? [block] : foreign(block, context);
  }
}

function thinking(block: JsonObject, context: BlockContext): JsonObject[] {
  const signature = asString(block.signature) ?? '';
  const envelope = openReasoning(signature);
  if (context.profile.native) {
    const own = envelope === undefined && signature !== '';
    return own && !context.rejectedReasoning.has(thinkingKey(block)) ? [block] : [];
  }
  const { maker } = context;
  if (envelope === undefined || envelope.encrypted === '') return [];
  if (envelope.upstream !== maker.upstream || envelope.account !== maker.account) return [];
  if (modelFamily(envelope.model) !== maker.family) return [];
  const sent = { ...block, signature: envelope.id === unsigned ? '' : envelope.encrypted };
  return context.rejectedReasoning.has(thinkingKey(sent)) ? [] : [sent];
}

/** Only where something changes: an untouched block stays the same bytes. */
function withName(block: JsonObject, { toolName, toolId }: BlockContext): JsonObject {
  const [id, name] = [asString(block.id) ?? '', asString(block.name) ?? ''];
  const [sentId, sentName] = [toolId(id), toolName(name)];
  return sentId === id && sentName === name ? block : { ...block, id: sentId, name: sentName };
}

function result(block: JsonObject, context: BlockContext): JsonObject {
  const id = asString(block.tool_use_id) ?? '';
  const sent = context.toolId(id);
  const named = sent === id ? block : { ...block, tool_use_id: sent };
  if (context.profile.native || !Array.isArray(block.content)) return named;
  return { ...named, content: objectsOf(block.content).flatMap((part) => foreign(part, context)) };
}

/** A search that ccp ran elsewhere has nothing of Anthropic's in it. */
const isOurResult = (block: JsonObject): boolean =>
  Array.isArray(block.content) && block.content.every((part) => asObject(part).encrypted_content === '');

/** Ids of searches whose results are not Anthropic's. */
export const ourSearches = (messages: readonly InboundMessage[]): ReadonlySet<string> =>
  new Set(
    messages.flatMap(({ content }) =>
      objectsOf(content).flatMap((block) =>
        block.type === 'web_search_tool_result' && isOurResult(block) ? [asString(block.tool_use_id) ?? ''] : [],
      ),
    ),
  );

function foreign(block: JsonObject, context: BlockContext): JsonObject[] {
  const { images, files } = context.profile;
  switch (block.type) {
    case 'text':
      return [block];
    case 'image':
      if (images && context.vision !== false && asObject(block.source).type === 'base64') return [block];
      return [note('image', context, images && context.vision !== false ? undefined : 'the model has no vision')];
    case 'document':
      return document(block, files, context);
    case 'search_result':
      return [words(searchResultText(block))];
    case 'tool_reference':
      return [words(`[tool loaded: ${asString(block.tool_name) ?? 'unknown'}]`)];
    default:
      return [note(`${String(block.type)} block`, context)];
  }
}

function document(block: JsonObject, files: boolean, context: BlockContext): JsonObject[] {
  const source = asObject(block.source);
  const title = asString(block.title);
  const head = [title, asString(block.context)].filter((part) => part !== undefined && part !== '').join(' · ');
  if (source.type === 'text') return [words(`<document ${head}>\n${asString(source.data) ?? ''}\n</document>`)];
  if (source.type === 'content') {
    const inner = typeof source.content === 'string' ? [words(source.content)] : objectsOf(source.content);
    return [...(head === '' ? [] : [words(`[document: ${head}]`)]), ...inner.flatMap((part) => foreign(part, context))];
  }
  if (files && source.type === 'base64') return [block];
  return [note(title === undefined ? 'document' : `document "${title}"`, context)];
}

export const words = (text: string): JsonObject => ({ type: 'text', text });

/** Rule: never dropped in silence. The model reads the note, the user sees the warning. */
function note(what: string, context: BlockContext, why?: string): JsonObject {
  const text = `[${what} omitted: ${why ?? `${context.upstream} cannot carry it`}]`;
  context.warn(text);
  return words(text);
}
