/** Constructs the credentials of all upstreams: built-in, preset and user-defined. No other module constructs them. */
import { dirname, join } from 'node:path';
import { CommandTokens, type TokenCommand } from '../credentials/command-tokens.ts';
import { Install } from '../credentials/install.ts';
import { Keychain } from '../credentials/keychain.ts';
import { loginFlows } from '../credentials/logins/flows.ts';
import type { AuthContext, LoginProfile } from '../credentials/logins/profile.ts';
import { Refresher } from '../credentials/refresher.ts';
import { type CheckedSource, type CredentialRow, credentialSource } from '../credentials/source.ts';
import { CredentialStore } from '../credentials/store.ts';
import { credentialCommand } from '../launch/credential-command.ts';
import { helperProcess } from '../launch/helper.ts';
import { systemClock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import type { Paths } from '../platform/paths.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { startLine } from '../terminal/start-line.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import { commandHint, type Upstream } from '../upstreams/upstream.ts';
import { ownValue } from '../wire/json.ts';

/** Keychain timeouts: `interactiveMs` while the user may be answering an unlock dialog, `unattendedMs` otherwise. */
const keychainTimeouts = { interactiveMs: 60_000, unattendedMs: 3_000 };

/** The members of the command's context that credentials need. */
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
  /** Reads the keychain with the interactive timeout, so that a user at a terminal can unlock it. */
  unlock(): Promise<void>;
  /** The login profile of an upstream; `undefined` when it accepts only API keys. */
  loginOf(upstream: string): LoginProfile | undefined;
  worldOf(profile: LoginProfile): AuthContext;
}

export interface CredentialsOptions {
  /** Whether this process serves requests; if so, tokens are renewed before they expire. */
  readonly serving: boolean;
  /** Receives messages about an upstream's login. They contain no secrets. */
  readonly onMessage: (upstream: string, message: string) => void;
}

/** The credential variables that are not passed to other programs: all except those in the setting `passKeys`. */
export function secretVariablesOf(context: Pick<CredentialsContext, 'upstreams' | 'settings'>): string[] {
  const passedNames = (context.settings.text('passKeys') ?? '').split(',').map((name) => name.trim());
  return rowsOf(context)
    .flatMap(({ variables }) => variables)
    .filter((name) => !passedNames.includes(name));
}

const rowsOf = ({ upstreams }: Pick<CredentialsContext, 'upstreams'>): CredentialRow[] =>
  upstreams.map(({ name, auth }) => ({
    upstream: name,
    variables: auth.variables,
    kind: auth.takesApiKeys ? 'api-key' : 'bearer',
    account: auth.accountVariable,
  }));

const commandsOf = ({ upstreams }: Pick<CredentialsContext, 'upstreams'>): TokenCommand[] =>
  upstreams.flatMap(({ name, auth: { command } }) =>
    command ? [{ ...command, upstream: name, remedy: commandHint(name, command) }] : [],
  );

const profilesOf = ({ upstreams }: Pick<CredentialsContext, 'upstreams'>): LoginProfile[] =>
  upstreams.flatMap(({ name, login }) => {
    const flow = login && ownValue(loginFlows, login.flow);
    return flow ? [{ ...flow, upstream: name }] : [];
  });

/** Commands use the instance of their context; the proxy constructs its own. */
export function makeCredentials(context: CredentialsContext, { serving, onMessage }: CredentialsOptions): Credentials {
  const { env, paths, settings } = context;
  const rows = rowsOf(context);
  const profiles = profilesOf(context);
  const helperEnv = withoutSecrets(env, secretVariablesOf(context));
  const helper = helperProcess(join(dirname(context.entry), 'keychain-helper.js'), helperEnv);
  const keychain = new Keychain(helper, systemClock, keychainTimeouts.unattendedMs);
  const mode = settings.text('keychain') === 'off' ? 'off' : 'auto';
  const store = new CredentialStore({ folder: paths.credentialsDir, keychain, mode });
  const http = httpTransport(withLoopback(env.NO_PROXY ?? env.no_proxy));
  const install = new Install(paths.configDir);
  const worldOf = ({ upstream }: LoginProfile): AuthContext => ({
    http,
    authUrl: context.upstreams.find(({ name }) => name === upstream)?.login?.authUrl ?? '',
    clock: systemClock,
    install,
    version: context.version,
  });
  const unlock = async () => {
    if (mode === 'off' || !canShowDialog(env)) return;
    await keychain.unlock(keychainTimeouts.interactiveMs, () => {
      startLine.clear();
      process.stderr.write('ccp: waiting for the keychain; it may be asking you to unlock it.\n');
    });
  };
  const refresher = new Refresher({
    store,
    folder: paths.credentialsDir,
    worldOf,
    // The proxy waits for running work while draining, so it needs no shield.
    shield: serving ? (work) => work : deferSignals,
    onNews: onMessage,
  });
  const source = credentialSource({
    env,
    rows,
    store,
    refresher,
    profiles,
    commands: new CommandTokens(commandsOf(context), credentialCommand(helperEnv), systemClock),
    clock: systemClock,
    early: serving,
  });
  const loginOf = (name: string) => profiles.find(({ upstream }) => upstream === name);
  return { store, source, rows, env, unlock, loginOf, worldOf };
}

/** Defers termination signals until the auth server's response is stored. */
async function deferSignals<T>(work: Promise<T>): Promise<T> {
  let received: NodeJS.Signals | undefined;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals) => {
    received = signal;
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    if (received !== undefined) process.kill(process.pid, received);
  }
}

/** A keychain asks in a dialog, which requires a desktop and a user at the terminal. */
const canShowDialog = (env: Environment): boolean =>
  process.stderr.isTTY === true &&
  (process.platform === 'darwin' || process.platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY));
