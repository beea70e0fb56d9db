/** `ccp auth logout`: revokes where the server can, and removes here in any case. */

import type { AppContext } from '../../app/context.ts';
import type { Credentials } from '../../app/credentials.ts';
import { environmentVariable } from '../../credentials/source.ts';
import { asUserError } from './login.ts';
import { checkUpstream } from './names.ts';

export async function logout(name: string | undefined, context: AppContext): Promise<number> {
  const upstream = checkUpstream(name, 'logout', context);
  const credentials = await context.credentials();
  const { store, rows } = credentials;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  try {
    // Whoever renews it now is waited for: what is revoked is what stands there.
    const { revoked, removed } = await store.exclusively(upstream, async () => {
      const revoked = await revoke(upstream, credentials);
      return { revoked, removed: store.remove(upstream) };
    });
    if (removed === 'absent') say(`There is no stored login for ${upstream}.`);
    else if (removed === 'removed') say(`Signed out of ${upstream}${revoked ? '; its tokens were revoked' : ''}.`);
    else say(`The file of ${upstream} was not ccp’s; it was moved to ${removed.movedTo}.`);
  } catch (thrown) {
    throw asUserError(thrown, upstream);
  }
  const set = environmentVariable(upstream, { env: context.env, rows });
  if (set) say(`${set.name} is still set, and is used.`);
  return 0;
}

/** Best effort: a server that is away, or a file that cannot be opened, holds nobody in. */
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
