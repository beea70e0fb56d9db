/** The requests to the auth server of Kimi and the meaning of its responses. */
import { describe, expect, it } from 'vitest';
import { kimiLogin } from '../../../src/credentials/logins/kimi.ts';
import { CcpError } from '../../../src/errors/ccp-error.ts';
import { authWorld, nobody } from '../../support/auth-world.ts';

const clientId = '17e5f671-d194-4dfb-9706-5516cb48c098';
const minute = 60_000;
const document = {
  type: 'oauth',
  accessToken: 'fake-old',
  refreshToken: 'fake-refresh',
  accountId: 'acct',
  other: { note: 'kept' },
} as const;
const tokens = { json: { access_token: 'fake-new', refresh_token: 'fake-refresh-2', expires_in: 60 } };
const busy = { status: 503, json: {} };

describe('a login to kimi', () => {
  it('is renewed after half of its lifetime, at the latest five minutes before it expires', () => {
    const expiresAt = 100 * minute;
    expect(kimiLogin.dueAt({ ...document, expiresAt, lifetimeMs: 20 * minute })).toBe(90 * minute);
    expect(kimiLogin.dueAt({ ...document, expiresAt, lifetimeMs: 8 * minute })).toBe(95 * minute);
    expect(kimiLogin.dueAt({ ...document, expiresAt })).toBe(95 * minute);
    expect(kimiLogin.dueAt(document)).toBe(Number.POSITIVE_INFINITY);
    expect(kimiLogin.notBefore({ ...document, expiresAt })).toBe(0);
  });

  it('has no revocation', async () => {
    const { world, http } = authWorld();
    expect(await kimiLogin.revoke(document, world)).toBe(false);
    expect(http.requests).toEqual([]);
  });
});

describe('a refresh of kimi', () => {
  const refresh = async (...responses: Parameters<typeof authWorld>) => {
    const { world, http, clock } = authWorld(...responses);
    const outcome = await kimiLogin.refresh(document, 'proactive_expiry', world);
    return { outcome, http, clock };
  };

  it('sends the refresh token and the device that the tokens are bound to', async () => {
    const { world, http, install } = authWorld(tokens);
    const outcome = await kimiLogin.refresh(document, 'proactive_expiry', world);
    const now = world.clock.now();
    expect(outcome).toEqual({
      state: 'fresh',
      document: {
        type: 'oauth',
        accessToken: 'fake-new',
        refreshToken: 'fake-refresh-2',
        expiresAt: now + minute,
        lifetimeMs: minute,
        refreshedAt: now,
        accountId: 'acct',
        other: { note: 'kept' },
      },
    });
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]?.url).toBe('https://auth.example/api/oauth/token');
    expect(http.form(0)).toEqual({
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_token: 'fake-refresh',
    });
    const printable = expect.stringMatching(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
    expect(http.requests[0]?.headers).toMatchObject({
      'user-agent': 'ccp/1.2.3',
      'x-msh-platform': 'ccp',
      'x-msh-version': '1.2.3',
      'x-msh-device-name': printable,
      'x-msh-device-model': expect.stringMatching(/^\S+ \S+$/),
      'x-msh-os-version': printable,
      'x-msh-device-id': install.id,
    });
  });

  it('keeps the refresh token and assumes fifteen minutes if the response has neither', async () => {
    const { outcome, clock } = await refresh({ json: { access_token: 'fake-new', refresh_token: '' } });
    expect(outcome).toMatchObject({
      document: { refreshToken: 'fake-refresh', expiresAt: clock.now() + 15 * minute, lifetimeMs: 15 * minute },
    });
  });

  it('is tried three times, after one and two seconds', async () => {
    const { outcome, clock, http } = await refresh(busy, busy, tokens);
    expect(outcome.state).toBe('fresh');
    expect(clock.waits).toEqual([1_000, 2_000]);
    const failing = await refresh(busy, busy, busy);
    expect(failing.outcome).toEqual({ state: 'failed', reason: 'HTTP 503' });
    expect(failing.clock.waits).toEqual([1_000, 2_000]);
    expect(http.requests).toHaveLength(3);
  });

  it('of which an attempt had no response may have used the token', async () => {
    const cut = new CcpError('reset', 'cut off');
    expect((await refresh(busy, cut, busy)).outcome).toEqual({ state: 'unanswered', reason: 'HTTP 503' });
    expect((await refresh(cut, cut, cut)).outcome).toEqual({ state: 'unanswered', reason: 'cut off' });
    const invalid = { status: 400, json: { error: 'invalid_grant' } };
    expect((await refresh(cut, invalid)).outcome).toEqual({ state: 'ended', code: 'invalid_grant', lost: true });
    expect((await refresh(busy, invalid)).outcome).toEqual({ state: 'ended', code: 'invalid_grant' });
  });

  it.each([
    [{ status: 401, json: {} }, 'HTTP 401'],
    [{ status: 403, json: { error: 'revoked' } }, 'revoked'],
    [{ status: 400, json: { error: 'invalid_grant' } }, 'invalid_grant'],
  ])('with the response %j ends the login', async (response, code) => {
    const { outcome, http } = await refresh(response);
    expect(outcome).toEqual({ state: 'ended', code });
    expect(http.requests).toHaveLength(1);
  });

  it.each([
    [{ status: 403, chunks: ['<html>'] }, 'HTTP 403'],
    [{ status: 400, json: { error: 'odd' } }, 'HTTP 400, odd'],
  ])('with the response %j does not end the login', async (response, reason) => {
    expect((await refresh(response, response, response)).outcome).toEqual({ state: 'failed', reason });
  });
});

describe('a sign-in to kimi with a code', () => {
  const issued = {
    json: {
      device_code: 'fake-device',
      user_code: 'FAKE-CODE',
      verification_uri: 'https://kimi.example/device',
      verification_uri_complete: 'https://kimi.example/device?code=FAKE-CODE',
      interval: 3,
      expires_in: 60,
    },
  };
  const signIn = (...responses: Parameters<typeof authWorld>) => {
    const { world, http, clock } = authWorld(...responses);
    const { io, said, opened } = nobody();
    const result = kimiLogin.device?.(world, io) ?? Promise.reject(new Error('no login'));
    return { result, http, clock, said, opened };
  };
  const refused = (error: string, status = 400) => ({ status, json: { error } });

  it('shows the code, opens the page that contains it, and polls until it is granted', async () => {
    const login = signIn(issued, refused('authorization_pending'), refused('slow_down'), tokens);
    expect(await login.result).toMatchObject({ accessToken: 'fake-new', refreshToken: 'fake-refresh-2' });
    expect(login.said).toEqual([expect.stringMatching(/https:\/\/kimi\.example\/device [\s\S]*FAKE-CODE/)]);
    expect(login.opened).toEqual(['https://kimi.example/device?code=FAKE-CODE']);
    expect(login.clock.waits).toEqual([3_000, 3_000, 8_000]);
    expect(login.http.requests.map(({ url }) => url)).toEqual([
      'https://auth.example/api/oauth/device_authorization',
      ...Array.from({ length: 3 }, () => 'https://auth.example/api/oauth/token'),
    ]);
    expect(login.http.form(0)).toEqual({ client_id: clientId });
    expect(login.http.form(1)).toEqual({
      client_id: clientId,
      device_code: 'fake-device',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    });
  });

  it('assumes five seconds, fifteen minutes and the page of the server if the response has none', async () => {
    const pending = Array.from({ length: 200 }, () => refused('authorization_pending'));
    const login = signIn({ json: { device_code: 'd', user_code: 'c' } }, ...pending);
    await expect(login.result).rejects.toThrow('expired');
    expect(login.said[0]).toContain('Open https://auth.example on');
    expect(login.opened).toEqual([]);
    expect(new Set(login.clock.waits)).toEqual(new Set([5_000]));
    expect(login.clock.waits).toHaveLength(180);
  });

  it.each([
    [{ status: 400, json: { error: 'odd' } }, 'HTTP 400, odd'],
    [{ ...issued, status: 500 }, 'HTTP 500'],
    [{ json: { user_code: 'c' } }, 'HTTP 200'],
    [{ json: { device_code: 'd' } }, 'HTTP 200'],
  ])('fails when no code is issued: %j', async (response, reason) => {
    await expect(signIn(response).result).rejects.toMatchObject({
      message: `The auth server issued no code (${reason}). Try again later.`,
    });
  });

  it.each([
    [refused('expired_token'), 'The code has expired. Run `ccp auth login kimi` again.'],
    [refused('access_denied'), 'The sign-in was denied.'],
    [refused('odd'), 'The sign-in failed (HTTP 400, odd).'],
    [{ json: {} }, 'The sign-in failed (HTTP 200).'],
    [{ status: 400, json: { access_token: 'fake-new' } }, 'The sign-in failed (HTTP 400).'],
  ])('fails after the response %j to a poll', async (response, message) => {
    await expect(signIn(issued, response).result).rejects.toMatchObject({ message });
  });

  it.each([429, 500, 503])('continues to poll after status %i', async (status) => {
    expect(await signIn(issued, refused('busy', status), tokens).result).toMatchObject({ accessToken: 'fake-new' });
  });
});
