/** Selects the credential that a request to a candidate is sent with. */
import { CcpError } from '../errors/ccp-error.ts';
import type { Credential, CredentialSource } from '../ports/credential.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { Upstream } from '../upstreams/upstream.ts';

export const noCredential: Credential = { kind: 'none', token: '', accountId: undefined, origin: 'none' };

/**
 * @param clientLogin Claude Code's own `Authorization` header.
 * @throws CcpError `no_credential` when the upstream requires a credential and there is none.
 */
export async function credentialFor(
  { upstream, credential }: Pick<Candidate, 'upstream' | 'credential'>,
  credentials: CredentialSource,
  clientLogin: string | undefined,
): Promise<Credential> {
  if (credential === 'none') return noCredential;
  if (credential === 'client' && clientLogin !== undefined)
    return { kind: 'client', token: clientLogin, accountId: undefined, origin: 'client' };
  try {
    return await credentials.get(upstream.name);
  } catch (thrown) {
    if (upstream.auth.isOptional && isMissing(thrown)) return noCredential;
    throw thrown;
  }
}

/** Names of the upstreams that accept Claude Code's own login and for which ccp has no credential of its own. */
export async function clientLoginUpstreams(
  upstreams: readonly Upstream[],
  credentials: CredentialSource,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const { name, acceptsClientLogin } of upstreams) {
    if (!acceptsClientLogin) continue;
    try {
      await credentials.get(name);
    } catch (thrown) {
      // Any other failure concerns ccp's own credential; it is reported if that upstream is used.
      if (isMissing(thrown)) names.add(name);
    }
  }
  return names;
}

const isMissing = (thrown: unknown): boolean => thrown instanceof CcpError && thrown.code === 'no_credential';
