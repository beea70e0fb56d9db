/**
 * A call may carry a namespace that must come back with it. Claude Code keeps only the id of a call, so the namespace
 * travels inside it.
 */
const mark = '__ns__';

export const toolUseId = (callId: string, namespace: string | undefined): string =>
  namespace === undefined ? callId : `${callId}${mark}${namespace}`;

export function callIdOf(id: string): { readonly callId: string; readonly namespace: string | undefined } {
  const at = id.lastIndexOf(mark);
  if (at <= 0) return { callId: id, namespace: undefined };
  return { callId: id.slice(0, at), namespace: id.slice(at + mark.length) };
}
