/** When the limits of a plan are used up at the pace of their windows so far. Pure. */
import { forecastOf } from '../ledger/forecast.ts';
import { type QuotaWindow, windowLengthMs } from '../models/quota.ts';
import { ownValue } from '../wire/json.ts';
import { answeringRoute } from './answering-route.ts';
import type { SessionState } from './state.ts';

export interface PlanWindow extends QuotaWindow {
  /** When it is used up at this pace, epoch milliseconds; `undefined` when not before its reset, or unknown. */
  readonly usedUpAt: number | undefined;
}

/** The limits of the model that answers the conversation. */
export function planWindows(state: SessionState, now: number): PlanWindow[] {
  const quota = ownValue(state.quotas, answeringRoute(state)?.upstream ?? '');
  return (quota?.windows ?? []).map((window) => ({ ...window, usedUpAt: usedUpAt(window, now) }));
}

function usedUpAt({ name, usedPercent, resetsAt }: QuotaWindow, now: number): number | undefined {
  const lengthMs = windowLengthMs(name);
  if (lengthMs === undefined || resetsAt === undefined || resetsAt <= now) return undefined;
  const window = { startsAt: resetsAt - lengthMs, endsAt: resetsAt };
  return forecastOf({ spentMicroUsd: usedPercent, limitMicroUsd: 100 }, window, now)?.usedUpAt;
}
