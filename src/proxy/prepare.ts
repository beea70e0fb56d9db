/** Translates a request for a candidate, without the fields and reasoning that its upstream rejected before. */
import type { Credential } from '../ports/credential.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { Prepared } from '../translate/dialect.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Client } from './client.ts';
import type { ProxyPorts } from './deps.ts';
import type { RejectedFields } from './rejected-fields.ts';

/** The model id that is sent to the upstream. */
export const sentModel = ({ target }: Candidate): string => target.row?.sendAs ?? target.model;

export function prepareFor(
  candidate: Candidate,
  request: MessagesRequest,
  client: Client,
  credential: Credential,
  rejected: RejectedFields,
  { hash, clock, clockTime }: ProxyPorts,
): Prepared {
  const { upstream, target, effort } = candidate;
  const model = sentModel(candidate);
  return upstream.translator.prepare(request, {
    model,
    row: target.row,
    effort,
    priority: target.priority === true,
    account: credential.accountId === undefined ? '' : hash(credential.accountId).slice(0, 12),
    sessionId: client.sessionId,
    client: client.headers,
    rejected: rejected.of(upstream.name, model),
    ports: { hash, clockTime, now: () => clock.now() },
  });
}
