/** Writes one ledger line for each request. Tracks running requests itself, as the state lists only some of them. */
import type { SessionEvent } from '../../session/events.ts';
import { type LedgerRequest, ledgerEntry } from '../../session/ledger-entry.ts';
import { isCharged, isEnded } from '../../session/paid.ts';
import type { ProxyDeps } from '../deps.ts';

export function ledgerWriter({ identity, money, ports }: Pick<ProxyDeps, 'identity' | 'money' | 'ports'>) {
  const running = new Map<string, LedgerRequest>();
  return (event: SessionEvent): void => {
    const request = running.get(event.id);
    if (event.type === 'request_started') {
      running.set(event.id, {
        requestClass: event.requestClass,
        requestedModel: event.requestedModel,
        route: undefined,
      });
    } else if (event.type === 'routed' && request) {
      running.set(event.id, { ...request, route: event.route });
    } else if (isCharged(event)) {
      if (isEnded(event)) running.delete(event.id);
      const entry = ledgerEntry(event, request, identity);
      if (entry) money.appendLedger(entry);
      ports.log.info({ ...event, route: request?.route, requestClass: request?.requestClass }, event.type);
    }
  };
}
