import { credentialSource } from '../credentials/source.ts';
import { CcpError } from '../errors/ccp-error.ts';
import { systemClock } from '../platform/clock.ts';
import type { Context } from './context.ts';

/** Why the upstream cannot be used now, with the remedy; `undefined` when it can. */
export async function credentialProblem(upstream: string, context: Context): Promise<string | undefined> {
  if (upstream === 'demo') return undefined;
  const source = credentialSource({
    env: context.env,
    credentialsDir: context.paths.credentialsDir,
    clock: systemClock,
  });
  try {
    await source.get(upstream);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CcpError) return thrown.message;
    throw thrown;
  }
}
