/**
 * Effective settings, in order of precedence: command line (applied by the caller), environment, settings file,
 * default.
 */
import { UserError } from '../errors/user-error.ts';
import { type Effort, isEffort } from '../models/types.ts';
import { isRouteClass, type RouteClass } from '../routing/classes.ts';
import type { NamedModel } from '../routing/launch-routes.ts';
import type { OwnSetting } from '../upstreams/definition.ts';
import type { OwnValue } from '../upstreams/resolve.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, ownValue } from '../wire/json.ts';
import { type ScalarKey, type ScalarSetting, scalarSettings } from './scalars.ts';
import { upstreamSettings } from './upstream-settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

export type SettingOrigin = 'environment' | 'file' | 'default';

export interface SettingValue {
  readonly value: string | number | undefined;
  readonly from: SettingOrigin;
}

/** Finds a scalar setting by key, including the settings of upstreams. */
export const scalarRow = (key: string): ScalarSetting | undefined =>
  ownValue<ScalarSetting>(scalarSettings, key) ?? upstreamSettings.find((row) => row.key === key);

export const scalarKeys: readonly string[] = [
  ...Object.keys(scalarSettings),
  ...upstreamSettings.map(({ key }) => key),
];

export class Settings {
  readonly #env: Env;
  readonly #file: JsonObject;

  /** @param file the settings file, already validated against the schema. */
  constructor(env: Env, file: JsonObject) {
    this.#env = env;
    this.#file = file;
  }

  /** @throws UserError when the environment variable has an invalid value. */
  text(key: ScalarKey): string | undefined {
    return asString(this.read(key).value);
  }

  /** @throws UserError when the environment variable has an invalid value. */
  number(key: ScalarKey): number {
    const value = asNumber(this.read(key).value);
    if (value === undefined) throw new Error(`setting ${key} is not a number`);
    return value;
  }

  get effort(): Effort | undefined {
    const effort = this.text('effort');
    return isEffort(effort) ? effort : undefined;
  }

  /** @throws UserError when the environment variable has an invalid value. */
  read(key: string): SettingValue {
    const row = scalarRow(key);
    if (row === undefined) throw new Error(`there is no setting ${key}`);
    const variableText = this.#env[row.variable];
    if (variableText !== undefined && variableText !== '')
      return { value: parseSetting(variableText, row, `The variable ${row.variable}`), from: 'environment' };
    const stored = this.#file[key];
    if (typeof stored === 'string' || typeof stored === 'number') return { value: stored, from: 'file' };
    const byDefault = row.default;
    return { value: typeof byDefault === 'number' ? byDefault : asString(byDefault), from: 'default' };
  }

  /** A setting of one upstream; `undefined` when neither the environment nor the file contains it. */
  ofUpstream(upstream: string, setting: OwnSetting): OwnValue | undefined {
    const row = upstreamSettings.find((one) => one.upstream === upstream && one.setting === setting);
    if (row === undefined) return undefined;
    const { value, from } = this.read(row.key);
    return from === 'default' || value === undefined ? undefined : { value: String(value), from };
  }

  get upstreams(): JsonObject {
    return asObject(this.#file.upstreams);
  }

  /** Routes by class, as configured in the file. */
  get routes(): Readonly<Partial<Record<RouteClass, NamedModel>>> {
    const named = Object.entries(namedModels(this.#file.routes, 'routes'));
    return Object.fromEntries(named.filter(([name]) => isRouteClass(name)));
  }

  /** Routes of agents by their type. */
  get agentRoutes(): Readonly<Record<string, NamedModel>> {
    return namedModels(asObject(this.#file.routes).agents, 'routes.agents');
  }

  /** The settings file, with the members of the profile. */
  get file(): JsonObject {
    return this.#file;
  }

  get budgets(): unknown {
    return this.#file.budgets;
  }

  /** A setting that is an object or a list, unchanged from the file. */
  object(key: string): unknown {
    return this.#file[key];
  }
}

/** @param what subject of the error message. @throws UserError with the expected form. */
export function parseSetting(text: string, { schema, expects }: ScalarSetting, what: string): string | number {
  const value = schema.safeParse(text).success ? text : numberIn(text);
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new UserError(`${what} must ${expects}, not "${text}".`, 2);
}

const numberIn = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

/** The models of an object of routes. Members that are no route are left out. @param path of the object, for messages. */
const namedModels = (routes: unknown, path: string): Record<string, NamedModel> =>
  Object.fromEntries(
    Object.entries(asObject(routes)).flatMap(([name, value]) => {
      const { model, effort } = isObject(value) ? value : { model: value, effort: undefined };
      if (typeof model !== 'string') return [];
      return [[name, { model, effort: isEffort(effort) ? effort : undefined, from: `The setting ${path}.${name}` }]];
    }),
  );
