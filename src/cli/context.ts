/** What every command starts from. */
import { UserError } from '../errors/user-error.ts';
import { bundledModels } from '../models/catalogue.ts';
import { findModel, nameOf, type Target } from '../models/find.ts';
import type { CostKind, Effort, ModelRow } from '../models/types.ts';
import type { Environment } from '../platform/environment.ts';
import { type Paths, pathsOf } from '../platform/paths.ts';
import { Settings } from '../platform/settings.ts';
import { isRouteClass, type RouteClass } from '../routing/classes.ts';
import { type Directory, type Route, type RouteTable, unknownModel } from '../routing/table.ts';
import { chatgptProfile, codexProfile, demoProfile, openaiProfile } from '../translate/responses/profile.ts';
import { asString, isObject, own } from '../wire/json.ts';

export interface Context {
  readonly version: string;
  readonly env: Environment;
  readonly paths: Paths;
  readonly settings: Settings;
  readonly catalogue: readonly ModelRow[];
  /** The file `ccp` itself runs from, to start itself again. */
  readonly entry: string;
  /** How the user can call ccp from here, for hints. */
  readonly self: string;
}

/** Data alone: what needs a base URL is made where the proxy is. */
const profiles = [codexProfile(''), chatgptProfile(''), openaiProfile(''), demoProfile];

export const upstreamNames: readonly string[] = profiles.map(({ upstream }) => upstream);

export const costKindOf = (upstream: string): CostKind =>
  profiles.find((profile) => profile.upstream === upstream)?.costKind ?? 'unknown';

export async function loadContext(version: string, env: Environment, entry: string, self: string): Promise<Context> {
  const paths = pathsOf(env);
  const { readSettingsFile } = await import('../storage/settings-file.ts');
  return {
    version,
    env,
    paths,
    settings: new Settings(env, await readSettingsFile(paths)),
    catalogue: bundledModels,
    entry,
    self,
  };
}

const directoryOf = (context: Context): Directory => ({ catalogue: context.catalogue, upstreams: upstreamNames });

/** @throws UserError naming near matches; `where` says which flag or setting named it. */
export function targetOf(name: string, where: string, context: Context): Target {
  const target = findModel(name, context.catalogue, upstreamNames);
  if (target) return target;
  const known = context.catalogue.map((row) => row.id).join(', ');
  const { message } = unknownModel(name, directoryOf(context));
  throw new UserError(
    `${where}: ${message.replace('$.model: ', '')} Known: ${known}; or UPSTREAM/MODEL with ${upstreamNames.join(', ')}.`,
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
}

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
    slots: slotsOf(main, fast, stored.subagent?.target),
  };
  return { table, main, fast, subagent: stored.subagent?.target };
}

/** Later keys lose: an id that is both main and fast means main. */
function slotsOf(main: Target, fast: Target, subagent: Target | undefined): Record<string, RouteClass> {
  const slots: Record<string, RouteClass> = {};
  if (subagent) slots[nameOf(subagent)] = 'subagent';
  slots[nameOf(fast)] = 'fast';
  slots[nameOf(main)] = 'main';
  return slots;
}

/** The cheapest of the same upstream: who pays stays who pays. */
const fastModels: Readonly<Record<string, string>> = {
  codex: 'gpt-6-luna',
  chatgpt: 'chatgpt/gpt-6-luna',
  openai: 'openai/gpt-6-luna',
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
