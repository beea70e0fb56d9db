import type { Clock } from '../ports/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** `14:20`, or `Thu 09:00` when it is not today. */
export function clockTime(epochMs: number): string {
  const date = new Date(epochMs);
  const today = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
  return today
    ? time
    : `${date.toLocaleDateString('en', { weekday: 'short', day: 'numeric', month: 'short' })} ${time}`;
}

/** Local calendar day of an ISO time, `YYYY-MM-DD`. */
export function localDay(time: string): string {
  const date = new Date(time);
  const twoDigits = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}
