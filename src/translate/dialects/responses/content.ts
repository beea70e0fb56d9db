/** Anthropic content blocks → Responses input parts. Unsupported content becomes a visible note plus a warning. */

import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import type { InputContent } from '../../../wire/responses.ts';
import { searchResultText } from '../../anthropic/search-summary.ts';
import type { ResponsesProfile } from './profile.ts';

export interface ContentContext {
  /** The upstream's name, used in notes. */
  readonly upstream: string;
  readonly profile: ResponsesProfile;
  readonly warn: (message: string) => void;
  /** The upstream rejected files earlier. */
  readonly withoutFiles: boolean;
}

/** A string and `[{type:"text"}]` must yield the same bytes: Claude Code changes the form of older messages. */
export function inputContent(content: string | readonly JsonObject[], context: ContentContext): InputContent[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'input_text', text: content }];
  return content.flatMap((block) => blockContent(block, context));
}

function blockContent(block: JsonObject, context: ContentContext): InputContent[] {
  switch (block.type) {
    case 'text': {
      const text = asString(block.text) ?? '';
      return text === '' ? [] : [{ type: 'input_text', text }];
    }
    case 'image':
      return [imageContent(asObject(block.source), context)];
    case 'document':
      return documentContent(block, context);
    case 'search_result':
      return [{ type: 'input_text', text: searchResultText(block) }];
    case 'tool_reference':
      return [{ type: 'input_text', text: `[tool loaded: ${asString(block.tool_name) ?? 'unknown'}]` }];
    case 'thinking':
    case 'redacted_thinking':
      return [];
    default:
      return [note(`${String(block.type)} block`, context)];
  }
}

function imageContent(source: JsonObject, context: ContentContext): InputContent {
  if (source.type === 'base64') {
    const url = `data:${asString(source.media_type) ?? 'image/png'};base64,${asString(source.data) ?? ''}`;
    return { type: 'input_image', image_url: url, detail: 'auto' };
  }
  const url = asString(source.url);
  if (url !== undefined && (context.profile.capabilities.imageUrls || url.startsWith('data:')))
    return { type: 'input_image', image_url: url, detail: 'auto' };
  return note(url === undefined ? 'image by file id' : `image at ${url}`, context);
}

function documentContent(block: JsonObject, context: ContentContext): InputContent[] {
  const source = asObject(block.source);
  const title = asString(block.title);
  if (source.type === 'text') {
    const titleAttribute = title === undefined ? '' : ` title=${JSON.stringify(title)}`;
    return [
      ...introduction({ context: block.context }),
      { type: 'input_text', text: `<document${titleAttribute}>\n${asString(source.data) ?? ''}\n</document>` },
    ];
  }
  if (source.type === 'content') {
    const innerContent = typeof source.content === 'string' ? source.content : asArray(source.content).filter(isObject);
    return [...introduction(block), ...inputContent(innerContent, context)];
  }
  const { files, fileUrls } = context.profile.capabilities;
  const url = asString(source.url);
  if (url !== undefined && fileUrls && !context.withoutFiles)
    return [...introduction(block), { type: 'input_file', file_url: url }];
  if (source.type === 'base64' && files && !context.withoutFiles) {
    const mediaType = asString(source.media_type) ?? 'application/pdf';
    return [
      ...introduction({ context: block.context }),
      {
        type: 'input_file',
        filename: title ?? 'document.pdf',
        file_data: `data:${mediaType};base64,${asString(source.data) ?? ''}`,
      },
    ];
  }
  const label = title === undefined ? 'document' : `document "${title}"`;
  return [...introduction({ context: block.context }), note(url === undefined ? label : `${label} at ${url}`, context)];
}

/** A document's title and context, when the target format has no field for them. */
function introduction({ title, context }: JsonObject): InputContent[] {
  const descriptions = [asString(title), asString(context)].filter((part) => part !== undefined && part !== '');
  return descriptions.length === 0 ? [] : [{ type: 'input_text', text: `[document: ${descriptions.join(' · ')}]` }];
}

/** Content is never dropped silently: the note is sent to the model and the warning is shown to the user. */
function note(content: string, context: ContentContext): InputContent {
  const text = `[${content} omitted: ${context.upstream} does not support it]`;
  context.warn(text);
  return { type: 'input_text', text };
}
