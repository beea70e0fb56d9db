/** When the limits of a plan are used up at the pace of their windows so far. Pure. */
import { forecastOf } from '../ledger/forecast.ts';
import { type QuotaWindow, windowLengthMs } from '../models/quota.ts';
import { ownValue } from '../wire/json.ts';
import { answeringRoute } from './answering-route.ts';
import type { SessionState } from './state.ts';

export interface PlanWindow extends QuotaWindow {
  /** Set if limits of several upstreams are listed. */
  readonly upstream: string | undefined;
  /** When it is used up at this pace, epoch milliseconds; `undefined` when not before its reset, or unknown. */
  readonly usedUpAt: number | undefined;
}

/**
 * The limits of the model that answers the conversation, then those of the main route if that is another one. Where both
 * have limits, each has its upstream.
 */
export function planWindows(state: SessionState, now: number): PlanWindow[] {
  const main = state.routes.find(({ routeClass }) => routeClass === 'main');
  const upstreams = new Set([answeringRoute(state)?.upstream ?? '', main?.upstream ?? '']);
  const known = [...upstreams].filter((upstream) => (ownValue(state.quotas, upstream)?.windows.length ?? 0) > 0);
  return known.flatMap((upstream) =>
    (ownValue(state.quotas, upstream)?.windows ?? []).map((window) => ({
      ...window,
      upstream: known.length > 1 ? upstream : undefined,
      usedUpAt: usedUpAt(window, now),
    })),
  );
}

function usedUpAt({ name, usedPercent, resetsAt }: QuotaWindow, now: number): number | undefined {
  const lengthMs = windowLengthMs(name);
  if (lengthMs === undefined || resetsAt === undefined) return undefined;
  const window = { startsAt: resetsAt - lengthMs, endsAt: resetsAt };
  return forecastOf({ spentMicroUsd: usedPercent, limitMicroUsd: 100 }, window, now)?.usedUpAt;
}
