/** Finds a running session by name, and reads what its proxy says. */
import { UserError } from '../errors/user-error.ts';
import type { SessionState } from '../session/state.ts';
import type { Run } from '../storage/run-files.ts';
import { isObject } from '../wire/json.ts';

/**
 * @param wanted its name or the beginning of it; the newest without one.
 * @throws UserError when no running session has that name, or none runs.
 */
export function runNamed(wanted: string | undefined, runs: readonly Run[]): Run {
  const names = runs.map(({ session }) => session).join(', ');
  const found =
    wanted === undefined
      ? runs.at(-1)
      : (runs.find(({ session }) => session === wanted) ?? runs.find(({ session }) => session.startsWith(wanted)));
  if (found) return found;
  if (names === '') throw new UserError('No session is running. Start one with `ccp launch`.', 2);
  throw new UserError(`No running session is called "${wanted}". Running: ${names}.`, 2);
}

/** What our own proxy sends is believed as far as its shape goes; a newer one may say more. */
export const isState = (value: unknown): value is SessionState =>
  isObject(value) &&
  isObject(value.totals) &&
  isObject(value.quotas) &&
  Array.isArray(value.routes) &&
  Array.isArray(value.recent) &&
  Array.isArray(value.running);
