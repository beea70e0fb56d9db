/** What every command starts from. */
import { UserError } from '../errors/user-error.ts';
import { slotId } from '../launch/environment.ts';
import { findModel, type Target } from '../models/find.ts';
import type { CostKind, Effort, ModelRow } from '../models/types.ts';
import type { Environment } from '../platform/environment.ts';
import { type Paths, pathsOf } from '../platform/paths.ts';
import { Settings } from '../platform/settings.ts';
import { isRouteClass, type RouteClass } from '../routing/classes.ts';
import { type Directory, type Route, type RouteTable, unknownModel } from '../routing/table.ts';
import type { Compared } from '../session/state.ts';
import { upstreamEntries } from '../translate/registry/entries.ts';
import type { UpstreamEntry } from '../translate/registry/entry.ts';
import { presets } from '../translate/registry/presets.ts';
import { chatgptProfile, codexProfile, demoProfile, openaiProfile } from '../translate/responses/profile.ts';
import { asObject, asString, isObject, type JsonObject, own } from '../wire/json.ts';
import { catalogueNow } from './catalogue.ts';
import type { Credentials } from './credentials.ts';

export interface Context {
  readonly version: string;
  readonly env: Environment;
  readonly paths: Paths;
  readonly settings: Settings;
  /** Presets and the user's own; the built-in ones stand apart. */
  readonly upstreams: readonly UpstreamEntry[];
  readonly catalogue: readonly ModelRow[];
  /** The file `ccp` itself runs from, to start itself again. */
  readonly entry: string;
  /** Made when they are first asked for. */
  readonly credentials: () => Promise<Credentials>;
  /** How the user can call ccp from here, for hints. */
  readonly self: string;
}

/** Data alone: what needs a base URL is made where the proxy is. */
const builtIn = [codexProfile(''), chatgptProfile(''), openaiProfile(''), demoProfile];

export const upstreamNames = ({ upstreams }: Pick<Context, 'upstreams'>): readonly string[] => [
  ...builtIn.map(({ upstream }) => upstream),
  ...upstreams.map(({ name }) => name),
];

export const costKindOf = (name: string, { upstreams }: Pick<Context, 'upstreams'>): CostKind =>
  [...builtIn.map(({ upstream, costKind }) => ({ name: upstream, costKind })), ...upstreams].find(
    (one) => one.name === name,
  )?.costKind ?? 'unknown';

/** Needs no credential to be asked. */
export const isOpen = (name: string, { upstreams }: Pick<Context, 'upstreams'>): boolean =>
  name === 'demo' || (upstreams.find((entry) => entry.name === name)?.auth.optional ?? false);

export async function loadContext(version: string, env: Environment, entry: string, self: string): Promise<Context> {
  const paths = pathsOf(env);
  const { readSettingsFile } = await import('../storage/settings-file.ts');
  const settings = new Settings(env, await readSettingsFile(paths));
  const custom = asObject(settings.object('upstreams'));
  checkCustom(custom, paths);
  const context = {
    version,
    env,
    paths,
    settings,
    upstreams: upstreamEntries({
      custom,
      baseUrlOf: (name) => baseUrlOf(name, settings, env),
      loginToLoopback: env.CCP_ANTHROPIC_LOGIN_TO_LOOPBACK === '1',
      dialectOf: (name) => (name === 'kimi' ? settings.text('kimiDialect') : undefined),
    }),
    catalogue: catalogueNow({ paths, settings, env }),
    entry,
    self,
  };
  let credentials: Promise<Credentials> | undefined;
  return {
    ...context,
    credentials: () => {
      credentials ??= import('./credentials.ts').then(({ makeCredentials }) =>
        makeCredentials(context, { serving: false, onNews: () => {} }),
      );
      return credentials;
    },
  };
}

/** @throws UserError for an entry that is neither a preset's nor whole. */
function checkCustom(custom: JsonObject, { configFile }: Paths): void {
  for (const [name, value] of Object.entries(custom)) {
    const where = `The setting upstreams.${name} (${configFile})`;
    if (builtIn.some(({ upstream }) => upstream === name))
      throw new UserError(`${where}: "${name}" is built in; its address is the setting ${name}BaseUrl.`);
    const { dialect, baseUrl } = asObject(value);
    const preset = presets.find((one) => one.name === name);
    const has = Object.keys(preset?.baseUrls ?? {});
    if (preset && baseUrl === undefined && dialect !== undefined && !has.includes(String(dialect)))
      throw new UserError(`${where}: ${name} does not speak "${String(dialect)}"; it speaks ${has.join(' and ')}.`);
    if (!preset && (dialect === undefined || baseUrl === undefined))
      throw new UserError(`${where} needs "dialect" (chat, responses or messages) and "baseUrl".`);
  }
}

/** A setting of its own where there is one, else `CCP_NAME_BASE_URL`. */
function baseUrlOf(name: string, settings: Settings, env: Environment): string | undefined {
  if (name === 'kimi') return settings.text('kimiBaseUrl');
  if (name === 'anthropic') return settings.text('anthropicBaseUrl');
  return env[`CCP_${name.toUpperCase()}_BASE_URL`] || undefined;
}

const directoryOf = (context: Context): Directory => ({
  catalogue: context.catalogue,
  upstreams: upstreamNames(context),
});

/** @throws UserError naming near matches; `where` says which flag or setting named it. */
export function targetOf(name: string, where: string, context: Context): Target {
  const target = findModel(name, context.catalogue, upstreamNames(context));
  if (target) return target;
  const known = context.catalogue.filter((row) => row.prefixed !== true).map((row) => row.id);
  const { message } = unknownModel(name, directoryOf(context));
  throw new UserError(
    `${where}: ${message.replace('$.model: ', '')} Known: ${known.join(', ')}; or UPSTREAM/MODEL with ${upstreamNames(context).join(', ')} (\`ccp models\` lists them).`,
    2,
  );
}

export interface RouteWishes {
  readonly model: string | undefined;
  readonly fastModel: string | undefined;
  readonly effort: string | undefined;
  readonly demo: boolean;
}

export interface LaunchRoutes {
  readonly table: RouteTable;
  readonly main: Target;
  readonly fast: Target;
  readonly subagent: Target | undefined;
  /** Tiers with a route of their own. */
  readonly tiers: Readonly<Partial<Record<TierName, Target>>>;
}

const tierNames = ['haiku', 'opus', 'sonnet', 'fable'] as const;
export type TierName = (typeof tierNames)[number];

/** Flags above settings above defaults; `--demo` is a whole of its own. */
export function routesFor(wishes: RouteWishes, context: Context): LaunchRoutes {
  const { settings } = context;
  const stored = wishes.demo ? {} : storedRoutes(context);
  const named = (flag: string | undefined, flagName: string, key: 'model' | 'fastModel'): Target | undefined => {
    if (flag !== undefined) return targetOf(flag, flagName, context);
    const setting = wishes.demo ? { value: undefined, from: 'default' } : settings.read(key);
    if (setting.from === 'default') return undefined;
    return targetOf(String(setting.value), `The setting ${key}`, context);
  };
  const main =
    named(wishes.model, '--model', 'model') ??
    stored.main?.target ??
    targetOf(wishes.demo ? 'demo' : (settings.text('model') ?? ''), 'The default model', context);
  const fast =
    named(wishes.fastModel, '--fast-model', 'fastModel') ?? stored.fast?.target ?? defaultFast(main, context);
  const effort = effortOf(wishes.effort ?? settings.text('effort')) ?? stored.main?.effort;
  const table: RouteTable = {
    routes: { ...stored, main: { target: main, effort }, fast: { target: fast, effort: stored.fast?.effort } },
    slots: slotsOf(main, fast, stored),
  };
  const tiers = Object.fromEntries(
    tierNames.flatMap((tier) => (stored[tier] === undefined ? [] : [[tier, stored[tier].target]])),
  );
  return { table, main, fast, subagent: stored.subagent?.target, tiers };
}

/** Later keys lose: an id that is both main and fast means main. */
function slotsOf(main: Target, fast: Target, stored: Partial<Record<RouteClass, Route>>): Record<string, RouteClass> {
  const slots: Record<string, RouteClass> = {};
  for (const name of ['subagent', ...tierNames] as const) {
    const route = stored[name];
    if (route) slots[slotId(route.target)] = name;
  }
  slots[slotId(fast)] = 'fast';
  slots[slotId(main)] = 'main';
  return slots;
}

/** The cheapest of the same upstream: who pays stays who pays. */
const fastModels: Readonly<Record<string, string>> = {
  codex: 'codex/gpt-6-luna',
  chatgpt: 'chatgpt/gpt-6-luna',
  openai: 'openai/gpt-6-luna',
  anthropic: 'anthropic/claude-haiku-5-5',
  demo: 'demo-fast',
};

const defaultFast = (main: Target, context: Context): Target => {
  const id = own(fastModels, main.upstream);
  return id === undefined ? main : targetOf(id, 'The default fast model', context);
};

function storedRoutes(context: Context): Partial<Record<RouteClass, Route>> {
  const stored = context.settings.object('routes');
  if (!isObject(stored)) return {};
  const routes: Partial<Record<RouteClass, Route>> = {};
  for (const [name, value] of Object.entries(stored)) {
    if (!isRouteClass(name)) continue;
    const model = isObject(value) ? asString(value.model) : asString(value);
    if (model === undefined) continue;
    const effort = effortOf(isObject(value) ? asString(value.effort) : undefined);
    routes[name] = { target: targetOf(model, `The setting routes.${name}`, context), effort };
  }
  return routes;
}

const isEffort = (text: string): text is Effort => ['none', 'low', 'medium', 'high', 'xhigh', 'max'].includes(text);

function effortOf(text: string | undefined): Effort | undefined {
  if (text === undefined || isEffort(text)) return text;
  throw new UserError(`--effort: "${text}" is not one of none, low, medium, high, xhigh, max.`, 2);
}

/** What the meter compares turns with; nothing where the setting names no priced model. */
export function comparedIn(context: Context): Compared | undefined {
  const target = findModel(context.settings.text('whatIf') ?? '', context.catalogue, upstreamNames(context));
  const price = target?.row?.price;
  return target && price && { name: target.model, price };
}
