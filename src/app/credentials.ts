/** Credentials of every upstream there is: built-in, preset or the user's own. Wired here and nowhere else. */
import { dirname, join } from 'node:path';
import { Install } from '../credentials/install.ts';
import { Keychain } from '../credentials/keychain.ts';
import { loginFlows } from '../credentials/logins/flows.ts';
import type { AuthWorld, LoginProfile } from '../credentials/logins/profile.ts';
import { Refresher } from '../credentials/refresher.ts';
import { type CheckedSource, type CredentialRow, credentialSource } from '../credentials/source.ts';
import { CredentialStore } from '../credentials/store.ts';
import { helperProcess } from '../launch/helper.ts';
import { systemClock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import type { Paths } from '../platform/paths.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { own } from '../wire/json.ts';

/** A keychain that asks somebody is given time; where nobody would see its question, it is not. */
const patience = { askingMs: 60_000, quietMs: 3_000 };

/** Of the command's context. */
export interface CredentialsContext {
  readonly version: string;
  readonly env: Environment;
  readonly paths: Paths;
  readonly settings: Settings;
  readonly upstreams: readonly Upstream[];
  readonly entry: string;
}

export interface Credentials {
  readonly store: CredentialStore;
  readonly source: CheckedSource;
  readonly rows: readonly CredentialRow[];
  readonly env: Environment;
  /** Gives somebody at a terminal the time to unlock the keychain, if a credential of theirs needs it. */
  unlock(): Promise<void>;
  /** How one signs in to an upstream; `undefined` where it takes API keys alone. */
  loginOf(upstream: string): LoginProfile | undefined;
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

const rowsOf = ({ upstreams }: Pick<CredentialsContext, 'upstreams'>): CredentialRow[] =>
  upstreams.map(({ name, auth }) => ({
    upstream: name,
    variables: auth.variables,
    kind: auth.takesApiKeys ? 'api-key' : 'bearer',
    account: auth.accountVariable,
  }));

const profilesOf = ({ upstreams }: Pick<CredentialsContext, 'upstreams'>): LoginProfile[] =>
  upstreams.flatMap(({ name, login }) => {
    const flow = login && own(loginFlows, login.flow);
    return flow ? [{ ...flow, upstream: name }] : [];
  });

/** Commands take the one of their context; what serves requests makes its own. */
export function makeCredentials(context: CredentialsContext, { serving, onNews }: CredentialsUse): Credentials {
  const { env, paths, settings } = context;
  const rows = rowsOf(context);
  const profiles = profilesOf(context);
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
    authUrl: context.upstreams.find(({ name }) => name === upstream)?.login?.authUrl ?? '',
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
    profiles,
    clock: systemClock,
    early: serving,
  });
  const loginOf = (name: string) => profiles.find(({ upstream }) => upstream === name);
  return { store, source, rows, env, unlock, loginOf, worldOf };
}

/** A signal waits until the answer of the auth server is written down. */
async function shielded<T>(work: Promise<T>): Promise<T> {
  let received: NodeJS.Signals | undefined;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const hold = (signal: NodeJS.Signals) => {
    received = signal;
  };
  for (const signal of signals) process.on(signal, hold);
  try {
    return await work;
  } finally {
    for (const signal of signals) process.off(signal, hold);
    if (received !== undefined) process.kill(process.pid, received);
  }
}

/** Keychains ask with a window, and only somebody at a terminal would answer. */
const canAsk = (env: Environment): boolean =>
  process.stderr.isTTY === true &&
  (process.platform === 'darwin' || process.platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY));
