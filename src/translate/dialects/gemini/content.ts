/** Anthropic content blocks → Gemini parts. Unsupported content becomes a visible note plus a warning. */
import type { GeminiPart } from '../../../wire/gemini.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { searchResultText } from '../../anthropic/search-summary.ts';

export interface ContentContext {
  /** The upstream's name, for notes. */
  readonly upstream: string;
  /** Whether the model accepts images; `undefined` if unknown. */
  readonly vision: boolean | undefined;
  readonly warn: (message: string) => void;
}

export const textPart = (text: string): GeminiPart => ({ text });

export function textsOf(parts: readonly GeminiPart[]): string {
  const texts: string[] = [];
  for (const { text } of parts) if (text !== undefined) texts.push(text);
  return texts.join('\n');
}

export function contentParts(content: string | readonly JsonObject[], context: ContentContext): GeminiPart[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)];
  return content.flatMap((block) => blockParts(block, context));
}

function blockParts(block: JsonObject, context: ContentContext): GeminiPart[] {
  switch (block.type) {
    case 'text': {
      const text = asString(block.text) ?? '';
      return text === '' ? [] : [textPart(text)];
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

function imagePart(source: JsonObject, context: ContentContext): GeminiPart {
  const url = asString(source.url);
  const inline = source.type === 'base64' ? source : dataUrl(url);
  if (context.vision === false) return note('image', context, 'the model has no vision');
  if (inline !== undefined)
    return { inlineData: { mimeType: asString(inline.media_type) ?? 'image/png', data: asString(inline.data) ?? '' } };
  return note(url === undefined ? 'image by file id' : `image at ${url}`, context);
}

/** Converts a base64 `data:` URL into an inline source. */
function dataUrl(url: string | undefined): JsonObject | undefined {
  const [, media_type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url ?? '') ?? [];
  return data === undefined ? undefined : { media_type, data };
}

function documentParts(block: JsonObject, context: ContentContext): GeminiPart[] {
  const source = asObject(block.source);
  const title = asString(block.title);
  const heading = [title, asString(block.context)].filter((part) => part !== undefined && part !== '').join(' · ');
  const introduction = heading === '' ? [] : [textPart(`[document: ${heading}]`)];
  if (source.type === 'text')
    return [...introduction, textPart(`<document>\n${asString(source.data) ?? ''}\n</document>`)];
  if (source.type === 'content') {
    const inner = typeof source.content === 'string' ? source.content : asArray(source.content).filter(isObject);
    return [...introduction, ...contentParts(inner, context)];
  }
  const data = asString(source.data);
  if (source.type === 'base64' && data !== undefined)
    return [...introduction, { inlineData: { mimeType: asString(source.media_type) ?? 'application/pdf', data } }];
  const url = asString(source.url);
  const label = title === undefined ? 'document' : `document "${title}"`;
  const description = asString(block.context) ?? '';
  const about = description === '' ? [] : [textPart(`[document: ${description}]`)];
  return [...about, note(url === undefined ? label : `${label} at ${url}`, context)];
}

/** Content is never dropped silently: the model reads the note, the user sees the warning. */
export function note(content: string, context: Pick<ContentContext, 'upstream' | 'warn'>, reason?: string): GeminiPart {
  const text = `[${content} omitted: ${reason ?? `${context.upstream} does not support it`}]`;
  context.warn(text);
  return textPart(text);
}
