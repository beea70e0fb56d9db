/** Collects the facts of a request and decides where it goes. */
import type { Decision } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import { decide } from '../routing/decide.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Client } from './client.ts';
import { clientLoginUpstreams } from './credential.ts';
import type { ProxyDeps } from './deps.ts';
import type { Session } from './session/session.ts';

/** @throws CcpError `unknown_model`. */
export async function decideFor(
  request: MessagesRequest,
  requestClass: RequestClass,
  client: Client,
  { routes, compaction, caches }: Session,
  { routing, credentials }: Pick<ProxyDeps, 'routing' | 'credentials'>,
): Promise<Decision> {
  await routing.refreshRules();
  const { history } = compaction;
  const isMainConversation = client.agentId === undefined;
  // Counting is linear in the request's length, so it is done only when the decision depends on it.
  const needsCount =
    (requestClass === 'compaction' && isMainConversation) ||
    (requestClass === 'turn' && history.compactionRoute !== undefined);
  routes.clientLogins =
    client.login === undefined ? new Set() : await clientLoginUpstreams(routing.directory.upstreams, credentials);
  return decide(
    {
      requestClass,
      agentType: client.agentType,
      model: request.model,
      requestedBy: 'client',
      effort: undefined,
      table: routes.table,
      directory: routing.directory,
      isMainConversation,
      history,
      chosenSubstitutes: routes.chosenSubstitutes,
      clientLogins: routes.clientLogins,
      inputTokens: needsCount ? await caches.tokenCounts.estimator(request) : undefined,
    },
    routing.rules,
  );
}
