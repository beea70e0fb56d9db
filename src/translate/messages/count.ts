/**
 * A local estimate of input tokens: text by the `tokenx` heuristic, images and documents by their own rule and never
 * as text. Long runs without white space are cut first, because heuristics and BPE alike misjudge them.
 */
import { estimateTokenCount } from 'tokenx';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../wire/json.ts';

/** Anthropic's own rule of thumb for a full-size image. */
const imageTokens = 1600;
/** Per started page; a page of PDF is rarely under 2 kB of base64. */
const pdfPageTokens = 2000;
const pdfBytesPerPage = 60_000;
const messageOverhead = 4;

export function estimateInputTokens(request: Pick<MessagesRequest, 'system' | 'messages' | 'tools'>): number {
  let total = textOf(request.system);
  for (const message of request.messages) total += messageOverhead + textOf(message.content);
  for (const tool of request.tools) total += estimateText(JSON.stringify(tool));
  return Math.max(1, total);
}

const estimateText = (text: string): number => (text === '' ? 0 : estimateTokenCount(text));

const textOf = (content: string | readonly JsonObject[] | undefined): number => {
  if (content === undefined) return 0;
  if (typeof content === 'string') return estimateText(content);
  return content.reduce((sum, block) => sum + blockTokens(block), 0);
};

function blockTokens(block: JsonObject): number {
  switch (block.type) {
    case 'text':
      return estimateText(asString(block.text) ?? '');
    case 'thinking':
      return estimateText(asString(block.thinking) ?? '');
    case 'image':
      return imageTokens;
    case 'document':
      return documentTokens(asObject(block.source));
    case 'tool_use':
      return estimateText(`${asString(block.name) ?? ''} ${JSON.stringify(block.input ?? {})}`);
    case 'tool_result':
      return typeof block.content === 'string'
        ? estimateText(block.content)
        : textOf(asArray(block.content).filter(isObject));
    default:
      return estimateText(JSON.stringify(block));
  }
}

function documentTokens(source: JsonObject): number {
  const data = asString(source.data) ?? '';
  if (source.type === 'text') return estimateText(data);
  if (source.type === 'content') return textOf(asArray(source.content).filter(isObject));
  return pdfPageTokens * Math.max(1, Math.ceil((data.length * 0.75) / pdfBytesPerPage));
}
