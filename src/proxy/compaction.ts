/** Which route compacts the conversation, where the main route does not hold its history. */
import { CcpError } from '../errors/ccp-error.ts';
import { nameOf, windowOf } from '../models/find.ts';
import type { RouteChoice } from '../routing/table.ts';
import type { SessionHub } from './hub.ts';

/** What a compaction needs beside the history. */
const summaryTokens = 20_000;

/** @param used what the compaction request itself holds, in tokens. */
export function compactionRoute(choice: RouteChoice, used: number, hub: SessionHub): RouteChoice {
  // The whole history goes into it, and a summary must come out.
  const wanted = used + summaryTokens;
  const tooMuch = wanted > windowOf(choice.target);
  const holder = hub.compactsOn ?? (tooMuch ? hub.holderOf(wanted) : undefined);
  if (!holder) return choice;
  return { ...holder, routeClass: 'compaction', reason: 'the history fits this route and not the main one' };
}

/** The upstream counts otherwise than we do: what it cannot compact, an earlier route may. */
export function otherCompactor(thrown: unknown, { target }: RouteChoice, hub: SessionHub): RouteChoice | undefined {
  const overflow = thrown instanceof CcpError ? thrown.overflow : undefined;
  const holder = overflow && hub.holderOf(Math.max(overflow.used ?? 0, windowOf(target) + 1));
  if (!holder) return undefined;
  return {
    ...holder,
    routeClass: 'compaction',
    reason: `${nameOf(target)} cannot compact a history of this length`,
  };
}
