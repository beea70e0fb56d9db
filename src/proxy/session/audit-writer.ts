/** Turns a session's events into lines of the audit log: denials, switches, fallbacks. */
import type { AuditFacts } from '../../ledger/audit.ts';
import type { SessionEvent } from '../../session/events.ts';
import { fallbackIncident } from '../../session/format.ts';

/** @returns a listener of session events. */
export function auditWriter(audit: (facts: AuditFacts) => void): (event: SessionEvent) => void {
  return (event) => {
    const facts = factsOf(event);
    if (facts) audit(facts);
  };
}

function factsOf(event: SessionEvent): AuditFacts | undefined {
  switch (event.type) {
    case 'failed': {
      if (event.code !== 'route_denied') return undefined;
      const { upstream = '', model = '' } = event.route ?? {};
      return { type: 'denial', details: { request: event.id, target: `${upstream}/${model}`, reason: event.message } };
    }
    case 'route_changed': {
      const { routeClass, upstream, model } = event.route;
      return { type: 'switch', details: { class: routeClass, from: event.previous, to: `${upstream}/${model}` } };
    }
    case 'warning':
      return event.id.startsWith(fallbackIncident)
        ? { type: 'fallback', details: { change: event.message } }
        : undefined;
    default:
      return undefined;
  }
}
