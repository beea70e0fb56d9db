/** Credentials of every upstream there is: built-in, preset or the user's own. Wired here and nowhere else. */
import { dirname, join } from 'node:path';
import { Install } from '../credentials/install.ts';
import { Keychain } from '../credentials/keychain.ts';
import { chatgptLogin } from '../credentials/logins/chatgpt.ts';
import { codexLogin } from '../credentials/logins/codex.ts';
import { kimiLogin } from '../credentials/logins/kimi.ts';
import type { AuthWorld, LoginProfile } from '../credentials/logins/profile.ts';
import { Refresher } from '../credentials/refresher.ts';
import { type CheckedSource, type CredentialRow, credentialSource, loginRows } from '../credentials/source.ts';
import { CredentialStore } from '../credentials/store.ts';
import { helperProcess } from '../launch/helper.ts';
import { systemClock } from '../platform/clock.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { SettingKey } from '../platform/settings.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import type { Context } from './context.ts';

export const loginProfiles: readonly LoginProfile[] = [codexLogin, chatgptLogin, kimiLogin];

const authUrls: Readonly<Record<string, SettingKey>> = {
  codex: 'codexAuthUrl',
  chatgpt: 'chatgptAuthUrl',
  kimi: 'kimiAuthUrl',
};

/** A keychain that may ask the user is given time; where nobody would see its question, it is not. */
const patience = { askingMs: 60_000, quietMs: 3_000 };

export interface Credentials {
  readonly store: CredentialStore;
  readonly source: CheckedSource;
  readonly rows: readonly CredentialRow[];
  readonly install: Install;
  readonly env: Context['env'];
  worldOf(profile: LoginProfile): AuthWorld;
}

export interface CredentialsUse {
  /** This process serves requests: tokens are renewed before they end. */
  readonly serving: boolean;
  /** Somebody is there to unlock the keychain. */
  readonly asking: boolean;
  /** News of a login, without secrets. */
  readonly onNews: (upstream: string, message: string) => void;
}

const inCommand: CredentialsUse = { serving: false, asking: false, onNews: () => {} };
export const withSomebody: CredentialsUse = { ...inCommand, asking: true };
const made = new WeakMap<Context['paths'], Credentials>();

/** One for a process: the keychain is asked once. */
export function credentialsOf(context: Context, use: CredentialsUse = inCommand): Credentials {
  const known = made.get(context.paths);
  if (known) return known;
  const credentials = make(context, use);
  made.set(context.paths, credentials);
  return credentials;
}

/** The variables with credentials that nobody but ccp is given; the user may let some through. */
export function secretVariablesOf(context: Pick<Context, 'upstreams' | 'settings'>): string[] {
  const passed = (context.settings.text('passKeys') ?? '').split(',').map((name) => name.trim());
  return rowsOf(context)
    .flatMap(({ variables }) => variables)
    .filter((name) => !passed.includes(name));
}

const rowsOf = ({ upstreams }: Pick<Context, 'upstreams'>): CredentialRow[] => [
  ...loginRows,
  ...upstreams.map(({ name, auth }): CredentialRow => ({ upstream: name, variables: auth.env, kind: 'api-key' })),
];

function make(context: Context, { serving, asking, onNews }: CredentialsUse): Credentials {
  const { env, paths, settings } = context;
  const rows = rowsOf(context);
  const helper = helperProcess(
    join(dirname(context.entry), 'keychain-helper.js'),
    withoutSecrets(env, secretVariablesOf(context)),
  );
  const keychain = new Keychain(
    helper,
    systemClock,
    asking && canAsk(env) ? patience.askingMs : patience.quietMs,
    () => {
      if (asking) process.stderr.write('ccp: waiting for the keychain; it may be asking you to unlock it.\n');
    },
  );
  const mode = settings.text('keychain') === 'off' ? 'off' : 'auto';
  const store = new CredentialStore({ folder: paths.credentialsDir, keychain, mode });
  const http = httpTransport(withLoopback(env.NO_PROXY ?? env.no_proxy));
  const install = new Install(paths.configDir);
  const worldOf = ({ upstream }: LoginProfile): AuthWorld => ({
    http,
    authUrl: (settings.text(authUrls[upstream] ?? 'codexAuthUrl') ?? '').replace(/\/+$/, ''),
    clock: systemClock,
    install,
    version: context.version,
  });
  const refresher = new Refresher({ store, folder: paths.credentialsDir, worldOf, onNews });
  const source = credentialSource({
    env,
    rows,
    store,
    refresher,
    profiles: loginProfiles,
    clock: systemClock,
    early: serving,
  });
  return { store, source, rows, install, env, worldOf };
}

/** Keychains ask with a window, and only somebody at a terminal would answer. */
const canAsk = (env: Context['env']): boolean =>
  process.stderr.isTTY === true &&
  (process.platform === 'darwin' || process.platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY));
