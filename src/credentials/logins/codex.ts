/** A ChatGPT plan through the Codex back end. Source: the published Codex CLI (openai/codex, `login`), 2026-11. */
import { UserError } from '../../errors/user-error.ts';
import { asNumber, asString, type JsonObject } from '../../wire/json.ts';
import { browserLogin } from '../browser-login.ts';
import { accountOf } from '../claims.ts';
import { deviceLogin, type Polled } from '../device-login.ts';
import type { OAuthDocument } from '../document.ts';
import { type AuthResponse, callAuth, refusalText, revokeTimeoutMs } from '../token-call.ts';
import { requestRefresh } from './ask-refresh.ts';
import type { AuthContext, LoginIo, LoginProfile } from './profile.ts';

/** Published with the client; only these two ports are registered for it. */
const clientId = 'app_EMoamEEZ73f0CkXaXp7hrann';
const ports = [1455, 1457];
const scope = 'openid profile email offline_access';
const refreshBeforeMs = 5 * 60_000;
/** For a token without an expiry time. */
const refreshAfterMs = 8 * 86_400_000;
const codeLifetimeSec = 15 * 60;

export const codexLogin: LoginProfile = {
  upstream: 'codex',
  title: 'ChatGPT plan, through Codex',

  dueAt: ({ expiresAt, refreshedAt }) =>
    expiresAt === undefined ? (refreshedAt ?? Number.POSITIVE_INFINITY) + refreshAfterMs : expiresAt - refreshBeforeMs,
  notBefore: () => 0,

  refresh: (document, reason, world) =>
    requestRefresh(
      () =>
        callAuth(world.http, {
          url: `${world.authUrl}/oauth/token`,
          body: {
            json: {
              client_id: clientId,
              grant_type: 'refresh_token',
              refresh_token: document.refreshToken,
              refresh_reason: reason,
            },
          },
        }),
      {
        // Any 401 is final here; the error code only gives the reason.
        ends: ({ status, code }) => status === 401 || code === 'invalid_grant',
        document: (json) => tokensOf(json, world, document),
      },
    ),

  revoke: async ({ refreshToken }, world) => {
    if (refreshToken === undefined) return false;
    const { status } = await callAuth(world.http, {
      url: `${world.authUrl}/oauth/revoke`,
      body: { json: { token: refreshToken, token_type_hint: 'refresh_token', client_id: clientId } },
      timeoutMs: revokeTimeoutMs,
    });
    return status === 200;
  },

  browser: (world, io) =>
    browserLogin(
      {
        ports,
        redirectHost: 'localhost',
        authorizeUrl: ({ redirectUri, state, challenge }) =>
          `${world.authUrl}/oauth/authorize?${new URLSearchParams({
            response_type: 'code',
            client_id: clientId,
            redirect_uri: redirectUri,
            scope,
            code_challenge: challenge,
            code_challenge_method: 'S256',
            id_token_add_organizations: 'true',
            codex_cli_simplified_flow: 'true',
            state,
            originator: 'ccp',
          })}`,
      },
      world,
      io,
      ({ url, redirectUri, verifier }) =>
        exchange({ code: url.searchParams.get('code') ?? '', redirectUri, verifier }, world, io),
    ),

  device: async (world, io) => {
    const response = await callAuth(world.http, {
      url: `${world.authUrl}/api/accounts/deviceauth/usercode`,
      body: { json: { client_id: clientId } },
      signal: io.signal,
    });
    if (response.status === 404)
      throw new UserError('Signing in with a code is not enabled for this account. Sign in with the browser instead.');
    const id = asString(response.json.device_auth_id);
    const userCode = asString(response.json.user_code) ?? asString(response.json.usercode);
    if (response.status !== 200 || id === undefined || userCode === undefined)
      throw new UserError(`The auth server issued no code (${refusalText(response)}). Try again later.`);
    const granted = await deviceLogin(
      {
        userCode,
        page: `${world.authUrl}/codex/device`,
        readyPage: undefined,
        // This server sends the interval as a string.
        intervalSec: Number(response.json.interval ?? 5) || 5,
        expiresInSec: codeLifetimeSec,
      },
      world,
      io,
      () => pollDevice({ device_auth_id: id, user_code: userCode }, world, io),
    );
    return exchange({ ...granted, redirectUri: `${world.authUrl}/deviceauth/callback` }, world, io);
  },
};

async function pollDevice(
  body: JsonObject,
  world: AuthContext,
  { signal }: LoginIo,
): Promise<Polled<{ code: string; verifier: string }>> {
  const response = await callAuth(world.http, {
    url: `${world.authUrl}/api/accounts/deviceauth/token`,
    body: { json: body },
    signal,
  });
  if (response.status === 200) {
    const code = asString(response.json.authorization_code);
    const verifier = asString(response.json.code_verifier);
    return code !== undefined && verifier !== undefined
      ? { state: 'granted', value: { code, verifier } }
      : {
          state: 'refused',
          message: 'The auth server accepted the code but returned no authorization. Run `ccp auth login codex` again.',
        };
  }
  if (/slow_down/.test(response.code)) return { state: 'slower' };
  if (/denied/.test(response.code)) return { state: 'refused', message: 'The sign-in was denied.' };
  if (/expired/.test(response.code))
    return { state: 'refused', message: 'The code has expired. Run `ccp auth login codex` again.' };
  if (response.status === 403 || response.status === 404 || response.status === 429 || response.status >= 500)
    return { state: 'pending' };
  return { state: 'refused', message: `The sign-in failed (${refusalText(response)}).` };
}

async function exchange(
  { code, redirectUri, verifier }: { code: string; redirectUri: string; verifier: string },
  world: AuthContext,
  { signal }: LoginIo,
): Promise<OAuthDocument> {
  const response = await callAuth(world.http, {
    url: `${world.authUrl}/oauth/token`,
    body: {
      form: {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: clientId,
        code_verifier: verifier,
      },
    },
    signal,
  });
  const document = response.status === 200 ? tokensOf(response.json, world) : undefined;
  if (document === undefined) throw refusedExchange(response);
  return document;
}

const refusedExchange = (response: AuthResponse): UserError =>
  new UserError(`The auth server returned no tokens (${refusalText(response)}). Run \`ccp auth login codex\` again.`);

/** Every member of a refresh response is optional; missing ones keep their previous value. */
function tokensOf(json: JsonObject, { clock }: AuthContext, previous?: OAuthDocument): OAuthDocument | undefined {
  // A response without a token is rejected, such as the page of a captive portal.
  const anyToken = asString(json.access_token) || asString(json.refresh_token);
  const accessToken = asString(json.access_token) || previous?.accessToken;
  if (!anyToken || !accessToken) return undefined;
  const idToken = asString(json.id_token);
  const [access, identity] = [accountOf(accessToken), idToken === undefined ? undefined : accountOf(idToken)];
  const expiresInSec = asNumber(json.expires_in);
  const now = clock.now();
  return {
    type: 'oauth',
    accessToken,
    refreshToken: asString(json.refresh_token) || previous?.refreshToken,
    // The expiry time of the previous token does not apply to the new one.
    expiresAt: access.expiresAt ?? (expiresInSec === undefined ? undefined : now + expiresInSec * 1000),
    accountId: access.accountId ?? identity?.accountId ?? previous?.accountId,
    email: identity?.email ?? access.email ?? previous?.email,
    plan: access.plan ?? identity?.plan ?? previous?.plan,
    refreshedAt: now,
    other: previous?.other,
  };
}
