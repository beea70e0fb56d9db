/** The sender of an inbound request, as its headers and metadata describe it. */
import type { IncomingHttpHeaders } from 'node:http';
import { sessionIdOf } from '../translate/anthropic/session-id.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asString } from '../wire/json.ts';
import { ownLogin } from './guard.ts';

export interface Client {
  /** Lower-case names; headers that contain secrets are omitted. */
  readonly headers: Readonly<Record<string, string>>;
  /** Claude Code's own `Authorization`; `undefined` when it contains the session's secret. */
  readonly login: string | undefined;
  readonly sessionId: string | undefined;
  /** The agent that sent the request; `undefined` in the main conversation. */
  readonly agentId: string | undefined;
  /** Its type, such as `Explore`, where the client names it. */
  readonly agentType: string | undefined;
}

export const clientOf = (request: MessagesRequest, headers: IncomingHttpHeaders, secret: string): Client => ({
  headers: publicHeaders(headers, secret),
  login: ownLogin(headers, secret),
  sessionId: sessionIdOf(request, asString(headers['x-claude-code-session-id'])),
  agentId: asString(headers['x-claude-code-agent-id']),
  agentType: asString(headers['x-claude-code-agent-type']),
});

/** Never passed to a dialect: they contain ccp's secrets or the client's own login. */
const secretHeaders = ['authorization', 'x-api-key', 'x-ccp-secret', 'cookie', 'proxy-authorization'];

const publicHeaders = (headers: IncomingHttpHeaders, secret: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !secretHeaders.includes(name) && !value.includes(secret) ? [[name, value]] : [],
    ),
  );
