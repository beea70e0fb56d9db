/** The end of a request that was answered: Claude Code's last event, what the session learns, and the meter. */
import { withoutWindowSuffix } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { Ending } from '../translate/output.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import { ownValue } from '../wire/json.ts';
import type { Client } from './client.ts';
import type { Delivery } from './delivery.ts';
import type { ProxyDeps } from './deps.ts';
import { updateSession } from './learn.ts';
import { scaledUsage, scaleFor } from './scaled-usage.ts';
import type { Session } from './session/session.ts';
import type { StreamMeter } from './stream-meter.ts';

export interface AnsweredTurn {
  readonly request: MessagesRequest;
  readonly requestClass: RequestClass;
  readonly client: Client;
  /** JSON text of the request. */
  readonly body: string;
  /** Who answered. */
  readonly candidate: Candidate;
  readonly ending: Ending;
  /** The usage, if the upstream did not count it: zero would be wrong and would cost nothing. */
  readonly estimate: () => MessagesUsage;
}

export async function finishTurn(
  turn: AnsweredTurn,
  { delivery, meter }: { readonly delivery: Delivery; readonly meter: StreamMeter },
  session: Session,
  { routing, ports }: ProxyDeps,
): Promise<void> {
  const { request, requestClass, client, candidate, ending, body } = turn;
  const isCounted = ending.measured && !ending.abort;
  const end = isCounted ? ending.end : { ...ending.end, usage: turn.estimate() };
  const clientWindow = ownValue(routing.clientWindows, withoutWindowSuffix(request.model));
  const scale = clientWindow === undefined ? 1 : scaleFor(clientWindow, candidate.contextWindow);
  delivery.end({ ...end, usage: scaledUsage(end.usage, scale) });
  const finished = { request, requestClass, client, candidate, end, body };
  await updateSession({ ...finished, measured: ending.measured }, meter, session, ports);
  meter.completed(end, ending.measured, scale);
  // ccp cannot ask with Claude Code's own login, which only its own requests carry.
  const isMain = requestClass === 'turn' && client.agentId === undefined && request.tools.length > 0;
  if (isMain && client.login === undefined) void session.title?.onTurn(request);
}
