import type { SessionEvent } from './events.ts';

export type EndedEvent = Extract<SessionEvent, { type: 'completed' | 'failed' | 'cancelled' }>;
/** Usage and cost of an ended request. */
export type Charge = Pick<
  Extract<SessionEvent, { type: 'completed' }>,
  'tokens' | 'measured' | 'costMicroUsd' | 'costKind'
>;

export const isEnded = (event: SessionEvent): event is EndedEvent =>
  event.type === 'completed' || event.type === 'failed' || event.type === 'cancelled';

/** An event with a cost of its own: the end of a request, or of an attempt that is repeated. */
export type ChargedEvent = EndedEvent | Extract<SessionEvent, { type: 'attempt_failed' }>;

export const isCharged = (event: SessionEvent): event is ChargedEvent =>
  isEnded(event) || event.type === 'attempt_failed';

/** Usage and cost, complete or not; `undefined` if nothing was generated. */
export const paidOf = (event: ChargedEvent): Charge | undefined =>
  event.type === 'completed' ? event : event.incompleteUsage;

/** Cost paid by API key, in micro-dollars; 0 for other kinds of cost. */
export function meteredCost(event: ChargedEvent): number {
  const usage = paidOf(event);
  return usage?.costKind === 'metered' ? (usage.costMicroUsd ?? 0) : 0;
}
