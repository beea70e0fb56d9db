/** Resolves the routes of `launch` and `serve` from flags and settings. */
import { UserError } from '../errors/user-error.ts';
import { type Effort, efforts, isEffort } from '../models/types.ts';
import type { RouteClass } from '../routing/classes.ts';
import { defaultRules } from '../routing/decide.ts';
import {
  type LaunchRoutes,
  launchRoutes,
  type NamedModel,
  RouteNameError,
  routeNamed,
} from '../routing/launch-routes.ts';
import type { Route } from '../routing/table.ts';
import { demoModel } from '../upstreams/definitions/demo.ts';
import type { AppContext } from './context.ts';

export interface RouteFlags {
  readonly model: string | undefined;
  readonly fastModel: string | undefined;
  readonly effort: string | undefined;
  readonly demo: boolean;
}

export const noRouteFlags: RouteFlags = { model: undefined, fastModel: undefined, effort: undefined, demo: false };

/**
 * Flags take precedence over settings, and settings over defaults; `--demo` ignores the settings. @throws UserError
 * naming the flag or setting.
 */
export function routesOf(flags: RouteFlags, context: AppContext): LaunchRoutes {
  const { settings } = context;
  const routeSettings = flags.demo ? {} : settings.routes;
  const namedModel = (
    flag: string | undefined,
    flagName: string,
    key: 'model' | 'fastModel',
  ): NamedModel | undefined => {
    if (flag !== undefined) return { model: flag, effort: undefined, from: flagName };
    const { value, from } = settings.read(key);
    if (flags.demo || from === 'default' || value === undefined) return undefined;
    return { model: String(value), effort: undefined, from: `The setting ${key}` };
  };
  const { main: storedMain, fast: storedFast, ...others } = routeSettings;
  const effort = effortFlag(flags.effort) ?? settings.effort;
  const fallback: NamedModel = {
    model: flags.demo ? demoModel : (settings.text('model') ?? ''),
    effort: undefined,
    from: 'The default model',
  };
  const main = namedModel(flags.model, '--model', 'model') ?? storedMain ?? fallback;
  const fast = namedModel(flags.fastModel, '--fast-model', 'fastModel') ?? storedFast;
  return withUserErrors(() =>
    launchRoutes(
      {
        main: { ...main, effort: effort ?? storedMain?.effort },
        fast: fast && { ...fast, effort: storedFast?.effort },
        others,
        agents: flags.demo ? {} : settings.agentRoutes,
      },
      context.directory,
      context.rules,
    ),
  );
}

/** @param from the flag or setting that contains the name. @throws UserError with similar names. */
export const routeOf = (model: string, from: string, context: AppContext, routeClass: RouteClass = 'main'): Route =>
  withUserErrors(() => routeNamed({ model, effort: undefined, from }, context.directory, context.rules, routeClass));

function withUserErrors<T>(action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (!(thrown instanceof RouteNameError)) throw thrown;
    const list =
      thrown.reason.code === 'unknown_model'
        ? ' `ccp models` lists them; any other model of an upstream is UPSTREAM/MODEL, for example openrouter/VENDOR/MODEL.'
        : '';
    throw new UserError(`${thrown.from}: ${thrown.message.replace('$.model: ', '')}${list}`, 2);
  }
}

function effortFlag(text: string | undefined): Effort | undefined {
  if (text === undefined || isEffort(text)) return text;
  throw new UserError(`--effort: "${text}" is not one of ${efforts.join(', ')}.`, 2);
}

/** The model that the meter compares costs with; `undefined` when the setting `whatIf` names no model with a price. */
export function comparedModel(context: AppContext): { name: string; price: NonNullable<Price> } | undefined {
  try {
    const { target } = routeNamed(
      { model: context.settings.text('whatIf') ?? '', effort: undefined, from: 'The setting whatIf' },
      context.directory,
      // Nothing is sent to it.
      defaultRules,
    );
    const price = target.row?.price;
    return price && { name: target.model, price };
  } catch (thrown) {
    if (thrown instanceof RouteNameError) return undefined;
    throw thrown;
  }
}

type Price = NonNullable<Route['target']['row']>['price'];
