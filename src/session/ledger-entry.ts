import { type LedgerEntry, ledgerVersion } from '../ledger/entry.ts';
import { noTokens } from '../models/tokens.ts';
import type { RequestClass } from '../routing/classes.ts';
import type { RouteView } from './events.ts';
import { type ChargedEvent, paidOf } from './paid.ts';

/** The facts of a request that the ledger entry needs when the request ends. */
export interface LedgerRequest {
  readonly requestClass: RequestClass;
  readonly requestedModel: string;
  readonly route: RouteView | undefined;
}

/** The ledger line of an ended request or repeated attempt; `undefined` if it was rejected before it started. */
export function ledgerEntry(
  event: ChargedEvent,
  request: LedgerRequest | undefined,
  context: { readonly session: string; readonly repo: string },
): LedgerEntry | undefined {
  if (request === undefined) return undefined;
  const completed = event.type === 'completed' ? event : undefined;
  const usage = paidOf(event);
  return {
    version: ledgerVersion,
    time: new Date(event.at).toISOString(),
    id: event.id,
    session: context.session,
    repo: context.repo,
    requestClass: request.requestClass,
    upstream: request.route?.upstream ?? '',
    model: request.route?.model ?? request.requestedModel,
    verdict: event.type === 'cancelled' ? 'cancelled' : event.verdict,
    stopReason: completed?.stopReason ?? '',
    errorCode: event.type === 'failed' || event.type === 'attempt_failed' ? event.code : '',
    ...(event.type === 'attempt_failed' ? { repeated: true as const } : {}),
    ...(usage?.tokens ?? noTokens),
    measured: usage?.measured ?? false,
    costMicroUsd: usage?.costMicroUsd ?? null,
    costKind: usage?.costKind ?? request.route?.costKind ?? 'unknown',
    health: event.health,
  };
}
