/** `ccp auth login`: signs in with a browser, with a code, or with an API key. */

import { createAudit } from '../../app/audit.ts';
import type { AppContext } from '../../app/context.ts';
import type { Credentials } from '../../app/credentials.ts';
import { upstreamIn } from '../../app/upstreams.ts';
import type { CredentialDocument, OAuthDocument } from '../../credentials/document.ts';
import type { LoginProfile } from '../../credentials/logins/profile.ts';
import { environmentVariable } from '../../credentials/source.ts';
import type { Storage } from '../../credentials/store.ts';
import { CcpError } from '../../errors/ccp-error.ts';
import { filledHint, headlessRemedies } from '../../errors/remedies.ts';
import { systemErrorText } from '../../errors/system-error.ts';
import { UserError } from '../../errors/user-error.ts';
import { upstreamOfLogin } from '../../upstreams/login-name.ts';
import { readHiddenLine } from './keys.ts';
import { LoginScreen } from './login-screen.ts';
import { checkUpstream, loginNames } from './names.ts';

export interface LoginFlags {
  readonly device: boolean;
  readonly consent: boolean;
  /** Use an API key instead of a sign-in, for upstreams that accept both. */
  readonly apiKey: boolean;
}

/** Longer input is rejected: it is not an API key. */
const maxKeyLength = 4096;

export async function login(name: string | undefined, flags: LoginFlags, base: AppContext): Promise<number> {
  const context = name !== undefined && upstreamOfLogin(name) !== undefined ? base.withLogin(name) : base;
  const upstream = checkUpstream(name, 'login', context);
  const credentials = await context.credentials();
  const profile = credentials.loginOf(upstream);
  const document =
    profile && !flags.apiKey
      ? await signIn(profile, flags, credentials, context)
      : await readApiKey(upstream, flags, credentials, context);
  await storeDocument(upstream, document, credentials);
  await migrateOthers(upstream, credentials, context);
  await createAudit(context, undefined, () => {}).add({ type: 'login', details: { upstream, kind: document.type } });
  return 0;
}

async function signIn(
  profile: LoginProfile,
  { device, consent }: LoginFlags,
  credentials: Credentials,
  context: AppContext,
): Promise<OAuthDocument> {
  const { upstream, title, browser, device: deviceLogin } = profile;
  if (device && !deviceLogin)
    throw new UserError(
      `${upstream} has no sign-in by code. Without --device, open the address on any machine and paste the address its browser ends on.`,
      2,
    );
  if (consent && !profile.hasConsent)
    throw new UserError(`${upstream} has no --consent: its sign-in asks for none.`, 2);
  const screen = new LoginScreen(context, !device);
  const runSignIn = async () => {
    await announceStorage(upstream, credentials, screen);
    screen.signal.throwIfAborted();
    screen.say(`Sign in to ${upstream}: ${title}.\n`);
    const world = credentials.worldOf(profile);
    if (browser && !device) return browser(world, screen, { consent });
    if (deviceLogin) return deviceLogin(world, screen);
    throw new Error(`${upstream} has no login`);
  };
  try {
    return await Promise.race([runSignIn(), rejectOnAbort(screen.signal)]);
  } catch (thrown) {
    throw asUserError(thrown, upstream);
  } finally {
    screen.end();
  }
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

async function readApiKey(
  upstream: string,
  { device, consent }: LoginFlags,
  credentials: Credentials,
  context: AppContext,
): Promise<CredentialDocument> {
  const { auth } = upstreamIn(context.upstreams, upstream);
  if (!auth.takesApiKeys)
    throw new UserError(`${upstream} is a plan and has no API keys; \`ccp auth login openai\` takes one.`, 2);
  if (device || consent) throw new UserError(`${upstream} takes an API key: it has neither --device nor --consent.`, 2);
  if (auth.isOptional) process.stderr.write(`${upstream} can be used without a key, too.\n`);
  try {
    await announceStorage(upstream, credentials, { say: (line) => process.stderr.write(`${line}\n`) });
  } catch (thrown) {
    throw asUserError(thrown, upstream);
  }
  const input =
    process.stdin.isTTY === true
      ? await readHiddenLine(`API key of ${upstream} (it is not shown): `)
      : await pipedKey();
  const apiKey = input.trim();
  if (apiKey === '') throw new UserError('No key was given; nothing was changed.');
  if (/[^\x21-\x7e]/.test(apiKey) || apiKey.length > maxKeyLength)
    throw new UserError('This is not an API key: it contains spaces, line breaks or other characters that no key has.');
  return { type: 'api-key', apiKey };
}

/** Reads a key from stdin, and stops when the input is longer than a key. */
async function pipedKey(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > maxKeyLength) break;
  }
  return text;
}

/** Checks and announces the storage before the sign-in, because a login that cannot be stored would be lost. */
async function announceStorage(
  upstream: string,
  { store, rows, env, unlock }: Credentials,
  io: { say(line: string): void },
): Promise<void> {
  await unlock();
  const { storage, reason } = await store.prepare(upstream);
  if (storage === 'file' && reason !== 'CCP_KEYCHAIN=off')
    io.say(`There is no keychain to use (${reason}): the login will be kept in a file that only you can read.`);
  const variable = environmentVariable(upstream, { env, rows });
  if (variable)
    io.say(`${variable.name} is set, and takes precedence over the stored login. Unset it to use this login.`);
}

async function storeDocument(upstream: string, document: CredentialDocument, { store }: Credentials): Promise<void> {
  let storage: Storage;
  try {
    storage = await store.exclusively(upstream, async () => {
      const movedTo = await store.setAside(upstream);
      if (movedTo !== undefined)
        process.stderr.write(
          `What was stored for ${upstream} can no longer be decrypted; it was moved to ${movedTo}.\n`,
        );
      const previous = await store.load(upstream);
      return store.save(upstream, { ...document, other: previous?.document.other });
    });
  } catch (thrown) {
    throw asUserError(thrown, upstream);
  }
  const account = document.type === 'oauth' ? describeAccount(document) : 'with an API key';
  const location = storage === 'keychain' ? 'sealed, its key in the keychain' : 'in a file that only you can read';
  process.stderr.write(`Signed in to ${upstream}${account ? ` ${account}` : ''}; kept ${location}.\n`);
}

/** Moves the other logins too when the keychain has become available or unavailable. */
async function migrateOthers(signedIn: string, { store }: Credentials, context: AppContext): Promise<void> {
  for (const upstream of loginNames(context)) {
    if (upstream === signedIn || !store.has(upstream) || store.isForeign(upstream)) continue;
    const moved = await store.migrate(upstream).catch(() => undefined);
    if (moved !== undefined) process.stderr.write(`${movedText(upstream, moved)}\n`);
  }
}

export const movedText = (upstream: string, storage: Storage): string =>
  storage === 'keychain'
    ? `The login for ${upstream} was sealed with the keychain.`
    : `The login for ${upstream} was moved out of the keychain, into a file that only you can read.`;

const describeAccount = ({ email, plan }: OAuthDocument): string =>
  [email ? `as ${email}` : '', plan ? `(${plan})` : ''].filter(Boolean).join(' ');

/** Converts credential and system errors into a UserError with a remedy. Other errors are returned unchanged. */
export function asUserError(thrown: unknown, upstream: string): unknown {
  if (thrown instanceof CcpError)
    return new UserError([thrown.message, filledHint(thrown.row.hint, headlessRemedies)].filter(Boolean).join(' '));
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown instanceof UserError) return thrown;
  if (thrown.code === 'ELOCKED')
    return new UserError(
      `Another process is using the login for ${upstream} and did not finish within a minute. Try again.`,
    );
  return new UserError(`The login for ${upstream} cannot be kept: ${systemErrorText(thrown) ?? thrown.message}`);
}
