import { CcpError } from '../errors/ccp-error.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { AppContext } from './context.ts';

/** Returns why the upstream cannot be used now, with a remedy; `undefined` when it can. */
export async function credentialProblem(
  { name, auth, acceptsClientLogin }: Upstream,
  context: AppContext,
): Promise<string | undefined> {
  if (auth.isOptional) return undefined;
  const { source } = await context.credentials();
  try {
    await source.check(name);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    // The client's login is set up at launch and cannot be added to a running session.
    const hint = acceptsClientLogin
      ? ` Claude Code’s own login can be used by a launch with --model ${name}/…, not by a switch of a running session.`
      : '';
    return thrown.message + hint;
  }
}
