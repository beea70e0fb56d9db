/** What a finished answer teaches the session: whether the history fits, how far counts are off, why a cache was missed. */
import { nameOf, windowOf } from '../models/find.ts';
import { isStale } from '../models/price-age.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { MessageEnd } from '../translate/output.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Client } from './client.ts';
import type { ProxyPorts } from './deps.ts';
import type { Session } from './session/session.ts';
import type { StreamMeter } from './stream-meter.ts';

export interface FinishedAnswer {
  readonly request: MessagesRequest;
  readonly requestClass: RequestClass;
  readonly client: Client;
  readonly candidate: Candidate;
  readonly end: MessageEnd;
  /** The usage is the upstream's own count. */
  readonly measured: boolean;
}

export function learnFrom(answer: FinishedAnswer, meter: StreamMeter, session: Session, ports: ProxyPorts): void {
  if (answer.measured) learnCounts(answer, meter, session, ports);
  learnContext(answer, meter, session);
  warnOfPrice(answer.candidate, meter, session, ports);
}

/** Whether the history fits, as far as this answer tells. */
function learnContext(
  { requestClass, request, client, end }: FinishedAnswer,
  meter: StreamMeter,
  session: Session,
): void {
  if (client.agentId !== undefined) return;
  const { compaction, routes } = session;
  const { stopReason, usage } = end;
  if (requestClass === 'compaction' && meter.charsSent > 0 && stopReason === 'end_turn')
    compaction.fits(usage.output_tokens);
  else if (requestClass === 'turn' && request.tools.length > 0) {
    const total = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (total <= windowOf(routes.table.routes.main.target)) compaction.fits(undefined);
  }
}

function learnCounts(
  { request, requestClass, client, candidate, end }: FinishedAnswer,
  meter: StreamMeter,
  { caches }: Session,
  { hash }: ProxyPorts,
): void {
  const name = nameOf(candidate.target);
  caches.tokenCounts.measured(name, request, end.usage);
  if (requestClass !== 'turn' && requestClass !== 'subagent') return;
  // An agent without an id is known by its first words.
  const agent =
    client.agentId ?? (requestClass === 'subagent' ? hash(JSON.stringify(request.messages[0]?.content ?? '')) : '');
  const reason = caches.cacheWatch.measured(`${requestClass} ${agent}`, name, request, end.usage);
  if (reason !== undefined) meter.cacheMissed(reason);
}

function warnOfPrice(
  { price, target }: Candidate,
  meter: StreamMeter,
  { caches }: Session,
  { clock }: ProxyPorts,
): void {
  if (price === undefined || !isStale(price, clock.now())) return;
  const message = `the price of ${target.upstream}/${target.model} is of ${price.date}; it may have changed`;
  if (caches.warnings.isNew(message)) meter.warning(message);
}
