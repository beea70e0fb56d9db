/**
 * `messages` → `contents`. Roles alternate, starting with the user. The content after a model content contains the
 * results of its calls, in their order. The first call of each model content carries a thought signature.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import type { GeminiBlob, GeminiContent, GeminiPart } from '../../../wire/gemini.ts';
import { asArray, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { callInput } from '../../anthropic/call-input.ts';
import { openOwnReasoning, type ReasoningOrigin } from '../../anthropic/envelope.ts';
import { emptyMessage, emptyOutput, missingOutput, orphanedResult } from '../../anthropic/history-notes.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, contentParts, note, textPart, textsOf } from './content.ts';
import type { Generation } from './generation.ts';

export interface HistoryContext extends ContentContext {
  readonly generation: Generation;
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** The model family and account whose thought signatures may be replayed. */
  readonly origin: ReasoningOrigin;
  /** Keys of the signatures that the upstream has rejected before. */
  readonly rejectedReasoning: ReadonlySet<string>;
}

const continuePrompt = '(continue)';
/** The documented placeholder for the signature of a call that another model made, or whose signature is lost. */
const placeholderSignature = 'skip_thought_signature_validator';
const keyLength = 48;

/** The key under which a signature is remembered. */
export const signatureKey = (signature: string): string => signature.slice(0, keyLength);

interface Call {
  readonly id: string;
  /** The tool's name at the upstream. */
  readonly name: string;
}

interface MutableContent extends GeminiContent {
  readonly parts: GeminiPart[];
}

export function contentsOf(messages: readonly InboundMessage[], context: HistoryContext): GeminiContent[] {
  const out: MutableContent[] = [];
  let pending: readonly Call[] = [];
  let group: InboundMessage[] = [];
  const endGroup = () => {
    push(out, 'user', userParts(group, pending, context));
    group = [];
    pending = [];
  };
  for (const message of messages) {
    if (message.role !== 'assistant') {
      group.push(message);
      continue;
    }
    if (group.length > 0 || pending.length > 0) endGroup();
    const { parts, calls } = modelParts(message.content, context);
    // The first content must have the user role.
    if (parts.length > 0 && out.length === 0) push(out, 'user', [textPart(emptyMessage)]);
    push(out, 'model', parts);
    pending = calls;
  }
  endGroup();
  if (out.at(-1)?.role !== 'user') push(out, 'user', [textPart(out.length === 0 ? emptyMessage : continuePrompt)]);
  return out;
}

/** Appends parts. Consecutive contents of one role are merged. */
function push(out: MutableContent[], role: GeminiContent['role'], parts: readonly GeminiPart[]): void {
  if (parts.length === 0) return;
  const last = out.at(-1);
  if (last?.role !== role) return void out.push({ role, parts: [...parts] });
  for (const part of parts) last.parts.push(part);
}

function modelParts(
  content: InboundMessage['content'],
  context: HistoryContext,
): { parts: GeminiPart[]; calls: readonly Call[] } {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const parts: GeminiPart[] = [];
  const calls = new Map<string, Call>();
  let signature: string | undefined;
  for (const block of blocks) {
    if (block.type === 'thinking') signature = ownSignature(block, context) ?? signature;
    else if (block.type === 'tool_use') {
      const call = callOf(block, context);
      if (calls.has(call.id)) continue;
      const isFirst = calls.size === 0;
      calls.set(call.id, call);
      parts.push(callPart(call, block, context, isFirst ? signature : undefined, isFirst));
      signature = undefined;
    } else parts.push(...textParts(block, context));
  }
  return { parts, calls: [...calls.values()] };
}

function callPart(
  { id, name }: Call,
  block: JsonObject,
  { generation, warn }: HistoryContext,
  signature: string | undefined,
  isFirst: boolean,
): GeminiPart {
  const thoughtSignature = signature ?? (isFirst && generation.needsSignatures ? placeholderSignature : undefined);
  const args = callInput(block, warn);
  const functionCall = generation.hasCallIds ? { id, name, args } : { name, args };
  return thoughtSignature === undefined ? { functionCall } : { functionCall, thoughtSignature };
}

const callOf = (block: JsonObject, context: HistoryContext): Call => ({
  id: context.legalId(callIdOf(asString(block.id) ?? '').callId),
  name: context.toolName(asString(block.name) ?? ''),
});

function textParts(block: JsonObject, context: HistoryContext): GeminiPart[] {
  if (block.type === 'text') return contentParts([block], context);
  if (block.type === 'web_search_tool_result') return [textPart(searchSummary(block))];
  // Only its maker can read redacted reasoning. The input of a hosted tool is omitted; its results are sent.
  if (block.type === 'redacted_thinking' || block.type === 'server_tool_use') return [];
  return [note(`${String(block.type)} of an earlier answer`, context)];
}

/** Returns the signature if this upstream's own model made it. The thoughts themselves need not be sent again. */
function ownSignature(block: JsonObject, { origin, rejectedReasoning }: HistoryContext): string | undefined {
  const envelope = openOwnReasoning(asString(block.signature) ?? '', origin);
  if (envelope === undefined) return undefined;
  return rejectedReasoning.has(signatureKey(envelope.encrypted)) ? undefined : envelope.encrypted;
}

/** Tool results first, in the order of their calls, then the other parts. */
function userParts(group: readonly InboundMessage[], pending: readonly Call[], context: HistoryContext): GeminiPart[] {
  const callIds = new Set(pending.map(({ id }) => id));
  const results = new Map<string, JsonObject>();
  const otherParts: GeminiPart[] = [];
  for (const { role, content } of group) {
    if (role === 'system') {
      otherParts.push(...reminder(contentParts(content, context)));
      continue;
    }
    for (const block of typeof content === 'string' ? [{ type: 'text', text: content }] : content) {
      if (block.type !== 'tool_result') {
        otherParts.push(...contentParts([block], context));
        continue;
      }
      const id = context.legalId(callIdOf(asString(block.tool_use_id) ?? '').callId);
      if (callIds.has(id) && !results.has(id)) results.set(id, block);
      else otherParts.push(textPart(orphanedResult), ...resultParts(block, context));
    }
  }
  const responses: GeminiPart[] = [];
  const attachments: GeminiPart[] = [];
  for (const call of pending) responses.push(responseTo(call, results.get(call.id), context, attachments));
  return attachments.length + otherParts.length === 0 ? responses : [...responses, ...attachments, ...otherParts];
}

/** Wraps a system message as user text: templates of older models reject a system turn inside the conversation. */
function reminder(parts: readonly GeminiPart[]): GeminiPart[] {
  const text = textsOf(parts);
  const others = parts.filter((part) => part.text === undefined);
  return [...(text === '' ? [] : [textPart(`<system-reminder>\n${text}\n</system-reminder>`)]), ...others];
}

/**
 * Returns the function response. For models that accept no images in responses, appends the images to `attachments`,
 * which are sent after all responses.
 */
function responseTo(
  { id, name }: Call,
  block: JsonObject | undefined,
  context: HistoryContext,
  attachments: GeminiPart[],
): GeminiPart {
  const { hasCallIds, hasResultImages } = context.generation;
  const parts = block === undefined ? [textPart(missingOutput)] : resultParts(block, context);
  const blobs = blobsOf(parts);
  const text = textsOf(parts) || (blobs.length > 0 ? '(attached)' : emptyOutput);
  const response = block?.is_error === true ? { error: text } : { output: text };
  const functionResponse = hasCallIds ? { id, name, response } : { name, response };
  if (blobs.length === 0) return { functionResponse };
  if (hasResultImages) return { functionResponse: { ...functionResponse, parts: blobs } };
  attachments.push(textPart('[from the tool result above]'), ...blobs);
  return { functionResponse };
}

function blobsOf(parts: readonly GeminiPart[]): { inlineData: GeminiBlob }[] {
  const blobs: { inlineData: GeminiBlob }[] = [];
  for (const { inlineData } of parts) if (inlineData !== undefined) blobs.push({ inlineData });
  return blobs;
}

const resultParts = ({ content }: JsonObject, context: HistoryContext): GeminiPart[] =>
  contentParts(typeof content === 'string' ? content : asArray(content).filter(isObject), context);
