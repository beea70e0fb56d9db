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
import type { Environment } from '../platform/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import type { Paths } from '../platform/paths.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { SettingKey, Settings } from '../platform/settings.ts';
import type { UpstreamEntry } from '../translate/registry/entry.ts';
import { httpTransport } from '../upstream/http-transport.ts';

export const loginProfiles: readonly LoginProfile[] = [codexLogin, chatgptLogin, kimiLogin];

const authUrls: Readonly<Record<string, SettingKey>> = {
  codex: 'codexAuthUrl',
  chatgpt: 'chatgptAuthUrl',
  kimi: 'kimiAuthUrl',
};

/** A keychain that asks somebody is given time; where nobody would see its question, it is not. */
const patience = { askingMs: 60_000, quietMs: 3_000 };

/** Of the command's context. */
export interface CredentialsContext {
  readonly version: string;
  readonly env: Environment;
  readonly paths: Paths;
  readonly settings: Settings;
  readonly upstreams: readonly UpstreamEntry[];
  readonly entry: string;
}

export interface Credentials {
  readonly store: CredentialStore;
  readonly source: CheckedSource;
  readonly rows: readonly CredentialRow[];
  readonly env: Environment;
  /** Gives somebody at a terminal the time to unlock the keychain, if a credential of theirs needs it. */
  unlock(): Promise<void>;
  worldOf(profile: LoginProfile): AuthWorld;
}

export interface CredentialsUse {
  /** This process serves requests: tokens are renewed before they end. */
  readonly serving: boolean;
  /** News of a login, without secrets. */
  readonly onNews: (upstream: string, message: string) => void;
}

/** The variables with credentials that nobody but ccp is given; the user may let some through. */
export function secretVariablesOf(context: Pick<CredentialsContext, 'upstreams' | 'settings'>): string[] {
  const passed = (context.settings.text('passKeys') ?? '').split(',').map((name) => name.trim());
  return rowsOf(context)
    .flatMap(({ variables }) => variables)
    .filter((name) => !passed.includes(name));
}

const rowsOf = ({ upstreams }: Pick<CredentialsContext, 'upstreams'>): CredentialRow[] => [
  ...loginRows,
  ...upstreams.map(({ name, auth }): CredentialRow => ({ upstream: name, variables: auth.env, kind: 'api-key' })),
];

/** Commands take the one of their context; what serves requests makes its own. */
export function makeCredentials(context: CredentialsContext, { serving, onNews }: CredentialsUse): Credentials {
  const { env, paths, settings } = context;
  const rows = rowsOf(context);
  const helper = helperProcess(
    join(dirname(context.entry), 'keychain-helper.js'),
    withoutSecrets(env, secretVariablesOf(context)),
  );
  const keychain = new Keychain(helper, systemClock, patience.quietMs);
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
  const unlock = async () => {
    if (mode === 'off' || !canAsk(env)) return;
    await keychain.unlock(patience.askingMs, () =>
      process.stderr.write('ccp: waiting for the keychain; it may be asking you to unlock it.\n'),
    );
  };
  const refresher = new Refresher({
    store,
    folder: paths.credentialsDir,
    worldOf,
    // A process that serves drains by itself.
    shield: serving ? (work) => work : shielded,
    onNews,
  });
  const source = credentialSource({
    env,
    rows,
    store,
    refresher,
    profiles: loginProfiles,
    clock: systemClock,
    early: serving,
  });
  return { store, source, rows, env, unlock, worldOf };
}

/** A signal waits until the answer of the auth server is written down. */
async function shielded<T>(work: Promise<T>): Promise<T> {
  let told: NodeJS.Signals | undefined;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const hold = (signal: NodeJS.Signals) => {
    told = signal;
  };
  for (const signal of signals) process.on(signal, hold);
  try {
    return await work;
  } finally {
    for (const signal of signals) process.off(signal, hold);
    if (told !== undefined) process.kill(process.pid, told);
  }
}

/** Keychains ask with a window, and only somebody at a terminal would answer. */
const canAsk = (env: Environment): boolean =>
  process.stderr.isTTY === true &&
  (process.platform === 'darwin' || process.platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY));
