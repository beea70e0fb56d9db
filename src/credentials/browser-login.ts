/**
 * Signs in through the browser: PKCE, with a callback on this machine or the callback address pasted from another one.
 */
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';
import { UserError } from '../errors/user-error.ts';
import { type Callback, callbackServer } from './callback-server.ts';
import type { AuthContext, LoginIo } from './logins/profile.ts';
import { sanitizeServerText } from './token-call.ts';

const timeoutMs = 15 * 60_000;

export interface BrowserLogin {
  /** Tried in order; 0 means any free port. */
  readonly ports: readonly number[];
  readonly redirectHost: string;
  /** The authorization address to open. */
  authorizeUrl(parameters: { redirectUri: string; state: string; challenge: string }): string;
}

export interface AuthorizationGrant {
  /** The address of the callback; its `state` has been checked. */
  readonly url: URL;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
}

/**
 * @param exchange exchanges the grant for tokens; the browser's page is sent when it has finished.
 * @throws UserError if the sign-in was denied, cancelled or not finished in time.
 */
export async function browserLogin<T>(
  login: BrowserLogin,
  { clock }: AuthContext,
  io: LoginIo,
  exchange: (granted: AuthorizationGrant) => Promise<T>,
): Promise<T> {
  const state = generateRandomState();
  const verifier = generateRandomCodeVerifier();
  const challenge = await calculatePKCECodeChallenge(verifier);
  const server = await callbackServer(login.ports, state);
  const redirectUri = `http://${login.redirectHost}:${server.port}/auth/callback`;
  const finished = new AbortController();
  const endsAt = clock.now() + timeoutMs;
  try {
    await io.open(login.authorizeUrl({ redirectUri, state, challenge }));
    const stop = io.wait('Waiting for the browser', endsAt);
    let callback: Callback;
    try {
      callback = await Promise.race([
        server.arrived,
        readPastedCallback(redirectUri, state, io, finished.signal),
        waitForExpiry(endsAt, io),
      ]);
    } finally {
      stop();
    }
    try {
      assertNotDenied(callback.url);
      const result = await exchange({ url: callback.url, redirectUri, state, verifier });
      callback.finish(undefined);
      return result;
    } catch (thrown) {
      callback.finish(thrown instanceof Error ? thrown.message : String(thrown));
      throw thrown;
    }
  } finally {
    finished.abort();
    server.close();
  }

  function waitForExpiry(at: number, { signal }: LoginIo): Promise<never> {
    return new Promise((_resolve, reject) => {
      const cancel = clock.after(at - clock.now(), () =>
        reject(new UserError('The sign-in was not finished within 15 minutes. Run `ccp auth login` again.')),
      );
      finished.signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

/**
 * Reads the callback address from the user. A browser on another machine cannot load that page, but shows its address.
 */
async function readPastedCallback(
  redirectUri: string,
  state: string,
  io: LoginIo,
  signal: AbortSignal,
): Promise<Callback> {
  const expected = new URL(redirectUri);
  for (;;) {
    const line = await io.line().catch(() => new Promise<never>(() => {}));
    if (signal.aborted) return new Promise<never>(() => {});
    const text = line.trim();
    if (text === '') continue;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (
      url === undefined ||
      url.pathname !== expected.pathname ||
      !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
    )
      io.say(`That is not the address the browser ended on; it begins with ${redirectUri}.`);
    else if (url.searchParams.get('state') !== state)
      io.say('That address belongs to another sign-in. Use the tab that was opened last.');
    else return { url, finish: () => {} };
  }
}

function assertNotDenied(url: URL): void {
  const error = url.searchParams.get('error');
  if (error === null) return;
  const description = sanitizeServerText(url.searchParams.get('error_description') ?? '');
  throw new UserError(
    error === 'access_denied'
      ? `The sign-in was denied in the browser.${description ? ` ${description}` : ''}`
      : `The sign-in failed: ${sanitizeServerText(error)}${description ? `, ${description}` : ''}.`,
  );
}
