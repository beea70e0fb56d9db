import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, parseJson } from '../../wire/json.ts';

/** Claude Code's session id: the header, JSON in `metadata.user_id`, or `…_session_<uuid>` in older clients. */
export function sessionIdOf(request: MessagesRequest, header: string | undefined): string | undefined {
  const user = asString(asObject(request.raw.metadata).user_id);
  const fromJson = user?.startsWith('{') ? asString(asObject(parseJson(user)).session_id) : undefined;
  return header ?? fromJson ?? /_session_([\w-]+)$/.exec(user ?? '')?.[1];
}
