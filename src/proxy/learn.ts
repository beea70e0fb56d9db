/** Updates the session from a finished response: whether the history fits, token count ratios, cache misses. */
import { nameOf, windowOf } from '../models/find.ts';
import { isStale } from '../models/price-age.ts';
import type { Hash } from '../ports/randomness.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { RequestClass } from '../routing/classes.ts';
import { promptParts } from '../translate/anthropic/prompt-parts.ts';
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
  /** The usage is the upstream's own count, not an estimate. */
  readonly measured: boolean;
  /** The request as JSON. */
  readonly body: string;
}

export async function updateSession(
  answer: FinishedAnswer,
  meter: StreamMeter,
  session: Session,
  ports: ProxyPorts,
): Promise<void> {
  if (answer.measured) await updateCounts(answer, meter, session, ports);
  updateCompaction(answer, meter, session);
  warnIfPriceIsStale(answer.candidate, meter, session, ports);
}

/** Marks the main conversation's history as fitting when this response shows it. */
function updateCompaction(
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

/** The conversation that a request continues. A compaction sends the history of the conversation that it shortens. */
export function conversationOf(
  request: MessagesRequest,
  requestClass: RequestClass,
  { agentId }: Pick<Client, 'agentId'>,
  hash: Hash,
): string {
  const isAgent = requestClass === 'subagent';
  // An agent without an id is identified by its first message.
  const agent = agentId ?? (isAgent ? hash(JSON.stringify(request.messages[0]?.content ?? '')) : '');
  return `${requestClass === 'compaction' ? 'turn' : requestClass} ${agent}`;
}

async function updateCounts(
  { request, requestClass, client, candidate, end, body }: FinishedAnswer,
  meter: StreamMeter,
  { caches }: Session,
  { hash }: ProxyPorts,
): Promise<void> {
  const name = nameOf(candidate.target);
  caches.tokenCounts.addSample(name, request, end.usage);
  if (requestClass !== 'turn' && requestClass !== 'subagent') return;
  const conversation = conversationOf(request, requestClass, client, hash);
  caches.lastUsage.record({ conversation, target: name, bodyLength: body.length }, end.usage);
  const reason = await caches.cacheWatch.explainCacheMiss({
    conversation,
    target: name,
    request,
    body,
    usage: end.usage,
  });
  if (reason !== undefined) meter.cacheMissed(reason);
  if (requestClass === 'turn') meter.promptOf(promptParts(request));
}

function warnIfPriceIsStale(
  { price, target }: Candidate,
  meter: StreamMeter,
  { caches }: Session,
  { clock }: ProxyPorts,
): void {
  if (price === undefined || !isStale(price, clock.now())) return;
  const message = `the price of ${target.upstream}/${target.model} dates from ${price.date}; it may have changed`;
  if (caches.warnings.isNew(message)) meter.warning(message);
}
