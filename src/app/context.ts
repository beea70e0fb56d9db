/**
 * The composition root of a command: paths → settings → upstreams → catalogue → credentials. Each layer is created on
 * first access, so a command fails only when a layer that it uses fails.
 */
import { UserError } from '../errors/user-error.ts';
import { bundledModels } from '../models/catalogue.ts';
import type { ModelRow } from '../models/types.ts';
import type { Environment } from '../platform/environment.ts';
import { type Paths, pathsOf } from '../platform/paths.ts';
import { type DecisionRules, defaultRules } from '../routing/decide.ts';
import type { Directory } from '../routing/directory.ts';
import { type ChosenProfile, chosenProfile, profileVariable, withProfile } from '../settings/profiles.ts';
import { Settings } from '../settings/settings.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { JsonObject } from '../wire/json.ts';
import { currentCatalogue } from './catalogue.ts';
import type { Credentials } from './credentials.ts';
import { PolicySource } from './policy.ts';
import { upstreamsOf } from './upstreams.ts';

/** The process that `ccp` runs in. */
export interface CliRuntime {
  readonly version: string;
  readonly env: Environment;
  /** Path of ccp's entry file, used to start child processes of ccp. */
  readonly entry: string;
  /** The command that runs ccp from the current directory, used in hints. */
  readonly self: string;
}

export interface AppContext extends CliRuntime {
  readonly paths: Paths;
  /** @throws UserError when the settings file is not valid. */
  readonly settings: Settings;
  /** @throws UserError when `CCP_PROFILE` names an unknown one. */
  readonly profile: ChosenProfile | undefined;
  /** The context with another profile, for `--profile`. */
  withProfile(name: string): AppContext;
  /** The context with another named login, such as `codex#work`, which is not stored yet. */
  withLogin(name: string): AppContext;
  /** The policy in force; a file that cannot be used is one of its problems. */
  readonly policy: PolicySource;
  /** The rules of every decision: the route table, and what the policy allows. */
  readonly rules: DecisionRules;
  /** The error of the settings file; `undefined` when it is valid. */
  readonly settingsProblem: UserError | undefined;
  readonly upstreams: readonly Upstream[];
  /** Bundled models, the upstreams' last model lists, and the user's own models. */
  readonly catalogue: readonly ModelRow[];
  readonly directory: Directory;
  readonly credentials: () => Promise<Credentials>;
  /** Discards the cached catalogue; called after model lists were fetched. */
  refreshCatalogue(): void;
}

/** Reads the settings file. An invalid file does not reject; it is reported by `settingsProblem`. */
export async function loadContext(runtime: CliRuntime): Promise<AppContext> {
  const paths = pathsOf(runtime.env);
  const policy = await PolicySource.read({ ...runtime, paths }, process.cwd());
  return new Context(runtime, paths, policy, await readSettings(paths));
}

type SettingsSource = { readonly file: JsonObject } | { readonly problem: UserError };

async function readSettings(paths: Paths): Promise<SettingsSource> {
  const { readSettingsFile } = await import('../storage/settings-file.ts');
  try {
    return { file: await readSettingsFile(paths) };
  } catch (thrown) {
    if (thrown instanceof UserError) return { problem: thrown };
    throw thrown;
  }
}

class Context implements AppContext {
  readonly version: string;
  readonly env: Environment;
  readonly entry: string;
  readonly self: string;
  readonly paths: Paths;
  readonly policy: PolicySource;
  readonly #source: SettingsSource;
  readonly #logins: readonly string[];
  #settings: Settings | undefined;
  #upstreams: readonly Upstream[] | undefined;
  #catalogue: readonly ModelRow[] | undefined;
  #credentials: Promise<Credentials> | undefined;

  constructor(
    { version, env, entry, self }: CliRuntime,
    paths: Paths,
    policy: PolicySource,
    source: SettingsSource,
    logins: readonly string[] = [],
  ) {
    this.version = version;
    this.env = env;
    this.entry = entry;
    this.self = self;
    this.paths = paths;
    this.policy = policy;
    this.#source = source;
    this.#logins = logins;
  }

  get settingsProblem(): UserError | undefined {
    return 'problem' in this.#source ? this.#source.problem : undefined;
  }

  get settings(): Settings {
    if ('problem' in this.#source) throw this.#source.problem;
    this.#settings ??= new Settings(this.env, withProfile(this.#source.file, this.profile?.name));
    return this.#settings;
  }

  get profile(): ChosenProfile | undefined {
    if ('problem' in this.#source) throw this.#source.problem;
    const home = this.env.HOME ?? this.env.USERPROFILE ?? '';
    return chosenProfile(this.#source.file, { wanted: this.env[profileVariable], folder: process.cwd(), home });
  }

  withProfile(name: string): AppContext {
    const { version, entry, self } = this;
    const env = { ...this.env, [profileVariable]: name };
    return new Context({ version, env, entry, self }, this.paths, this.policy, this.#source, this.#logins);
  }

  withLogin(name: string): AppContext {
    return new Context(this, this.paths, this.policy, this.#source, [...this.#logins, name]);
  }

  get upstreams(): readonly Upstream[] {
    this.#upstreams ??= upstreamsOf(this.settings, this.env, this.paths, this.#logins, this.policy.hasCostRules);
    return this.#upstreams;
  }

  get catalogue(): readonly ModelRow[] {
    this.#catalogue ??= currentCatalogue(bundledModels, this);
    return this.#catalogue;
  }

  get rules(): DecisionRules {
    return { ...defaultRules, gates: [...defaultRules.gates, this.policy.gate] };
  }

  get directory(): Directory {
    return { catalogue: this.catalogue, upstreams: this.upstreams };
  }

  refreshCatalogue(): void {
    this.#catalogue = undefined;
  }

  readonly credentials = (): Promise<Credentials> => {
    this.#credentials ??= import('./credentials.ts').then(({ makeCredentials }) =>
      makeCredentials(this, { serving: false, onMessage: () => {} }),
    );
    return this.#credentials;
  };
}
