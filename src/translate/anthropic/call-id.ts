/**
 * A call may have a namespace that must be sent back with it. Claude Code keeps only the id of a call, so the id
 * contains both, after a prefix that no upstream uses in its own ids.
 */
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asString, parseJson } from '../../wire/json.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

const mark = 'ccpns_';

/** Combines an upstream's call id and namespace into the id sent to Claude Code. */
export const toolUseId = (callId: string, namespace: string | undefined): string =>
  namespace ? mark + toBase64Url(JSON.stringify([callId, namespace])) : callId;

/** Splits an id created by `toolUseId`. Any other id is returned without a namespace. */
export function callIdOf(id: string): { readonly callId: string; readonly namespace: string | undefined } {
  const parts = id.startsWith(mark) ? parseJson(fromBase64Url(id.slice(mark.length))) : undefined;
  const [callId, namespace] = Array.isArray(parts) ? parts.map(asString) : [];
  return callId === undefined || namespace === undefined ? { callId: id, namespace: undefined } : { callId, namespace };
}

/** Ids of the calls Claude Code already has. A second call with the same id would be lost. */
export function usedIds({ messages }: MessagesRequest): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { content } of messages)
    if (typeof content !== 'string')
      for (const block of content) if (block.type === 'tool_use') ids.add(callIdOf(asString(block.id) ?? '').callId);
  return ids;
}
