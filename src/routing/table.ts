/** A session's route table: which upstream and model serve which class. Pure values; a switch makes a new table. */
import { CcpError } from '../errors/ccp-error.ts';
import { findModel, nameOf, suggestModels, type Target, withoutWindowSuffix } from '../models/find.ts';
import type { Effort, ModelRow } from '../models/types.ts';
import { own } from '../wire/json.ts';
import { followed, type RequestClass, type RouteClass, routeOf } from './classes.ts';

export interface Route {
  readonly target: Target;
  /** Overrides what Claude Code asks for; `undefined` leaves it. */
  readonly effort: Effort | undefined;
}

export type Routes = { readonly main: Route } & { readonly [name in Exclude<RouteClass, 'main'>]?: Route };

export interface RouteTable {
  readonly routes: Routes;
  /** Ids given to Claude Code at launch: each means its class, whatever stands behind the class after a switch. */
  readonly slots: Readonly<Record<string, RouteClass>>;
}

export interface RouteChoice extends Route {
  readonly routeClass: RouteClass;
  /** In words, for the meter and the log. */
  readonly reason: string;
}

export interface Directory {
  readonly catalogue: readonly ModelRow[];
  readonly upstreams: readonly string[];
}

/** Ids under which `GET /v1/models` lists models that Claude Code would otherwise drop. */
export const aliasPrefix = 'claude-ccp-';

/**
 * Decides where a request goes.
 * @throws CcpError `unknown_model`, naming near matches.
 */
export function chooseRoute(
  model: string,
  requestClass: RequestClass,
  table: RouteTable,
  directory: Directory,
): RouteChoice {
  const id = withoutWindowSuffix(model);
  const asked = id.startsWith(aliasPrefix) ? id.slice(aliasPrefix.length) : id;
  const wanted = routeOf[requestClass];
  const slot = own(table.slots, asked);
  if (slot !== undefined) {
    // A class of its own (subagent, compaction…) goes its own way when one is set; else the slot decides.
    return byClass(hasOwnRoute(wanted, table) ? wanted : slot, table, `${asked} is the ${slot} slot of this session`);
  }
  if (asked.startsWith('claude-') || isTierWord(asked)) {
    const tier = tierOf(asked);
    return byClass(hasOwnRoute(wanted, table) ? wanted : tier, table, `${asked} is the ${tier} tier`);
  }
  const target = findModel(asked, directory.catalogue, directory.upstreams);
  if (target)
    return { target, effort: undefined, routeClass: wanted, reason: `${nameOf(target)} was asked for by name` };
  throw unknownModel(model, directory);
}

const isTierWord = (id: string): boolean => id === 'opus' || id === 'sonnet' || id === 'haiku' || id === 'fable';

/** `claude-opus-…` and the bare word. */
const tierOf = (id: string): RouteClass => {
  return (['haiku', 'opus', 'sonnet', 'fable'] as const).find((tier) => id.includes(tier)) ?? 'main';
};

const hasOwnRoute = (wanted: RouteClass, table: RouteTable): boolean =>
  wanted !== 'main' && wanted !== 'fast' && table.routes[wanted] !== undefined;

function byClass(routeClass: RouteClass, table: RouteTable, reason: string): RouteChoice {
  const route = table.routes[routeClass];
  if (route) return { ...route, routeClass, reason };
  const next = followed(routeClass);
  if (next === routeClass) return { ...table.routes.main, routeClass, reason };
  return byClass(next, table, `${reason}; ${routeClass} follows ${next}`);
}

/** Longer names are not models, and not worth comparing. */
const longestName = 100;

export function unknownModel(name: string, directory: Directory): CcpError {
  const near = name.length > longestName ? [] : suggestModels(name, directory.catalogue);
  const suggestion = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : '';
  return new CcpError(
    'unknown_model',
    `$.model: "${name.slice(0, longestName)}" is not a model ccp knows.${suggestion}`,
  );
}

export const withRoute = (table: RouteTable, routeClass: RouteClass, route: Route): RouteTable => ({
  ...table,
  routes: { ...table.routes, [routeClass]: route },
});
