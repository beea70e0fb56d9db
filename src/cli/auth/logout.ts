/** `ccp auth logout`: revokes the login when the server supports it, and always removes it from this machine. */

import { createAudit } from '../../app/audit.ts';
import type { AppContext } from '../../app/context.ts';
import type { Credentials } from '../../app/credentials.ts';
import { environmentVariable } from '../../credentials/source.ts';
import { asUserError } from './login.ts';
import { checkUpstream } from './names.ts';

export async function logout(name: string | undefined, context: AppContext): Promise<number> {
  const upstream = checkUpstream(name, 'logout', context);
  const credentials = await context.credentials();
  const { store, rows } = credentials;
  const print = (line: string) => process.stdout.write(`${line}\n`);
  try {
    // The lock waits for a refresh in another process, so that the tokens revoked are the ones stored.
    const { revoked, removed } = await store.exclusively(upstream, async () => {
      const revoked = await revoke(upstream, credentials);
      return { revoked, removed: store.remove(upstream) };
    });
    if (removed === 'absent') print(`There is no stored login for ${upstream}.`);
    else if (removed === 'removed') print(`Signed out of ${upstream}${revoked ? '; its tokens were revoked' : ''}.`);
    else print(`The file of ${upstream} was not ccp’s; it was moved to ${removed.movedTo}.`);
  } catch (thrown) {
    throw asUserError(thrown, upstream);
  }
  await createAudit(context, undefined, () => {}).add({ type: 'logout', details: { upstream } });
  const variable = environmentVariable(upstream, { env: context.env, rows });
  if (variable) print(`${variable.name} is still set, and is used.`);
  return 0;
}

/** Best effort: an unreachable server or an unreadable file must not prevent the logout. */
async function revoke(upstream: string, { store, loginOf, worldOf }: Credentials): Promise<boolean> {
  const profile = loginOf(upstream);
  if (!profile) return false;
  const world = worldOf(profile);
  profile.forget?.(world);
  try {
    const stored = await store.load(upstream);
    return stored?.document.type === 'oauth' && (await profile.revoke(stored.document, world));
  } catch {
    return false;
  }
}
