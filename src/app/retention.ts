/** Applies a policy's `retentionDays`, once at the start of a proxy. */

import { removeOldLogLines } from '../storage/old-log-lines.ts';
import { rollUpLedger } from '../storage/roll-up-file.ts';
import { auditFile } from './audit.ts';
import type { AppContext } from './context.ts';

/** @param now epoch milliseconds. @param onProblem called with an error; the other kinds are still applied. */
export async function applyRetention(
  { paths, policy }: Pick<AppContext, 'paths' | 'policy'>,
  now: number,
  onProblem: (cause: unknown) => void,
): Promise<void> {
  const { ledger, audit, logs } = policy.effective.retentionDays;
  const attempt = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      onProblem(cause);
    }
  };
  if (ledger)
    await attempt(() => rollUpLedger(paths.ledgerDir, midnightBefore(now, ledger.value).toISOString(), noonOf));
  if (audit) await attempt(() => auditFile({ paths }).removeDaysBefore(dayBefore(now, audit.value)));
  if (logs)
    await attempt(() => {
      for (const path of [paths.proxyLog, paths.bodiesLog])
        removeOldLogLines(path, midnightBefore(now, logs.value).toISOString());
    });
}

/** Local midnight of the first day that is kept. */
function midnightBefore(now: number, days: number): Date {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() - days);
}

/** The first day that is kept in UTC, as the audit log counts its days. */
const dayBefore = (now: number, days: number): string => new Date(now - days * 86_400_000).toISOString().slice(0, 10);

/** Noon of the local day: a line that stands for a day stays in it. */
function noonOf(time: string): string {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12).toISOString();
}
