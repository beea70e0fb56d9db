/** Kimi Code. Source: the published kimi-cli and kimi-code clients, 2026-11. */
import { arch, hostname, release, type } from 'node:os';
import { UserError } from '../../errors/user-error.ts';
import { sleep } from '../../ports/clock.ts';
import { asNumber, asString, type JsonObject } from '../../wire/json.ts';
import { deviceLogin, type Polled } from '../device-login.ts';
import type { OAuthDocument } from '../document.ts';
import { type AuthResponse, callAuth, refusalText } from '../token-call.ts';
import { requestRefresh } from './ask-refresh.ts';
import type { AuthContext, LoginIo, LoginProfile, RefreshOutcome } from './profile.ts';

/** Published with the clients; the same in both regions. */
const clientId = '17e5f671-d194-4dfb-9706-5516cb48c098';
const minRemainingMs = 5 * 60_000;
const retryDelaysMs = [1_000, 2_000];
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

export const kimiLogin: LoginProfile = {
  upstream: 'kimi',
  title: 'Kimi Code plan',

  dueAt: ({ expiresAt, lifetimeMs }) =>
    expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - Math.max(minRemainingMs, (lifetimeMs ?? 0) / 2),
  notBefore: () => 0,

  refresh: async (document, _reason, world) => {
    let lost = false;
    for (const waitMs of [...retryDelaysMs, undefined]) {
      const outcome = await refreshOnce(document, world);
      if (outcome.state === 'fresh') return outcome;
      // An earlier attempt without a response may have used the token.
      if (outcome.state === 'ended') return lost ? { ...outcome, lost } : outcome;
      lost ||= outcome.state === 'unanswered';
      if (waitMs === undefined) return lost ? { ...outcome, state: 'unanswered' } : outcome;
      await sleep(world.clock, waitMs);
    }
    throw new Error('unreachable');
  },

  // The auth server has no revocation endpoint.
  revoke: async () => false,

  device: async (world, io) => {
    const response = await call('device_authorization', { client_id: clientId }, world, io.signal);
    const deviceCode = asString(response.json.device_code);
    const userCode = asString(response.json.user_code);
    if (response.status !== 200 || deviceCode === undefined || userCode === undefined)
      throw new UserError(`The auth server issued no code (${refusalText(response)}). Try again later.`);
    return deviceLogin(
      {
        userCode,
        page: asString(response.json.verification_uri) ?? world.authUrl,
        readyPage: asString(response.json.verification_uri_complete),
        intervalSec: asNumber(response.json.interval) ?? 5,
        expiresInSec: asNumber(response.json.expires_in) ?? 900,
      },
      world,
      io,
      () => poll(deviceCode, world, io),
    );
  },
};

const refreshOnce = (document: OAuthDocument, world: AuthContext): Promise<RefreshOutcome> =>
  requestRefresh(
    () =>
      call(
        'token',
        { client_id: clientId, grant_type: 'refresh_token', refresh_token: document.refreshToken ?? '' },
        world,
      ),
    {
      // A 403 without an error code may come from a proxy in between, so it is not final.
      ends: ({ status, code }) => status === 401 || (status === 403 && code !== '') || code === 'invalid_grant',
      document: (json) => tokensOf(json, world, document),
    },
  );

async function poll(deviceCode: string, world: AuthContext, { signal }: LoginIo): Promise<Polled<OAuthDocument>> {
  const form = { client_id: clientId, device_code: deviceCode, grant_type: deviceGrant };
  const response = await call('token', form, world, signal);
  const document = response.status === 200 ? tokensOf(response.json, world) : undefined;
  if (document) return { state: 'granted', value: document };
  switch (response.code) {
    case 'authorization_pending':
      return { state: 'pending' };
    case 'slow_down':
      return { state: 'slower' };
    case 'expired_token':
      return { state: 'refused', message: 'The code has expired. Run `ccp auth login kimi` again.' };
    case 'access_denied':
      return { state: 'refused', message: 'The sign-in was denied.' };
    default:
      return response.status === 429 || response.status >= 500
        ? { state: 'pending' }
        : { state: 'refused', message: `The sign-in failed (${refusalText(response)}).` };
  }
}

const call = (
  path: string,
  form: Readonly<Record<string, string>>,
  world: AuthContext,
  signal?: AbortSignal,
): Promise<AuthResponse> =>
  callAuth(world.http, {
    url: `${world.authUrl}/api/oauth/${path}`,
    body: { form },
    headers: deviceHeaders(world),
    signal,
  });

/** Headers for the device that the tokens are bound to, under ccp's own name. */
const deviceHeaders = ({ install, version }: AuthContext): Record<string, string> => ({
  'user-agent': `ccp/${version}`,
  'x-msh-platform': 'ccp',
  'x-msh-version': version,
  'x-msh-device-name': ascii(hostname()),
  'x-msh-device-model': ascii(`${type()} ${arch()}`),
  'x-msh-os-version': ascii(release()),
  'x-msh-device-id': install.id,
});

const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, '').trim() || 'unknown';

function tokensOf(json: JsonObject, { clock }: AuthContext, previous?: OAuthDocument): OAuthDocument | undefined {
  const accessToken = asString(json.access_token);
  if (!accessToken) return undefined;
  const expiresInSec = asNumber(json.expires_in) ?? 900;
  const now = clock.now();
  return {
    type: 'oauth',
    accessToken,
    refreshToken: asString(json.refresh_token) || previous?.refreshToken,
    expiresAt: now + expiresInSec * 1000,
    lifetimeMs: expiresInSec * 1000,
    refreshedAt: now,
    accountId: previous?.accountId,
    other: previous?.other,
  };
}
