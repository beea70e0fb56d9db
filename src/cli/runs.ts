/** Finds a running session by name, and checks the state that its proxy returns. */
import { UserError } from '../errors/user-error.ts';
import type { SessionState } from '../session/state.ts';
import type { Run } from '../storage/run-files.ts';
import { isObject } from '../wire/json.ts';

/**
 * @param name the session's name or a prefix of it; when omitted, the session at `baseUrl` (the one this shell's Claude
 * Code uses), else the newest.
 * @throws UserError when no session, or more than one, matches.
 */
export function runNamed(name: string | undefined, runs: readonly Run[], baseUrl?: string | undefined): Run {
  const names = runs.map(({ session }) => session).join(', ');
  if (name === undefined) {
    const currentRun = runs.find(({ url }) => url === baseUrl) ?? runs.at(-1);
    if (currentRun) return currentRun;
    throw new UserError('No session is running. Start one with `ccp launch`.', 2);
  }
  const exact = runs.find(({ session }) => session === name);
  const matches = name ? runs.filter(({ session }) => session.startsWith(name)) : [];
  const [match] = exact ? [exact] : matches;
  if (match && (exact || matches.length === 1)) return match;
  if (matches.length > 1)
    throw new UserError(`"${name}" means several sessions: ${matches.map(({ session }) => session).join(', ')}.`, 2);
  throw new UserError(
    `No running session is called "${name}". ${names === '' ? 'None is running.' : `Running: ${names}.`}`,
    2,
  );
}

/** Checks only the shape of the members that are read. A newer proxy may send additional members. */
export const isState = (value: unknown): value is SessionState =>
  isObject(value) &&
  isObject(value.totals) &&
  isObject(value.quotas) &&
  Array.isArray(value.routes) &&
  Array.isArray(value.recent) &&
  Array.isArray(value.running);
