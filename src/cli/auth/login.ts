/** `ccp auth login`: by browser, by code, or with an API key. */
import { text } from 'node:stream/consumers';
import type { CredentialDocument, OAuthDocument } from '../../credentials/document.ts';
import type { LoginProfile } from '../../credentials/logins/profile.ts';
import { environmentVariable } from '../../credentials/source.ts';
import type { Storage } from '../../credentials/store.ts';
import { CcpError } from '../../errors/ccp-error.ts';
import { UserError } from '../../errors/user-error.ts';
import { type Context, isOpen } from '../context.ts';
import { type Credentials, credentialsOf, loginProfiles, withSomebody } from '../credentials.ts';
import { hiddenLine } from './keys.ts';
import { LoginScreen } from './login-screen.ts';
import { checkUpstream } from './names.ts';

export interface LoginFlags {
  readonly device: boolean;
  readonly consent: boolean;
  /** A key instead of a sign-in, where the upstream takes either. */
  readonly apiKey: boolean;
}

/** Anything longer is not a key but a mistake. */
const longestKey = 4096;

export async function login(name: string | undefined, flags: LoginFlags, context: Context): Promise<number> {
  const upstream = checkUpstream(name, 'login', context);
  const credentials = credentialsOf(context, withSomebody);
  const profile = loginProfiles.find((one) => one.upstream === upstream);
  const document =
    profile && !flags.apiKey
      ? await signIn(profile, flags, credentials, context)
      : await takeKey(upstream, flags, credentials, context);
  await keep(upstream, document, credentials);
  return 0;
}

async function signIn(
  profile: LoginProfile,
  { device, consent }: LoginFlags,
  credentials: Credentials,
  context: Context,
): Promise<OAuthDocument> {
  const { upstream, title, browser, device: withCode } = profile;
  if (device && !withCode)
    throw new UserError(
      `${upstream} has no sign-in by code. Without --device, open the address on any machine and paste the address its browser ends on.`,
      2,
    );
  if (consent && upstream !== 'chatgpt') throw new UserError('--consent is for chatgpt alone.', 2);
  const screen = new LoginScreen(context, !device);
  try {
    await announceStorage(upstream, credentials, screen);
    screen.say(`Sign in to ${upstream}: ${title}.\n`);
    const world = credentials.worldOf(profile);
    const flow =
      device || !browser ? withCode : (browserWorld: typeof world) => browser(browserWorld, screen, { consent });
    if (!flow) throw new Error(`${upstream} has no login`);
    return await Promise.race([flow(world, screen), interrupted(screen.signal)]);
  } catch (thrown) {
    throw asUserError(thrown);
  } finally {
    screen.end();
  }
}

const interrupted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

async function takeKey(
  upstream: string,
  { device, consent }: LoginFlags,
  credentials: Credentials,
  context: Context,
): Promise<CredentialDocument> {
  if (upstream === 'codex' || upstream === 'chatgpt')
    throw new UserError(`${upstream} is a plan and has no API keys; \`ccp auth login openai\` takes one.`, 2);
  if (device || consent) throw new UserError(`${upstream} takes an API key: it has neither --device nor --consent.`, 2);
  if (isOpen(upstream, context)) process.stderr.write(`${upstream} can be used without a key, too.\n`);
  try {
    await announceStorage(upstream, credentials, { say: (line) => process.stderr.write(`${line}\n`) });
  } catch (thrown) {
    throw asUserError(thrown);
  }
  const given =
    process.stdin.isTTY === true
      ? await hiddenLine(`API key of ${upstream} (it is not shown): `)
      : await text(process.stdin);
  const apiKey = given.trim();
  if (apiKey === '') throw new UserError('No key was given; nothing was changed.');
  if (/[^\x21-\x7e]/.test(apiKey) || apiKey.length > longestKey)
    throw new UserError('That is no API key: it has spaces, line breaks or other characters that no key has.');
  return { type: 'api-key', apiKey };
}

/** Known before anybody signs in: a login that cannot be kept would be wasted. */
async function announceStorage(
  upstream: string,
  { store, rows, env }: Credentials,
  io: { say(line: string): void },
): Promise<void> {
  const { storage, reason } = await store.prepare(upstream);
  if (storage === 'file' && reason !== 'CCP_KEYCHAIN=off')
    io.say(`There is no keychain to use (${reason}): the login will be kept in a file that only you can read.`);
  const set = environmentVariable(upstream, { env, rows });
  if (set) io.say(`${set.name} is set, and wins over what is stored. Unset it to use this login.`);
}

async function keep(upstream: string, document: CredentialDocument, { store }: Credentials): Promise<void> {
  let storage: Storage;
  try {
    storage = await store.exclusively(upstream, async () => {
      const before = await store.load(upstream).catch(() => undefined);
      return store.save(upstream, { ...document, other: before?.document.other });
    });
  } catch (thrown) {
    throw asUserError(thrown);
  }
  const who = document.type === 'oauth' ? describeAccount(document) : 'with an API key';
  const where = storage === 'keychain' ? 'sealed, its key in the keychain' : 'in a file that only you can read';
  process.stderr.write(`Signed in to ${upstream}${who ? ` ${who}` : ''}; kept ${where}.\n`);
}

const describeAccount = ({ email, plan }: OAuthDocument): string =>
  [email ? `as ${email}` : '', plan ? `(${plan})` : ''].filter(Boolean).join(' ');

export function asUserError(thrown: unknown): unknown {
  return thrown instanceof CcpError
    ? new UserError(thrown.row.hint ? `${thrown.message} ${thrown.row.hint}` : thrown.message)
    : thrown;
}
