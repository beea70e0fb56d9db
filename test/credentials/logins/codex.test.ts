/** The requests to the auth server of Codex and the meaning of its responses. The browser is in `login.test.ts`. */
import { describe, expect, it } from 'vitest';
import { codexLogin } from '../../../src/credentials/logins/codex.ts';
import { CcpError } from '../../../src/errors/ccp-error.ts';
import { fakeJwt } from '../../support/auth-server.ts';
import { authWorld, nobody } from '../../support/auth-world.ts';

const clientId = 'app_EMoamEEZ73f0CkXaXp7hrann';
const document = {
  type: 'oauth',
  accessToken: 'fake-old',
  refreshToken: 'fake-refresh',
  accountId: 'acct-old',
  email: 'old@example.org',
  plan: 'free',
  other: { note: 'kept' },
} as const;
const days = 86_400_000;

describe('a login to codex', () => {
  it('is renewed five minutes before it expires, and at any time', () => {
    expect(codexLogin.dueAt({ ...document, expiresAt: 1_000_000 })).toBe(700_000);
    expect(codexLogin.notBefore({ ...document, expiresAt: 1_000_000 })).toBe(0);
  });

  it('without an expiry time is renewed eight days after the last time', () => {
    expect(codexLogin.dueAt({ ...document, refreshedAt: 5 })).toBe(8 * days + 5);
    expect(codexLogin.dueAt(document)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a refresh of codex', () => {
  const refresh = async (...responses: Parameters<typeof authWorld>) => {
    const { world, http } = authWorld(...responses);
    return {
      outcome: await codexLogin.refresh(document, 'unauthorized_recovery', world),
      http,
      now: world.clock.now(),
    };
  };

  it('sends the refresh token and the reason', async () => {
    const { http } = await refresh({ json: {} });
    expect(http.requests[0]?.url).toBe('https://auth.example/oauth/token');
    expect(http.json(0)).toEqual({
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_token: 'fake-refresh',
      refresh_reason: 'unauthorized_recovery',
    });
  });

  it('takes account, address and plan from the new tokens', async () => {
    const access = fakeJwt({
      exp: 50,
      chatgpt_account_id: 'acct-new',
      'https://api.openai.com/auth': { chatgpt_plan_type: 'plus' },
      email: 'access@example.org',
    });
    const { outcome, now } = await refresh({
      json: {
        access_token: access,
        refresh_token: 'fake-new',
        id_token: fakeJwt({
          email: 'new@example.org',
          chatgpt_account_id: 'acct-identity',
          'https://api.openai.com/auth': { chatgpt_plan_type: 'team' },
        }),
        expires_in: 60,
      },
    });
    expect(outcome).toEqual({
      state: 'fresh',
      document: {
        type: 'oauth',
        accessToken: access,
        refreshToken: 'fake-new',
        expiresAt: 50_000,
        accountId: 'acct-new',
        email: 'new@example.org',
        plan: 'plus',
        refreshedAt: now,
        other: { note: 'kept' },
      },
    });
  });

  it('keeps what the response does not contain', async () => {
    const { outcome, now } = await refresh({ json: { access_token: 'fake-new', expires_in: 60 } });
    expect(outcome).toEqual({
      state: 'fresh',
      document: { ...document, accessToken: 'fake-new', expiresAt: now + 60_000, refreshedAt: now },
    });
    const other = await refresh({ json: { refresh_token: 'fake-new', access_token: '' } });
    expect(other.outcome).toEqual({
      state: 'fresh',
      document: { ...document, refreshToken: 'fake-new', expiresAt: undefined, refreshedAt: other.now },
    });
  });

  it('takes account and plan from the identity if the access token has none', async () => {
    const { outcome } = await refresh({
      json: {
        access_token: 'fake-new',
        id_token: fakeJwt({
          chatgpt_account_id: 'acct-identity',
          'https://api.openai.com/auth': { chatgpt_plan_type: 'team' },
        }),
      },
    });
    expect(outcome).toMatchObject({
      document: { accountId: 'acct-identity', plan: 'team', email: 'old@example.org' },
    });
  });

  it('without a token in the response may have used the old one', async () => {
    const reason = 'the response of the auth server contains no token';
    expect((await refresh({ chunks: ['<html>'] })).outcome).toEqual({ state: 'unanswered', reason });
    expect((await refresh({ json: { access_token: '', refresh_token: '' } })).outcome.state).toBe('unanswered');
  });

  it.each([
    [
      { status: 401, json: { error: { code: 'refresh_token_reused' } } },
      { state: 'ended', code: 'refresh_token_reused' },
    ],
    [
      { status: 401, json: {} },
      { state: 'ended', code: 'HTTP 401' },
    ],
    [
      { status: 400, json: { error: 'invalid_grant' } },
      { state: 'ended', code: 'invalid_grant' },
    ],
    [
      { status: 400, json: { error: 'odd' } },
      { state: 'failed', reason: 'HTTP 400, odd' },
    ],
    [
      { status: 503, json: {} },
      { state: 'failed', reason: 'HTTP 503' },
    ],
    [new CcpError('unreachable', 'no network'), { state: 'failed', reason: 'no network' }],
    [new CcpError('reset', 'cut off'), { state: 'unanswered', reason: 'cut off' }],
    [new Error('odd'), { state: 'unanswered', reason: 'odd' }],
  ])('with the response %j is %j', async (response, expected) => {
    expect((await refresh(response)).outcome).toEqual(expected);
  });
});

describe('a logout from codex', () => {
  it('revokes the refresh token', async () => {
    const { world, http } = authWorld({ json: {} }, { status: 400, json: {} });
    expect(await codexLogin.revoke(document, world)).toBe(true);
    expect(http.requests[0]).toMatchObject({ url: 'https://auth.example/oauth/revoke', headersTimeoutMs: 10_000 });
    expect(http.json(0)).toEqual({ token: 'fake-refresh', token_type_hint: 'refresh_token', client_id: clientId });
    expect(await codexLogin.revoke(document, world)).toBe(false);
  });

  it('sends nothing without a refresh token', async () => {
    const { world, http } = authWorld();
    expect(await codexLogin.revoke({ ...document, refreshToken: undefined }, world)).toBe(false);
    expect(http.requests).toEqual([]);
  });
});

describe('a sign-in to codex with a code', () => {
  const issued = { json: { device_auth_id: 'fake-device', user_code: 'FAKE-CODE', interval: '3' } };
  const granted = { json: { authorization_code: 'fake-code', code_verifier: 'fake-verifier' } };
  const signIn = (...responses: Parameters<typeof authWorld>) => {
    const { world, http, clock } = authWorld(...responses);
    const { io, said } = nobody();
    return { result: codexLogin.device?.(world, io) ?? Promise.reject(new Error('no login')), http, clock, said };
  };
  const errorCode = (status: number, code: string) => ({ status, json: { error: { code } } });

  it('shows the code, polls, and exchanges the authorization', async () => {
    const login = signIn(issued, errorCode(403, 'pending'), granted, {
      json: { access_token: 'fake-access', refresh_token: 'fake-new' },
    });
    expect(await login.result).toMatchObject({ accessToken: 'fake-access', refreshToken: 'fake-new' });
    expect(login.said).toEqual([expect.stringMatching(/https:\/\/auth\.example\/codex\/device [\s\S]*FAKE-CODE/)]);
    expect(login.http.requests.map(({ url }) => url)).toEqual([
      'https://auth.example/api/accounts/deviceauth/usercode',
      'https://auth.example/api/accounts/deviceauth/token',
      'https://auth.example/api/accounts/deviceauth/token',
      'https://auth.example/oauth/token',
    ]);
    expect(login.http.json(0)).toEqual({ client_id: clientId });
    expect(login.http.json(1)).toEqual({ device_auth_id: 'fake-device', user_code: 'FAKE-CODE' });
    expect(login.http.form(3)).toEqual({
      grant_type: 'authorization_code',
      code: 'fake-code',
      redirect_uri: 'https://auth.example/deviceauth/callback',
      client_id: clientId,
      code_verifier: 'fake-verifier',
    });
    expect(login.clock.waits).toEqual([3_000, 3_000]);
  });

  it.each([undefined, 'odd', 0])('polls every five seconds with the interval %j', async (interval) => {
    const login = signIn({ json: { device_auth_id: 'd', usercode: 'c', interval } }, granted, {
      json: { access_token: 'fake-access' },
    });
    await login.result;
    expect(login.clock.waits).toEqual([5_000]);
  });

  it.each([
    [
      { status: 404, json: {} },
      'Signing in with a code is not enabled for this account. Sign in with the browser instead.',
    ],
    [errorCode(429, 'busy'), 'The auth server issued no code (HTTP 429, busy). Try again later.'],
    [{ ...issued, status: 500 }, 'The auth server issued no code (HTTP 500). Try again later.'],
    [{ json: { user_code: 'c' } }, 'The auth server issued no code (HTTP 200). Try again later.'],
    [{ json: { device_auth_id: 'd' } }, 'The auth server issued no code (HTTP 200). Try again later.'],
  ])('fails when no code is issued: %j', async (response, message) => {
    await expect(signIn(response).result).rejects.toMatchObject({ message });
  });

  it.each([
    ['deviceauth_authorization_pending', 403],
    ['unknown', 404],
    ['busy', 429],
    ['', 500],
  ])('continues to poll after the error "%s" with status %i', async (code, status) => {
    const login = signIn(issued, errorCode(status, code), granted, { json: { access_token: 'fake-access' } });
    expect(await login.result).toMatchObject({ accessToken: 'fake-access' });
  });

  it('polls slower when the server asks for it', async () => {
    const login = signIn(issued, errorCode(400, 'slow_down'), granted, { json: { access_token: 'fake-access' } });
    await login.result;
    expect(login.clock.waits).toEqual([3_000, 8_000]);
  });

  it.each([
    [errorCode(403, 'deviceauth_denied'), 'The sign-in was denied.'],
    [errorCode(403, 'deviceauth_expired'), 'The code has expired. Run `ccp auth login codex` again.'],
    [errorCode(400, 'odd'), 'The sign-in failed (HTTP 400, odd).'],
    [
      { json: { authorization_code: 'fake-code' } },
      'The auth server accepted the code but returned no authorization. Run `ccp auth login codex` again.',
    ],
    [
      { json: { code_verifier: 'fake-verifier' } },
      'The auth server accepted the code but returned no authorization. Run `ccp auth login codex` again.',
    ],
  ])('fails after the response %j to a poll', async (response, message) => {
    await expect(signIn(issued, response).result).rejects.toMatchObject({ message });
  });

  it.each([
    [{ status: 503, json: { message: 'later' } }, 'HTTP 503, later'],
    [{ status: 400, json: { access_token: 'fake-access' } }, 'HTTP 400'],
    [{ json: {} }, 'HTTP 200'],
  ])('fails when the exchange returns %j', async (response, reason) => {
    await expect(signIn(issued, granted, response).result).rejects.toMatchObject({
      message: `The auth server returned no tokens (${reason}). Run \`ccp auth login codex\` again.`,
    });
  });
});
