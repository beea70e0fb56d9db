/** Where a credential comes from. The store is in memory and the refresher is scripted. */
import { describe, expect, it } from 'vitest';
import { CommandTokens, type RunCommand } from '../../src/credentials/command-tokens.ts';
import type { CredentialDocument, OAuthDocument } from '../../src/credentials/document.ts';
import type { LoginProfile } from '../../src/credentials/logins/profile.ts';
import type { Refresher } from '../../src/credentials/refresher.ts';
import { type CredentialRow, credentialSource, environmentVariable } from '../../src/credentials/source.ts';
import type { CredentialStore } from '../../src/credentials/store.ts';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { fakeJwt } from '../support/auth-server.ts';
import { FakeClock } from '../support/fake-clock.ts';

const rows: CredentialRow[] = [
  { upstream: 'plan', variables: ['PLAN_TOKEN', 'PLAN_OLD_TOKEN'], kind: 'bearer', account: 'PLAN_ACCOUNT' },
  { upstream: 'keyed', variables: ['KEYED_API_KEY'], kind: 'api-key' },
  { upstream: 'bare', variables: [], kind: 'bearer' },
];
const clock = new FakeClock();
const now = clock.now();
const token = fakeJwt({ chatgpt_account_id: 'acct-claim' });
const login: OAuthDocument = { type: 'oauth', accessToken: token, refreshToken: 'fake-refresh', expiresAt: now + 1 };
const key: CredentialDocument = { type: 'api-key', apiKey: 'sk-fake' };

/** A source for a store with one document. Only `plan` has a login profile. */
function make(
  document?: CredentialDocument,
  {
    env = {},
    refresher = {},
    run = async () => ({ ok: true, output: 'fake-printed' }),
  }: { env?: Record<string, string>; refresher?: Partial<Refresher>; run?: RunCommand } = {},
) {
  const stored = { document };
  const loads: string[] = [];
  const source = credentialSource({
    env,
    rows,
    clock,
    early: true,
    profiles: [{ upstream: 'plan' } as LoginProfile],
    commands: new CommandTokens([{ upstream: 'gate', words: ['helper'], ttlMs: 1, remedy: '' }], run, clock),
    store: {
      load: async (upstream: string) => {
        loads.push(upstream);
        return stored.document && { document: stored.document, storage: 'file' };
      },
    } as CredentialStore,
    refresher: refresher as Refresher,
  });
  return { source, stored, loads };
}
const rejected = { kind: 'bearer', token, accountId: undefined, origin: 'stored' } as const;

describe('a credential from a command', () => {
  const printed = { kind: 'bearer', token: 'fake-printed', accountId: undefined, origin: 'command' } as const;

  it('is printed when it is needed, and not by a check', async () => {
    let runs = 0;
    const { source, loads } = make(login, { run: async () => ({ ok: true, output: `fake-printed${++runs || ''}` }) });
    await source.check('gate');
    expect(runs).toBe(0);
    expect(await source.get('gate')).toEqual({ ...printed, token: 'fake-printed1' });
    expect(loads).toEqual([]);
  });

  it('is printed again when the upstream rejects it', async () => {
    const { source } = make(login);
    expect(await source.renew('gate', printed)).toBeUndefined();
    expect(await source.renew('gate', { ...printed, token: 'fake-older' })).toEqual(printed);
  });
});

describe('a credential from the environment', () => {
  it('is the first variable that is set, without blanks around it', async () => {
    const env = { PLAN_TOKEN: ' ', PLAN_OLD_TOKEN: ' fake-old\n' };
    expect(environmentVariable('plan', { env, rows })).toEqual({ name: 'PLAN_OLD_TOKEN', value: 'fake-old' });
    expect(environmentVariable('unknown', { env, rows })).toBeUndefined();
    expect(environmentVariable('plan', { env: {}, rows })).toBeUndefined();
    const { source, loads } = make(login, { env });
    expect(await source.get('plan')).toEqual({
      kind: 'bearer',
      token: 'fake-old',
      accountId: undefined,
      origin: 'environment',
    });
    await source.check('plan');
    expect(loads).toEqual([]);
  });

  it('has the account of its variable before the one of its claims', async () => {
    const get = async (env: Record<string, string>) => (await make(undefined, { env }).source.get('plan')).accountId;
    expect(await get({ PLAN_TOKEN: token, PLAN_ACCOUNT: ' acct-variable ' })).toBe('acct-variable');
    expect(await get({ PLAN_TOKEN: token, PLAN_ACCOUNT: ' ' })).toBe('acct-claim');
    expect(await get({ PLAN_TOKEN: token })).toBe('acct-claim');
  });

  it('has no account if it is an API key', async () => {
    expect(await make(undefined, { env: { KEYED_API_KEY: token } }).source.get('keyed')).toEqual({
      kind: 'api-key',
      token,
      accountId: undefined,
      origin: 'environment',
    });
  });

  it('is not renewed after a rejection', async () => {
    const { source } = make(key);
    expect(await source.renew('keyed', { ...rejected, origin: 'environment' })).toBeUndefined();
  });
});

describe('a stored API key', () => {
  it('is used as it is', async () => {
    const { source } = make(key);
    expect(await source.get('plan')).toEqual({
      kind: 'api-key',
      token: 'sk-fake',
      accountId: undefined,
      origin: 'stored',
    });
    await source.check('plan');
  });

  it('replaces a rejected credential only if it differs', async () => {
    const { source } = make(key);
    expect(await source.renew('plan', { ...rejected, token: 'sk-older' })).toMatchObject({ token: 'sk-fake' });
    expect(await source.renew('plan', { ...rejected, token: 'sk-fake' })).toBeUndefined();
  });
});

describe('a stored login', () => {
  it('is renewed by its profile as needed', async () => {
    const asked: unknown[] = [];
    const { source } = make(login, {
      refresher: {
        current: async (profile, document, early) => {
          asked.push([profile.upstream, document, early]);
          return { ...login, accountId: 'acct-stored' };
        },
      },
    });
    expect(await source.get('plan')).toEqual({ kind: 'bearer', token, accountId: 'acct-stored', origin: 'stored' });
    expect(asked).toEqual([['plan', login, true]]);
  });

  it('that was replaced by an API key during its renewal gives that key', async () => {
    const { source, stored } = make(login, {
      refresher: {
        current: async () => {
          stored.document = key;
          throw new CcpError('no_credential', 'gone');
        },
      },
    });
    expect(await source.get('plan')).toMatchObject({ token: 'sk-fake' });
  });

  it.each([new CcpError('auth_unavailable', 'busy'), new Error('busy')])(
    'whose renewal fails otherwise is that error: %s',
    async (error) => {
      const { source } = make(login, { refresher: { current: () => Promise.reject(error) } });
      await expect(source.get('plan')).rejects.toBe(error);
    },
  );

  it('without a profile is used until it expires', async () => {
    expect(await make(login).source.get('bare')).toMatchObject({ token, accountId: 'acct-claim' });
    expect(await make({ ...login, expiresAt: undefined }).source.get('bare')).toMatchObject({ token });
    const expired = 'The login for bare has expired. Run `ccp auth login bare`.';
    await expect(make({ ...login, expiresAt: now }).source.get('bare')).rejects.toThrow(expired);
  });

  it('that was rejected is renewed by its profile, and without one only replaced by another token', async () => {
    const asked: unknown[] = [];
    const { source } = make(login, {
      refresher: {
        renewed: async (profile, document, old) => {
          asked.push([profile.upstream, document, old]);
          return old === token ? { ...login, accessToken: 'fake-new' } : undefined;
        },
      },
    });
    expect(await source.renew('plan', rejected)).toMatchObject({ token: 'fake-new', origin: 'stored' });
    expect(await source.renew('plan', { ...rejected, token: 'fake-other' })).toBeUndefined();
    expect(asked).toEqual([
      ['plan', login, token],
      ['plan', login, 'fake-other'],
    ]);
    expect(await source.renew('bare', rejected)).toBeUndefined();
    expect(await source.renew('bare', { ...rejected, token: 'fake-older' })).toMatchObject({ token });
  });

  it('is settled when the refresher is', async () => {
    let isSettled = false;
    const { source } = make(login, {
      refresher: {
        settled: async () => {
          isSettled = true;
        },
      },
    });
    await source.settled();
    expect(isSettled).toBe(true);
  });
});

describe('a check before a launch', () => {
  const ended = { code: 'reused', at: 1 };

  it.each([
    ['that can be renewed', 'plan', { ...login, expiresAt: now - 1 }],
    ['that cannot be renewed and has not expired', 'plan', { ...login, refreshToken: undefined }],
    ['without an expiry time', 'bare', { ...login, expiresAt: undefined }],
    ['that has ended, with a token that holds', 'plan', { ...login, refreshToken: undefined, ended }],
  ])('accepts a login %s', async (_name, upstream, document) => {
    await expect(make(document).source.check(upstream)).resolves.toBeUndefined();
  });

  it.each([
    ['that has expired, without a refresh token', 'plan', { ...login, refreshToken: undefined, expiresAt: now }],
    ['that has expired, without a profile', 'bare', { ...login, expiresAt: now }],
    [
      'that has ended, with a token without an expiry time',
      'plan',
      { ...login, refreshToken: undefined, expiresAt: undefined, ended },
    ],
  ])('rejects a login %s', async (_name, upstream, document) => {
    await expect(make(document).source.check(upstream)).rejects.toMatchObject({ code: 'credential_rejected' });
  });

  it.each([
    ['plan', 'There is no credential for plan. Run `ccp auth login plan`, or set PLAN_TOKEN.'],
    ['bare', 'There is no credential for bare. Run `ccp auth login bare`.'],
    ['unknown', 'There is no credential for unknown. Run `ccp auth login unknown`.'],
  ])('names what is missing for %s', async (upstream, message) => {
    await expect(make().source.check(upstream)).rejects.toMatchObject({ code: 'no_credential', message });
    await expect(make().source.get(upstream)).rejects.toMatchObject({ code: 'no_credential', message });
  });
});
