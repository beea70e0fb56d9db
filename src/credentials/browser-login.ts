/** A sign-in through the browser: PKCE, a callback on this machine, or the address pasted from another. */
import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';
import { UserError } from '../errors/user-error.ts';
import { type Callback, callbackServer } from './callback-server.ts';
import type { AuthWorld, LoginIo } from './logins/profile.ts';
import { harmless } from './token-call.ts';

const timeoutMs = 15 * 60_000;

export interface BrowserLogin {
  /** Tried in order; 0 takes any. */
  readonly ports: readonly number[];
  readonly redirectHost: string;
  /** The address to send the person to. */
  authorizeUrl(parameters: { redirectUri: string; state: string; challenge: string }): string;
}

export interface Granted {
  /** The address the browser came back to, `state` checked. */
  readonly url: URL;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
}

/**
 * @param exchange turns what was granted into tokens; the browser's page waits for it.
 * @throws UserError when it was denied, cancelled or not answered in time.
 */
export async function browserLogin<T>(
  login: BrowserLogin,
  { clock }: AuthWorld,
  io: LoginIo,
  exchange: (granted: Granted) => Promise<T>,
): Promise<T> {
  const state = generateRandomState();
  const verifier = generateRandomCodeVerifier();
  const challenge = await calculatePKCECodeChallenge(verifier);
  const server = await callbackServer(login.ports, state);
  const redirectUri = `http://${login.redirectHost}:${server.port}/auth/callback`;
  const ended = new AbortController();
  const endsAt = clock.now() + timeoutMs;
  try {
    await io.open(login.authorizeUrl({ redirectUri, state, challenge }));
    const stop = io.wait('Waiting for the browser', endsAt);
    let callback: Callback;
    try {
      callback = await Promise.race([server.arrived, pasted(redirectUri, state, io, ended.signal), expiry(endsAt, io)]);
    } finally {
      stop();
    }
    try {
      refuseDenied(callback.url);
      const result = await exchange({ url: callback.url, redirectUri, state, verifier });
      callback.finish(undefined);
      return result;
    } catch (thrown) {
      callback.finish(thrown instanceof Error ? thrown.message : String(thrown));
      throw thrown;
    }
  } finally {
    ended.abort();
    server.close();
  }

  function expiry(at: number, { signal }: LoginIo): Promise<never> {
    return new Promise((_resolve, reject) => {
      const cancel = clock.after(at - clock.now(), () =>
        reject(new UserError('The sign-in was not finished within 15 minutes. Run `ccp auth login` again.')),
      );
      ended.signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

/** A browser on another machine ends on a page that cannot be loaded; its address is all that is needed. */
async function pasted(redirectUri: string, state: string, io: LoginIo, ended: AbortSignal): Promise<Callback> {
  const wanted = new URL(redirectUri);
  for (;;) {
    const line = await io.line().catch(() => new Promise<never>(() => {}));
    if (ended.aborted) return new Promise<never>(() => {});
    const text = line.trim();
    if (text === '') continue;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (
      url === undefined ||
      url.pathname !== wanted.pathname ||
      !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
    )
      io.say(`That is not the address the browser ended on; it begins with ${redirectUri}.`);
    else if (url.searchParams.get('state') !== state)
      io.say('That address belongs to another sign-in. Use the tab that was opened last.');
    else return { url, finish: () => {} };
  }
}

function refuseDenied(url: URL): void {
  const error = url.searchParams.get('error');
  if (error === null) return;
  const words = harmless(url.searchParams.get('error_description') ?? '');
  throw new UserError(
    error === 'access_denied'
      ? `The sign-in was denied in the browser.${words ? ` ${words}` : ''}`
      : `The sign-in failed: ${harmless(error)}${words ? `, ${words}` : ''}.`,
  );
}
