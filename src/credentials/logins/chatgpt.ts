/** Sign in with ChatGPT: plan usage shared with an app on the user's machine. Source: developers.openai.com/siwc, 2026-11. */
import * as oauth from 'oauth4webapi';
import { UserError } from '../../errors/user-error.ts';
import { isLoopback } from '../../platform/no-proxy.ts';
import { asNumber, asString, type JsonObject } from '../../wire/json.ts';
import { type AuthorizationGrant, browserLogin } from '../browser-login.ts';
import { accountOf, claimsOf } from '../claims.ts';
import type { OAuthDocument } from '../document.ts';
import { fetchThrough } from '../fetch-through.ts';
import { callAuth, revokeTimeoutMs } from '../token-call.ts';
import { requestRefresh } from './ask-refresh.ts';
import type { AuthContext, LoginIo, LoginProfile } from './profile.ts';

/** Requests a client id for this installation; the issued id is used from then on. */
const newClient = 'dynamic_agent_client';
const resource = 'https://api.openai.com/v1';
const planScope = 'chatgpt.tokens.use.direct';
const scope = `openid profile email offline_access resource.invoke ${planScope}`;
const refreshBeforeMs = 5 * 60_000;

const finalErrorCodes = [
  'invalid_grant',
  'invalid_refresh_token',
  'token_expired',
  'refresh_token_expired',
  'refresh_token_invalidated',
  'refresh_token_reused',
  'invalid_client',
];

export const chatgptLogin: LoginProfile = {
  upstream: 'chatgpt',
  hasConsent: true,
  title: 'ChatGPT plan, by Sign in with ChatGPT',

  dueAt: ({ expiresAt, earliestRefreshAt }) =>
    Math.max((expiresAt ?? Number.POSITIVE_INFINITY) - refreshBeforeMs, earliestRefreshAt ?? 0),
  // An earlier refresh is rejected and uses up the token.
  notBefore: ({ earliestRefreshAt, expiresAt }) => earliestRefreshAt ?? (expiresAt ?? 0) - refreshBeforeMs,

  refresh: async (document, _reason, world) => {
    const outcome = await requestRefresh(
      () =>
        callAuth(world.http, {
          url: tokenUrl(world),
          body: {
            form: {
              grant_type: 'refresh_token',
              client_id: document.clientId ?? '',
              refresh_token: document.refreshToken ?? '',
              resource,
            },
          },
        }),
      {
        ends: ({ code }) => finalErrorCodes.includes(code),
        document: (json) => tokensOf(json, world, document.clientId, document),
      },
    );
    if (outcome.state === 'ended' && outcome.code === 'invalid_client') world.install.forgetClient();
    return outcome;
  },

  revoke: async ({ refreshToken, clientId }, world) => {
    if (refreshToken === undefined || clientId === undefined) return false;
    const { status } = await callAuth(world.http, {
      url: `${world.authUrl}/api/accounts/oauth/revoke`,
      body: { form: { token: refreshToken, token_type_hint: 'refresh_token', client_id: clientId } },
      timeoutMs: revokeTimeoutMs,
    });
    return status === 200;
  },

  forget: ({ install }) => install.forgetClient(),

  browser: async (world, io, { consent }) => {
    const issued = world.install.issuedClient;
    const nonce = oauth.generateRandomNonce();
    return browserLogin(
      {
        // Any port is allowed; a well-known one is easier to forward.
        ports: [1455, 1457, 0],
        redirectHost: '127.0.0.1',
        authorizeUrl: ({ redirectUri, state, challenge }) =>
          `${world.authUrl}/api/accounts/authorize?${new URLSearchParams({
            client_id: issued?.clientId ?? newClient,
            ...(issued ? {} : { agent_name_hint: 'ccp' }),
            ext_agent_host_id: `urn:uuid:${world.install.id}`,
            response_type: 'code',
            redirect_uri: redirectUri,
            resource,
            scope,
            state,
            nonce,
            code_challenge: challenge,
            code_challenge_method: 'S256',
            ...(consent ? { prompt: 'consent' } : {}),
          })}`,
      },
      world,
      io,
      (granted) => exchange(granted, nonce, world, io),
    );
  },
};

const tokenUrl = ({ authUrl }: AuthContext): string => `${authUrl}/api/accounts/oauth/token`;

/** @throws UserError if the tokens were not issued to this installation, for this login, or for plan usage. */
async function exchange(
  granted: AuthorizationGrant,
  nonce: string,
  world: AuthContext,
  io: LoginIo,
): Promise<OAuthDocument> {
  const { install, authUrl } = world;
  const clientId = granted.url.searchParams.get('client_id') ?? install.issuedClient?.clientId;
  if (clientId === undefined)
    throw new UserError('The auth server issued no client id. Run `ccp auth login chatgpt` again.');
  const issued = install.issuedClient;
  if (issued && issued.clientId !== clientId)
    throw new UserError(
      'The auth server returned the client id of another installation. Run `ccp auth logout chatgpt`, then sign in.',
    );
  const options = {
    [oauth.customFetch]: fetchThrough(world.http),
    // `fetchThrough` rejects plain http to any other host.
    [oauth.allowInsecureRequests]: isLoopback(authUrl),
    signal: io.signal,
  };
  const client: oauth.Client = { client_id: clientId };
  try {
    const issuer = new URL(authUrl);
    const discovered = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
    const server: oauth.AuthorizationServer = { ...discovered, token_endpoint: tokenUrl(world) };
    const parameters = oauth.validateAuthResponse(server, client, granted.url, granted.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      granted.redirectUri,
      granted.verifier,
      { ...options, additionalParameters: { resource } },
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, options);
    return acceptTokens(tokens, clientId, world);
  } catch (thrown) {
    if (thrown instanceof UserError || io.signal.aborted) throw thrown;
    throw new UserError(
      `The sign-in could not be verified: ${reasonOf(thrown)}. Run \`ccp auth login chatgpt\` again.`,
    );
  }
}

function acceptTokens(tokens: oauth.TokenEndpointResponse, clientId: string, world: AuthContext): OAuthDocument {
  if (!(tokens.scope ?? '').split(' ').includes(planScope))
    throw new UserError('Plan usage was not granted to ccp. Run `ccp auth login chatgpt --consent` and allow it.');
  const subject = asString(claimsOf(tokens.id_token ?? '').sub);
  const issued = world.install.issuedClient;
  if (issued?.subject !== undefined && issued.subject !== subject)
    throw new UserError(
      'This ChatGPT account differs from the one in use. To change it, run `ccp auth logout chatgpt` first.',
    );
  const document = tokensOf({ ...tokens }, world, clientId);
  if (!document) throw new UserError('The auth server returned no tokens. Run `ccp auth login chatgpt` again.');
  world.install.keepClient({ clientId, subject });
  return document;
}

const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof oauth.ResponseBodyError)
    return [thrown.error, thrown.error_description].filter(Boolean).join(', ');
  return thrown instanceof Error ? thrown.message : String(thrown);
};

function tokensOf(
  json: JsonObject,
  { clock }: AuthContext,
  clientId: string | undefined,
  previous?: OAuthDocument,
): OAuthDocument | undefined {
  const accessToken = asString(json.access_token);
  if (!accessToken) return undefined;
  const idToken = asString(json.id_token);
  const identity = idToken === undefined ? undefined : accountOf(idToken);
  const now = clock.now();
  const expiresInSec = asNumber(json.expires_in) ?? 3600;
  return {
    type: 'oauth',
    accessToken,
    refreshToken: asString(json.refresh_token) || previous?.refreshToken,
    expiresAt: now + expiresInSec * 1000,
    earliestRefreshAt: timeOf(json.earliest_refresh_at, now),
    accountId: identity?.accountId ?? previous?.accountId,
    email: identity?.email ?? previous?.email,
    plan: identity?.plan ?? previous?.plan,
    clientId,
    refreshedAt: now,
    other: previous?.other,
  };
}

/** Parses epoch seconds, epoch milliseconds or an ISO time. @returns epoch milliseconds. */
function timeOf(value: unknown, now: number): number | undefined {
  if (typeof value === 'string') {
    const parsed = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
    return Number.isNaN(parsed) ? undefined : timeOf(parsed, now);
  }
  const number = asNumber(value);
  if (number === undefined) return undefined;
  return number > now / 10 ? number : number * 1000;
}
