/**
 * A call may carry a namespace that must come back with it. Claude Code keeps only the id of a call, so both travel in
 * one, in a form that no upstream's own id has.
 */
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asString, parseJson } from '../../wire/json.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

const mark = 'ccpns_';

export const toolUseId = (callId: string, namespace: string | undefined): string =>
  namespace ? mark + toBase64Url(JSON.stringify([callId, namespace])) : callId;

export function callIdOf(id: string): { readonly callId: string; readonly namespace: string | undefined } {
  const parts = id.startsWith(mark) ? parseJson(fromBase64Url(id.slice(mark.length))) : undefined;
  const [callId, namespace] = Array.isArray(parts) ? parts.map(asString) : [];
  return callId === undefined || namespace === undefined ? { callId: id, namespace: undefined } : { callId, namespace };
}

/** Ids of calls Claude Code knows: a second call of one would be lost. */
export function usedIds({ messages }: MessagesRequest): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { content } of messages)
    if (typeof content !== 'string')
      for (const block of content) if (block.type === 'tool_use') ids.add(callIdOf(asString(block.id) ?? '').callId);
  return ids;
}
