/** Anthropic content blocks → chat parts. Unsupported content becomes a visible note plus a warning. */
import type { ChatContent, ChatPart } from '../../../wire/chat.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { searchResultText } from '../../anthropic/search-summary.ts';
import type { ChatProfile } from './profile.ts';

export interface ContentContext {
  /** The upstream's name, used in notes. */
  readonly upstream: string;
  readonly profile: ChatProfile;
  /** Whether the model accepts images; `undefined` when unknown. */
  readonly vision: boolean | undefined;
  /** Keep `cache_control` on text parts. */
  readonly marks: boolean;
  readonly warn: (message: string) => void;
}

/** Joins text-only parts into one string, which every host accepts. Parts with `cache_control` stay separate. */
export function chatContent(parts: readonly ChatPart[]): ChatContent {
  const marked = parts.some((part) => part.type === 'text' && part.cache_control);
  if (marked || !parts.every((part) => part.type === 'text')) return parts;
  return textOf(parts);
}

export const textOf = (parts: readonly ChatPart[]): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');

export function chatParts(content: string | readonly JsonObject[], context: ContentContext): ChatPart[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)];
  return content.flatMap((block) => blockParts(block, context));
}

const textPart = (text: string): ChatPart => ({ type: 'text', text });

function blockParts(block: JsonObject, context: ContentContext): ChatPart[] {
  switch (block.type) {
    case 'text': {
      const text = asString(block.text) ?? '';
      const cacheControl = context.marks && isObject(block.cache_control) ? block.cache_control : undefined;
      if (text === '') return [];
      return [cacheControl === undefined ? textPart(text) : { type: 'text', text, cache_control: cacheControl }];
    }
    case 'image':
      return [imagePart(asObject(block.source), context)];
    case 'document':
      return documentParts(block, context);
    case 'search_result':
      return [textPart(searchResultText(block))];
    case 'tool_reference':
      return [textPart(`[tool loaded: ${asString(block.tool_name) ?? 'unknown'}]`)];
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
  const description = asString(block.context);
  const introduction = description === undefined || description === '' ? [] : [textPart(`[document: ${description}]`)];
  if (source.type === 'text') {
    const titleAttribute = title === undefined ? '' : ` title=${JSON.stringify(title)}`;
    return [...introduction, textPart(`<document${titleAttribute}>\n${asString(source.data) ?? ''}\n</document>`)];
  }
  if (source.type === 'content') {
    const innerContent = typeof source.content === 'string' ? source.content : asArray(source.content).filter(isObject);
    const titlePart = title === undefined ? [] : [textPart(`[document: ${title}]`)];
    return [...titlePart, ...introduction, ...chatParts(innerContent, context)];
  }
  const data = asString(source.data);
  if (data !== undefined && context.profile.capabilities.files) {
    const mediaType = asString(source.media_type) ?? 'application/pdf';
    const file = { filename: title ?? 'document.pdf', file_data: `data:${mediaType};base64,${data}` };
    return [...introduction, { type: 'file', file }];
  }
  const url = asString(source.url);
  const label = title === undefined ? 'document' : `document "${title}"`;
  return [...introduction, note(url === undefined ? label : `${label} at ${url}`, context)];
}

/** Content is never dropped silently: the note is sent to the model and the warning is shown to the user. */
export function note(content: string, context: ContentContext, reason?: string): ChatPart {
  const text = `[${content} omitted: ${reason ?? `${context.upstream} does not support it`}]`;
  context.warn(text);
  return textPart(text);
}
