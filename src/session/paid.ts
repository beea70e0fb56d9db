import type { SessionEvent } from './events.ts';

export type EndedEvent = Extract<SessionEvent, { type: 'completed' | 'failed' | 'cancelled' }>;
export type Paid = Pick<
  Extract<SessionEvent, { type: 'completed' }>,
  'tokens' | 'measured' | 'costMicroUsd' | 'costKind'
>;

export const isEnded = (event: SessionEvent): event is EndedEvent =>
  event.type === 'completed' || event.type === 'failed' || event.type === 'cancelled';

/** What an ended request cost, complete or not; `undefined` when nothing was generated. */
export const paidOf = (event: EndedEvent): Paid | undefined =>
  event.type === 'completed' ? event : event.incompleteUsage;

/** In micro-dollars, by an API key. */
export function meteredCost(event: EndedEvent): number {
  const paid = paidOf(event);
  return paid?.costKind === 'metered' ? (paid.costMicroUsd ?? 0) : 0;
}
