/**
 * Named logins: `codex#work` is the upstream `codex` with a credential of its own. It is an upstream like any other, and
 * is used only where it is named.
 */

const pattern = /^([a-z][a-z0-9-]{0,31})#[a-z0-9][a-z0-9-]{0,31}$/;

/** The upstream of a named login; `undefined` for any other name. */
export const upstreamOfLogin = (name: string): string | undefined => pattern.exec(name)?.[1];

/** An upstream's name without the name of its login. */
export const baseName = (name: string): string => upstreamOfLogin(name) ?? name;

/** The named logins in `NAME#LOGIN/MODEL` anywhere in a value, such as the settings. */
export function namedLogins(value: unknown): string[] {
  if (typeof value === 'string') {
    const name = value.split('/', 1)[0] ?? '';
    return upstreamOfLogin(name) === undefined ? [] : [name];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namedLogins) : [];
}
