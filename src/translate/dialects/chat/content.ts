/** Anthropic content blocks → chat parts. What cannot be carried becomes a visible note plus a warning. */
import type { ChatContent, ChatPart } from '../../../wire/chat.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { searchResultText } from '../../anthropic/search-summary.ts';
import type { ChatProfile } from './profile.ts';

export interface ContentContext {
  /** The upstream's name, for notes. */
  readonly upstream: string;
  readonly profile: ChatProfile;
  /** The model sees images; `undefined` when that is not known. */
  readonly vision: boolean | undefined;
  /** `cache_control` marks are kept. */
  readonly marks: boolean;
  readonly warn: (message: string) => void;
}

/** Parts of text alone become one string, which every host takes. */
export function chatContent(parts: readonly ChatPart[]): ChatContent {
  const marked = parts.some((part) => part.type === 'text' && part.cache_control);
  if (marked || !parts.every((part) => part.type === 'text')) return parts;
  return textOf(parts);
}

export const textOf = (parts: readonly ChatPart[]): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');

export function chatParts(content: string | readonly JsonObject[], context: ContentContext): ChatPart[] {
  if (typeof content === 'string') return content === '' ? [] : [text(content)];
  return content.flatMap((block) => blockParts(block, context));
}

const text = (words: string): ChatPart => ({ type: 'text', text: words });

function blockParts(block: JsonObject, context: ContentContext): ChatPart[] {
  switch (block.type) {
    case 'text': {
      const words = asString(block.text) ?? '';
      const mark = context.marks && isObject(block.cache_control) ? block.cache_control : undefined;
      return words === '' ? [] : [{ type: 'text', text: words, ...(mark ? { cache_control: mark } : {}) }];
    }
    case 'image':
      return [imagePart(asObject(block.source), context)];
    case 'document':
      return documentParts(block, context);
    case 'search_result':
      return [text(searchResultText(block))];
    case 'tool_reference':
      return [text(`[tool loaded: ${asString(block.tool_name) ?? 'unknown'}]`)];
    case 'thinking':
    case 'redacted_thinking':
      return [];
    default:
      return [note(`${String(block.type)} block`, context)];
  }
}

function imagePart(source: JsonObject, context: ContentContext): ChatPart {
  const { images, imageUrls } = context.profile.capabilities;
  const url = asString(source.url);
  if (!images || context.vision === false)
    return note(url === undefined ? 'image' : `image at ${url}`, context, 'the model has no vision');
  if (source.type === 'base64') {
    const data = `data:${asString(source.media_type) ?? 'image/png'};base64,${asString(source.data) ?? ''}`;
    return { type: 'image_url', image_url: { url: data } };
  }
  if (url !== undefined && (imageUrls || url.startsWith('data:'))) return { type: 'image_url', image_url: { url } };
  return note(url === undefined ? 'image by file id' : `image at ${url}`, context);
}

function documentParts(block: JsonObject, context: ContentContext): ChatPart[] {
  const source = asObject(block.source);
  const title = asString(block.title);
  const about = asString(block.context);
  const introduction = about === undefined || about === '' ? [] : [text(`[document: ${about}]`)];
  if (source.type === 'text') {
    const name = title === undefined ? '' : ` title=${JSON.stringify(title)}`;
    return [...introduction, text(`<document${name}>\n${asString(source.data) ?? ''}\n</document>`)];
  }
  if (source.type === 'content') {
    const inner = typeof source.content === 'string' ? source.content : asArray(source.content).filter(isObject);
    const head = title === undefined ? [] : [text(`[document: ${title}]`)];
    return [...head, ...introduction, ...chatParts(inner, context)];
  }
  const data = asString(source.data);
  if (data !== undefined && context.profile.capabilities.files) {
    const media = asString(source.media_type) ?? 'application/pdf';
    const file = { filename: title ?? 'document.pdf', file_data: `data:${media};base64,${data}` };
    return [...introduction, { type: 'file', file }];
  }
  const url = asString(source.url);
  const named = title === undefined ? 'document' : `document "${title}"`;
  return [note(url === undefined ? named : `${named} at ${url}`, context)];
}

/** Rule: never dropped in silence. The model reads the note, the user sees the warning. */
export function note(what: string, context: ContentContext, why?: string): ChatPart {
  const words = `[${what} omitted: ${why ?? `${context.upstream} cannot carry it`}]`;
  context.warn(words);
  return text(words);
}
