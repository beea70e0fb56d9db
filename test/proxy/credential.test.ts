import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { Credential, CredentialSource } from '../../src/ports/credential.ts';
import { clientLoginUpstreams, credentialFor, noCredential } from '../../src/proxy/credential.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';

const own: Credential = { kind: 'bearer', token: 'fake-own', accountId: undefined, origin: 'stored' };
const missing = new CcpError('no_credential', 'none');
const ended = new CcpError('credential_rejected', 'ended');

/** A source that has a credential, or fails, for each upstream. */
const source = (found: Readonly<Record<string, Credential | Error>>): CredentialSource => ({
  get: async (name) => {
    const credential = found[name] ?? missing;
    if (credential instanceof Error) throw credential;
    return credential;
  },
  renew: async () => undefined,
  settled: async () => {},
});
const upstream = (name: string, more: object = {}) => ({ name, auth: { isOptional: false }, ...more }) as Upstream;

describe('the credential of a request', () => {
  const get = (
    credential: 'own' | 'client' | 'none',
    {
      found = own,
      isOptional = false,
      login,
    }: { found?: Credential | Error; isOptional?: boolean; login?: string } = {},
  ) =>
    credentialFor({ upstream: upstream('nest', { auth: { isOptional } }), credential }, source({ nest: found }), login);

  it('is that of ccp, the login of the client, or none', async () => {
    expect(await get('own', { login: 'Bearer fake' })).toBe(own);
    expect(await get('client', { login: 'Bearer fake' })).toEqual({
      kind: 'client',
      token: 'Bearer fake',
      accountId: undefined,
      origin: 'client',
    });
    expect(await get('client')).toBe(own);
    expect(await get('none', { found: ended })).toEqual({
      kind: 'none',
      token: '',
      accountId: undefined,
      origin: 'none',
    });
  });

  it('may be missing only where it is optional', async () => {
    expect(await get('own', { found: missing, isOptional: true })).toBe(noCredential);
    await expect(get('own', { found: missing })).rejects.toBe(missing);
    await expect(get('own', { found: ended, isOptional: true })).rejects.toBe(ended);
    const odd = Object.assign(new Error('odd'), { code: 'no_credential' });
    await expect(get('own', { found: odd, isOptional: true })).rejects.toBe(odd);
  });
});

it('the login of the client is used for upstreams that accept it and of which ccp has no credential', async () => {
  const accepting = (name: string) => upstream(name, { acceptsClientLogin: true });
  expect(
    await clientLoginUpstreams(
      [accepting('none'), accepting('own'), accepting('ended'), upstream('other')],
      source({ own, ended }),
    ),
  ).toEqual(new Set(['none']));
});
