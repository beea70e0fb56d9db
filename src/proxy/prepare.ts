/** A request made ready for the upstream of its route, with what the session knows about it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credential } from '../ports/credential.ts';
import type { RouteChoice } from '../routing/table.ts';
import type { Prepared } from '../translate/dialect.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';
import type { SessionHub } from './hub.ts';

export interface PrepareFor {
  readonly request: MessagesRequest;
  readonly route: RouteChoice;
  readonly reachable: ReachableUpstream;
  readonly credential: Credential;
  readonly sessionId: string | undefined;
  /** Claude Code's own request headers. */
  readonly client: Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
}

/** What the upstream calls the route's model. */
export const sentModel = ({ target }: RouteChoice): string => target.row?.sendAs ?? target.model;

export function prepareFor(options: PrepareFor, deps: ProxyDeps, hub: SessionHub): Prepared {
  const { request, route, reachable, credential, sessionId, client, warn } = options;
  const model = sentModel(route);
  return reachable.upstream.prepare(request, {
    model,
    row: route.target.row,
    effort: route.effort,
    account: credential.accountId === undefined ? '' : deps.hash(credential.accountId).slice(0, 12),
    sessionId,
    client,
    withoutReasoning: hub.lessons.refusedReasoning,
    priority: route.target.priority === true,
    without: hub.lessons.refused(route.target.upstream, model),
    hash: deps.hash,
    warn,
    clockTime: deps.clockTime,
    now: () => deps.clock.now(),
  });
}

/** Never leave this machine by way of a dialect: they are ours, or the client's own login. */
const secretHeaders = ['authorization', 'x-api-key', 'x-ccp-secret', 'cookie', 'proxy-authorization'];

/** The client's headers without what is secret. */
export const clientHeaders = (headers: IncomingHttpHeaders, secret: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !secretHeaders.includes(name) && !value.includes(secret) ? [[name, value]] : [],
    ),
  );
