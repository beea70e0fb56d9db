/**
 * `messages` → `contents`. Roles alternate and begin with the user; every call is answered in the very next content, in
 * the order of the calls; the first call of each model content carries a thought signature.
 */
import type { InboundMessage } from '../../../wire/anthropic.ts';
import type { GeminiBlob, GeminiContent, GeminiPart } from '../../../wire/gemini.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { callIdOf } from '../../anthropic/call-id.ts';
import { modelFamily, openReasoning } from '../../anthropic/envelope.ts';
import { searchSummary } from '../../anthropic/search-summary.ts';
import { type ContentContext, contentParts, note, textPart, textsOf } from './content.ts';
import type { Generation } from './generation.ts';

export interface HistoryContext extends ContentContext {
  readonly generation: Generation;
  readonly legalId: (callId: string) => string;
  readonly toolName: (clientName: string) => string;
  /** Whose thought signatures may be replayed here. */
  readonly maker: { readonly upstream: string; readonly family: string; readonly account: string };
  /** Signatures the upstream refused before, by their key. */
  readonly rejectedReasoning: ReadonlySet<string>;
}

const emptyOutput = '(no output)';
const missingOutput = '[no result]';
const emptyMessage = '(empty message)';
const goOn = '(continue)';
/** The documented stand-in for a call that another model made, or whose signature is lost. */
const standInSignature = 'skip_thought_signature_validator';
const keyLength = 48;

/** What a signature is known by. */
export const signatureKey = (signature: string): string => signature.slice(0, keyLength);

interface Call {
  readonly id: string;
  /** As the upstream knows the tool. */
  readonly name: string;
}

export function contentsOf(messages: readonly InboundMessage[], context: HistoryContext): GeminiContent[] {
  const out: GeminiContent[] = [];
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
    // The protocol begins with the user.
    if (parts.length > 0 && out.length === 0) push(out, 'user', [textPart(emptyMessage)]);
    push(out, 'model', parts);
    pending = calls;
  }
  endGroup();
  if (out.at(-1)?.role !== 'user') push(out, 'user', [textPart(out.length === 0 ? emptyMessage : goOn)]);
  return out;
}

/** Contents of one role in a row are one. */
function push(out: GeminiContent[], role: GeminiContent['role'], parts: readonly GeminiPart[]): void {
  if (parts.length === 0) return;
  const last = out.at(-1);
  if (last?.role === role) out[out.length - 1] = { role, parts: [...last.parts, ...parts] };
  else out.push({ role, parts });
}

function modelParts(
  content: InboundMessage['content'],
  context: HistoryContext,
): { parts: GeminiPart[]; calls: readonly Call[] } {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const parts: GeminiPart[] = [];
  const calls: Call[] = [];
  let signature: string | undefined;
  for (const block of blocks) {
    if (block.type === 'thinking') signature = ownSignature(block, context) ?? signature;
    else if (block.type === 'tool_use') {
      const call = callOf(block, context);
      if (calls.some(({ id }) => id === call.id)) continue;
      const isFirst = calls.length === 0;
      calls.push(call);
      parts.push(callPart(call, block, context, isFirst ? signature : undefined, isFirst));
      signature = undefined;
    } else parts.push(...textParts(block, context));
  }
  return { parts, calls };
}

function callPart(
  { id, name }: Call,
  block: JsonObject,
  { generation }: HistoryContext,
  signature: string | undefined,
  isFirst: boolean,
): GeminiPart {
  const sent = signature ?? (isFirst && generation.needsSignatures ? standInSignature : undefined);
  return {
    functionCall: { ...(generation.hasCallIds ? { id } : {}), name, args: asObject(block.input) },
    ...(sent === undefined ? {} : { thoughtSignature: sent }),
  };
}

const callOf = (block: JsonObject, context: HistoryContext): Call => ({
  id: context.legalId(callIdOf(asString(block.id) ?? '').callId),
  name: context.toolName(asString(block.name) ?? ''),
});

function textParts(block: JsonObject, context: HistoryContext): GeminiPart[] {
  if (block.type === 'text') return contentParts([block], context);
  if (block.type === 'web_search_tool_result') return [textPart(searchSummary(block))];
  // Foreign reasoning belongs to its maker; what a hosted tool was asked stands beside what it found.
  if (block.type === 'redacted_thinking' || block.type === 'server_tool_use') return [];
  return [note(`${String(block.type)} of an earlier answer`, context)];
}

/** The signature this upstream's own model made; its thoughts themselves need not be sent again. */
function ownSignature(block: JsonObject, { maker, rejectedReasoning }: HistoryContext): string | undefined {
  const envelope = openReasoning(asString(block.signature) ?? '');
  if (envelope === undefined || envelope.encrypted === '') return undefined;
  if (envelope.upstream !== maker.upstream || envelope.account !== maker.account) return undefined;
  if (modelFamily(envelope.model) !== maker.family) return undefined;
  return rejectedReasoning.has(signatureKey(envelope.encrypted)) ? undefined : envelope.encrypted;
}

/** Results first, in the order of their calls, then the words. */
function userParts(group: readonly InboundMessage[], pending: readonly Call[], context: HistoryContext): GeminiPart[] {
  const results = new Map<string, JsonObject>();
  const words: GeminiPart[] = [];
  for (const { role, content } of group) {
    if (role === 'system') {
      words.push(...reminder(contentParts(content, context)));
      continue;
    }
    for (const block of typeof content === 'string' ? [{ type: 'text', text: content }] : content) {
      if (block.type !== 'tool_result') {
        words.push(...contentParts([block], context));
        continue;
      }
      const id = context.legalId(callIdOf(asString(block.tool_use_id) ?? '').callId);
      if (pending.some((call) => call.id === id) && !results.has(id)) results.set(id, block);
      else words.push(textPart('[result of an earlier tool call]'), ...resultParts(block, context));
    }
  }
  const answered = pending.map((call) => answerOf(call, results.get(call.id), context));
  return [...answered.map(({ part }) => part), ...answered.flatMap(({ after }) => after), ...words];
}

/** Templates of older models refuse a system turn in the middle. */
function reminder(parts: readonly GeminiPart[]): GeminiPart[] {
  const text = textsOf(parts);
  const others = parts.filter((part) => part.text === undefined);
  return [...(text === '' ? [] : [textPart(`<system-reminder>\n${text}\n</system-reminder>`)]), ...others];
}

/** @returns the response, and what models without images in responses see after it. */
function answerOf(
  { id, name }: Call,
  block: JsonObject | undefined,
  context: HistoryContext,
): { part: GeminiPart; after: readonly GeminiPart[] } {
  const parts = block === undefined ? [textPart(missingOutput)] : resultParts(block, context);
  const blobs = parts.flatMap(({ inlineData }): GeminiBlob[] => (inlineData === undefined ? [] : [inlineData]));
  const { hasCallIds, hasResultImages } = context.generation;
  const text = textsOf(parts) || (blobs.length > 0 ? '(attached)' : emptyOutput);
  const inside = hasResultImages && blobs.length > 0;
  const after = hasResultImages || blobs.length === 0 ? [] : [textPart('[from the tool result above]')];
  return {
    part: {
      functionResponse: {
        ...(hasCallIds ? { id } : {}),
        name,
        response: { [block?.is_error === true ? 'error' : 'output']: text },
        ...(inside ? { parts: blobs.map((inlineData) => ({ inlineData })) } : {}),
      },
    },
    after: after.length === 0 ? [] : [...after, ...blobs.map((inlineData) => ({ inlineData }))],
  };
}

const resultParts = ({ content }: JsonObject, context: HistoryContext): GeminiPart[] =>
  contentParts(typeof content === 'string' ? content : asArray(content).filter(isObject), context);
