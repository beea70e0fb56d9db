import { CcpError } from '../errors/ccp-error.ts';
import { type Context, isOpen } from './context.ts';

/** Why the upstream cannot be used now, with the remedy; `undefined` when it can. */
export async function credentialProblem(upstream: string, context: Context): Promise<string | undefined> {
  if (isOpen(upstream, context)) return undefined;
  const { source } = await context.credentials();
  try {
    await source.check(upstream);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CcpError) return thrown.message + (upstream === 'anthropic' ? ownLoginHint : '');
    throw thrown;
  }
}

/** A running session has the client's login or it has not. */
const ownLoginHint =
  ' Claude Code’s own login can be used by a launch with --model anthropic/…, not by a switch of a running session.';
