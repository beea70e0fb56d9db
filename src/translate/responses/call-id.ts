/**
 * A call may carry a namespace that must come back with it. Claude Code keeps only the id of a call, so both travel in
 * one, in a form that no upstream's own id has.
 */
import { asString, parseJson } from '../../wire/json.ts';
import { fromBase64Url, toBase64Url } from '../messages/base64url.ts';

const mark = 'ccpns_';

export const toolUseId = (callId: string, namespace: string | undefined): string =>
  namespace ? mark + toBase64Url(JSON.stringify([callId, namespace])) : callId;

export function callIdOf(id: string): { readonly callId: string; readonly namespace: string | undefined } {
  const parts = id.startsWith(mark) ? parseJson(fromBase64Url(id.slice(mark.length))) : undefined;
  const [callId, namespace] = Array.isArray(parts) ? parts.map(asString) : [];
  return callId === undefined || namespace === undefined ? { callId: id, namespace: undefined } : { callId, namespace };
}
