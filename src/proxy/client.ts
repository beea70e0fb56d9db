/** What one inbound request says of its sender, beside the body. */
import type { IncomingHttpHeaders } from 'node:http';
import { sessionIdOf } from '../translate/anthropic/session-id.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asString } from '../wire/json.ts';
import { ownLogin } from './guard.ts';

export interface Client {
  /** Lower-case, without anything secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Claude Code's own `Authorization`, when it is a login of its own and not the session's secret. */
  readonly login: string | undefined;
  readonly sessionId: string | undefined;
  /** The agent that asks; `undefined` in the main conversation. */
  readonly agentId: string | undefined;
}

export const clientOf = (request: MessagesRequest, headers: IncomingHttpHeaders, secret: string): Client => ({
  headers: publicHeaders(headers, secret),
  login: ownLogin(headers, secret),
  sessionId: sessionIdOf(request, asString(headers['x-claude-code-session-id'])),
  agentId: asString(headers['x-claude-code-agent-id']),
});

/** These never leave this machine by way of a dialect: they are ours, or the client's own login. */
const secretHeaders = ['authorization', 'x-api-key', 'x-ccp-secret', 'cookie', 'proxy-authorization'];

const publicHeaders = (headers: IncomingHttpHeaders, secret: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !secretHeaders.includes(name) && !value.includes(secret) ? [[name, value]] : [],
    ),
  );
