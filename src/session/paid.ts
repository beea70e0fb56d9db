import type { SessionEvent } from './events.ts';

export type EndedEvent = Extract<SessionEvent, { type: 'completed' | 'failed' | 'cancelled' }>;
/** Usage and cost of an ended request. */
export type Charge = Pick<
  Extract<SessionEvent, { type: 'completed' }>,
  'tokens' | 'measured' | 'costMicroUsd' | 'costKind'
>;

export const isEnded = (event: SessionEvent): event is EndedEvent =>
  event.type === 'completed' || event.type === 'failed' || event.type === 'cancelled';

/** Usage and cost of an ended request, complete or not; `undefined` if nothing was generated. */
export const paidOf = (event: EndedEvent): Charge | undefined =>
  event.type === 'completed' ? event : event.incompleteUsage;

/** Cost paid by API key, in micro-dollars; 0 for other kinds of cost. */
export function meteredCost(event: EndedEvent): number {
  const usage = paidOf(event);
  return usage?.costKind === 'metered' ? (usage.costMicroUsd ?? 0) : 0;
}
