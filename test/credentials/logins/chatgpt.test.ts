/** The requests to the auth server of Sign in with ChatGPT. The sign-in itself is in `login.test.ts`. */
import { describe, expect, it } from 'vitest';
import { chatgptLogin } from '../../../src/credentials/logins/chatgpt.ts';
import { loginFlows } from '../../../src/credentials/logins/flows.ts';
import { CcpError } from '../../../src/errors/ccp-error.ts';
import { fakeJwt } from '../../support/auth-server.ts';
import { authWorld } from '../../support/auth-world.ts';

const minute = 60_000;
const document = {
  type: 'oauth',
  accessToken: 'fake-old',
  refreshToken: 'fake-refresh',
  clientId: 'client',
  accountId: 'acct-old',
  email: 'old@example.org',
  plan: 'free',
  other: { note: 'kept' },
} as const;

describe('a login to chatgpt', () => {
  it.each([
    ['five minutes before it expires', { expiresAt: 20 * minute }, 15, 15],
    ['never before its earliest time', { expiresAt: 20 * minute, earliestRefreshAt: 18 * minute }, 18, 18],
    ['five minutes before it expires', { expiresAt: 20 * minute, earliestRefreshAt: minute }, 15, 1],
    ['when its token is rejected, without an expiry time', {}, Number.POSITIVE_INFINITY, -5],
  ])('is renewed %s: %j', (_name, times, due, notBefore) => {
    expect(chatgptLogin.dueAt({ ...document, ...times })).toBe(due * minute);
    expect(chatgptLogin.notBefore({ ...document, ...times })).toBe(notBefore * minute);
  });

  it('is one of the flows, by the name of its upstream', () => {
    expect(loginFlows.chatgpt).toBe(chatgptLogin);
    expect(Object.entries(loginFlows).map(([name, { upstream }]) => [name, upstream])).toEqual(
      ['codex', 'chatgpt', 'kimi'].map((name) => [name, name]),
    );
  });
});

describe('a refresh of chatgpt', () => {
  const refresh = async (...responses: Parameters<typeof authWorld>) => {
    const { world, http, install } = authWorld(...responses);
    install.keepClient({ clientId: 'client', subject: 'user' });
    const outcome = await chatgptLogin.refresh(document, 'proactive_expiry', world);
    return { outcome, http, install, now: world.clock.now() };
  };

  it('sends the refresh token as the client that was issued to this installation', async () => {
    const { http } = await refresh({ json: {} });
    expect(http.requests[0]?.url).toBe('https://auth.example/api/accounts/oauth/token');
    expect(http.form(0)).toEqual({
      grant_type: 'refresh_token',
      client_id: 'client',
      refresh_token: 'fake-refresh',
      resource: 'https://api.openai.com/v1',
    });
  });

  it('takes everything from the response', async () => {
    const { outcome, now } = await refresh({
      json: {
        access_token: 'fake-new',
        refresh_token: 'fake-refresh-2',
        expires_in: 60,
        earliest_refresh_at: 1_900_000_000,
        id_token: fakeJwt({
          email: 'new@example.org',
          chatgpt_account_id: 'acct-new',
          'https://api.openai.com/auth': { chatgpt_plan_type: 'plus' },
        }),
      },
    });
    expect(outcome).toEqual({
      state: 'fresh',
      document: {
        type: 'oauth',
        accessToken: 'fake-new',
        refreshToken: 'fake-refresh-2',
        expiresAt: now + minute,
        earliestRefreshAt: 1_900_000_000_000,
        accountId: 'acct-new',
        email: 'new@example.org',
        plan: 'plus',
        clientId: 'client',
        refreshedAt: now,
        other: { note: 'kept' },
      },
    });
  });

  it('keeps what the response does not contain, and assumes one hour', async () => {
    const { outcome, now } = await refresh({ json: { access_token: 'fake-new', refresh_token: '' } });
    expect(outcome).toEqual({
      state: 'fresh',
      document: {
        ...document,
        accessToken: 'fake-new',
        expiresAt: now + 60 * minute,
        earliestRefreshAt: undefined,
        refreshedAt: now,
      },
    });
  });

  it.each([
    [1_900_000_000, 1_900_000_000_000],
    [1_900_000_000_000, 1_900_000_000_000],
    ['1900000000', 1_900_000_000_000],
    ['2030-03-17T17:46:40Z', 1_900_000_000_000],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [{}, undefined],
  ])('reads the earliest time %j as %j', async (value, earliestRefreshAt) => {
    const { outcome } = await refresh({ json: { access_token: 'fake-new', earliest_refresh_at: value } });
    expect(outcome).toHaveProperty('document.earliestRefreshAt', earliestRefreshAt);
  });

  it.each([
    'invalid_grant',
    'invalid_refresh_token',
    'token_expired',
    'refresh_token_expired',
    'refresh_token_invalidated',
    'refresh_token_reused',
  ])('with the error %s ends the login and keeps the client', async (error) => {
    const { outcome, install } = await refresh({ status: 400, json: { error } });
    expect(outcome).toEqual({ state: 'ended', code: error });
    expect(install.issuedClient).toBeDefined();
  });

  it('with an invalid client ends the login and forgets the client', async () => {
    const { outcome, install } = await refresh({ status: 401, json: { error: 'invalid_client' } });
    expect(outcome).toEqual({ state: 'ended', code: 'invalid_client' });
    expect(install.issuedClient).toBeUndefined();
  });

  it.each([
    [
      { status: 401, json: {} },
      { state: 'failed', reason: 'HTTP 401' },
    ],
    [
      { status: 503, json: { error: 'busy' } },
      { state: 'failed', reason: 'HTTP 503, busy' },
    ],
    [{ json: {} }, { state: 'unanswered', reason: 'the response of the auth server contains no token' }],
    [new CcpError('unreachable', 'no network'), { state: 'failed', reason: 'no network' }],
  ])('with the response %j is %j and keeps the client', async (response, expected) => {
    const { outcome, install } = await refresh(response);
    expect(outcome).toEqual(expected);
    expect(install.issuedClient).toBeDefined();
  });
});

describe('a logout from chatgpt', () => {
  it('revokes the refresh token', async () => {
    const { world, http } = authWorld({ json: {} }, { status: 400, json: {} });
    expect(await chatgptLogin.revoke(document, world)).toBe(true);
    expect(http.requests[0]).toMatchObject({
      url: 'https://auth.example/api/accounts/oauth/revoke',
      headersTimeoutMs: 10_000,
    });
    expect(http.form(0)).toEqual({ token: 'fake-refresh', token_type_hint: 'refresh_token', client_id: 'client' });
    expect(await chatgptLogin.revoke(document, world)).toBe(false);
  });

  it.each([{ refreshToken: undefined }, { clientId: undefined }])('sends nothing with %j', async (missing) => {
    const { world, http } = authWorld();
    expect(await chatgptLogin.revoke({ ...document, ...missing }, world)).toBe(false);
    expect(http.requests).toEqual([]);
  });

  it('forgets the client', () => {
    const { world, install } = authWorld();
    install.keepClient({ clientId: 'client', subject: 'user' });
    chatgptLogin.forget?.(world);
    expect(install.issuedClient).toBeUndefined();
  });
});
