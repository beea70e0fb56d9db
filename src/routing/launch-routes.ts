/** The route table of a launch, from the models in flags and settings. Each is decided like the model of a request. */
import { CcpError } from '../errors/ccp-error.ts';
import { nameOf, type Target } from '../models/find.ts';
import type { Effort } from '../models/types.ts';
import { type Decision, firstCandidate } from './candidate.ts';
import { isRouteClass, type RouteClass, requestClassOf } from './classes.ts';
import { type DecisionRules, decide } from './decide.ts';
import type { Directory } from './directory.ts';
import { noHistory } from './history.ts';
import type { Route, RouteTable } from './table.ts';

/** A model named by a flag or a setting. */
export interface NamedModel {
  readonly model: string;
  readonly effort: Effort | undefined;
  /** The flag or setting, for error messages. */
  readonly from: string;
}

export interface RouteChoices {
  readonly main: NamedModel;
  /** `undefined` selects the small model of the main model's upstream, else the main model. */
  readonly fast: NamedModel | undefined;
  /** Routes of other classes. */
  readonly others: Readonly<Partial<Record<RouteClass, NamedModel>>>;
  /** Routes of agents by their type. */
  readonly agents: Readonly<Record<string, NamedModel>>;
}

export const tierNames = ['haiku', 'opus', 'sonnet', 'fable'] as const;
export type TierName = (typeof tierNames)[number];

export interface LaunchRoutes {
  readonly table: RouteTable;
  readonly main: Target;
  readonly fast: Target;
  readonly subagent: Target | undefined;
  /** Tiers that have their own route. */
  readonly tiers: Readonly<Partial<Record<TierName, Target>>>;
}

/** A named model that no upstream serves or that a rule denies. */
export class RouteNameError extends Error {
  readonly from: string;
  readonly reason: CcpError;

  constructor(from: string, reason: CcpError) {
    super(reason.message);
    this.from = from;
    this.reason = reason;
  }
}

/** Builds the route table. @throws RouteNameError for a model that cannot be routed. */
export function launchRoutes(
  { main, fast, others, agents }: RouteChoices,
  directory: Directory,
  rules: DecisionRules,
): LaunchRoutes {
  const routesOf = (named: Readonly<Partial<Record<string, NamedModel>>>): Record<string, Route> =>
    Object.fromEntries(
      Object.entries(named).flatMap(([name, one]) =>
        one ? [[name, routeNamed(one, directory, rules, isRouteClass(name) ? name : 'subagent')]] : [],
      ),
    );
  const routes = routesOf(others);
  const mainRoute = routeNamed(main, directory, rules);
  const fastRoute = fast ? routeNamed(fast, directory, rules, 'fast') : defaultFast(mainRoute, directory, rules);
  const table: RouteTable = {
    routes: { ...routes, main: mainRoute, fast: fastRoute },
    ...(Object.keys(agents).length > 0 ? { agents: routesOf(agents) } : {}),
    slots: slotsOf(mainRoute.target, fastRoute.target, routes, directory),
  };
  const tiers = Object.fromEntries(
    tierNames.flatMap((tier) => (routes[tier] === undefined ? [] : [[tier, routes[tier].target]])),
  );
  return { table, main: mainRoute.target, fast: fastRoute.target, subagent: routes.subagent?.target, tiers };
}

/** @throws RouteNameError when the model is unknown or denied. */
export function routeNamed(
  { model, effort, from }: NamedModel,
  directory: Directory,
  rules: DecisionRules,
  routeClass: RouteClass = 'main',
): Route {
  try {
    return { target: firstCandidate(decideNamed(model, directory, rules, { effort, routeClass })).target, effort };
  } catch (thrown) {
    if (thrown instanceof CcpError) throw new RouteNameError(from, thrown);
    throw thrown;
  }
}

/** Used before there is a table: no slot or tier name is resolved. */
const noTable: RouteTable = {
  routes: { main: { target: { upstream: '', model: '', row: undefined }, effort: undefined } },
  slots: {},
};

export interface NamedDecision {
  readonly effort?: Effort | undefined;
  /** The route that the model is meant for; main, if omitted. */
  readonly routeClass?: RouteClass;
  /** The upstreams that Claude Code's own login is used for. */
  readonly clientLogins?: ReadonlySet<string>;
}

/** Decides about a model by its name, without a request. @throws CcpError `unknown_model`. */
export const decideNamed = (
  model: string,
  directory: Directory,
  rules: DecisionRules,
  { effort, routeClass = 'main', clientLogins = new Set() }: NamedDecision = {},
): Decision =>
  decide(
    {
      requestClass: requestClassOf(routeClass),
      routeClass,
      model,
      requestedBy: 'user',
      effort,
      table: noTable,
      directory,
      isMainConversation: true,
      history: noHistory,
      clientLogins,
      inputTokens: undefined,
    },
    rules,
  );

/** The cheapest model of the same upstream, so that the cost kind stays the same. */
function defaultFast({ target }: Route, directory: Directory, rules: DecisionRules): Route {
  const smallModel = directory.upstreams.find(({ name }) => name === target.upstream)?.smallModel;
  if (smallModel === undefined) return { target, effort: undefined };
  const model = `${target.upstream}/${smallModel}`;
  return routeNamed({ model, effort: undefined, from: 'The default fast model' }, directory, rules, 'fast');
}

/** Slots are assigned in rising order of priority: an id that is both main and fast is the main slot. */
function slotsOf(
  main: Target,
  fast: Target,
  routes: Readonly<Partial<Record<string, Route>>>,
  directory: Directory,
): Record<string, RouteClass> {
  const slots: Record<string, RouteClass> = {};
  for (const name of ['subagent', ...tierNames] as const) {
    const route = routes[name];
    if (route) slots[slotId(route.target, directory)] = name;
  }
  slots[slotId(fast, directory)] = 'fast';
  slots[slotId(main, directory)] = 'main';
  return slots;
}

/** The id passed to Claude Code for a target. Its own models keep their plain ids, so that it knows their features. */
export const slotId = (target: Target, { upstreams }: Pick<Directory, 'upstreams'>): string =>
  upstreams.some(({ name, hasClientModels }) => hasClientModels && name === target.upstream)
    ? target.model
    : nameOf(target);
