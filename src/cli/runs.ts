/** Finds a running session by name, and reads what its proxy says. */
import { UserError } from '../errors/user-error.ts';
import type { SessionState } from '../session/state.ts';
import type { Run } from '../storage/run-files.ts';
import { isObject } from '../wire/json.ts';

/**
 * @param wanted its name or the beginning of it; without one, the session this shell's Claude Code talks to, else the newest.
 * @throws UserError when that means no running session, or several.
 */
export function runNamed(wanted: string | undefined, runs: readonly Run[], baseUrl?: string | undefined): Run {
  const names = runs.map(({ session }) => session).join(', ');
  if (wanted === undefined) {
    const own = runs.find(({ url }) => url === baseUrl) ?? runs.at(-1);
    if (own) return own;
    throw new UserError('No session is running. Start one with `ccp launch`.', 2);
  }
  const exact = runs.find(({ session }) => session === wanted);
  const matches = wanted ? runs.filter(({ session }) => session.startsWith(wanted)) : [];
  const [only] = exact ? [exact] : matches;
  if (only && (exact || matches.length === 1)) return only;
  if (matches.length > 1)
    throw new UserError(`"${wanted}" means several sessions: ${matches.map(({ session }) => session).join(', ')}.`, 2);
  throw new UserError(
    `No running session is called "${wanted}". ${names === '' ? 'None is running.' : `Running: ${names}.`}`,
    2,
  );
}

/** What our own proxy sends is believed as far as its shape goes; a newer one may say more. */
export const isState = (value: unknown): value is SessionState =>
  isObject(value) &&
  isObject(value.totals) &&
  isObject(value.quotas) &&
  Array.isArray(value.routes) &&
  Array.isArray(value.recent) &&
  Array.isArray(value.running);
