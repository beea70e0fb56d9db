/** Finds a route that can compact a conversation that is too long for its own route. */
import { nameOf, type Target, windowOf } from '../models/find.ts';
import type { Route, RouteTable } from './table.ts';

/** Earlier routes of the main conversation, and whether it must be compacted. */
export interface HistoryState {
  /** Set when the history does not fit the main route: compactions use this route until one succeeds. */
  readonly compactionRoute: Route | undefined;
  /** Main routes before the current one, newest first. A history too long for the current one fits one of them. */
  readonly previousRoutes: readonly Route[];
}

export const noHistory: HistoryState = { compactionRoute: undefined, previousRoutes: [] };

const maxPreviousRoutes = 8;

/** Tokens that a compaction's summary needs in addition to the history. */
export const summaryTokens = 20_000;

/** The route set for compactions, then earlier main routes, newest first. */
export const compactionRoutes = (table: RouteTable, { previousRoutes }: HistoryState): readonly Route[] => [
  ...(table.routes.compaction ? [table.routes.compaction] : []),
  ...previousRoutes,
];

export const routeThatFits = (tokens: number, routes: readonly Route[]): Route | undefined =>
  routes.find(({ target }) => windowOf(target) >= tokens);

export const withPreviousRoute = (previous: readonly Route[], route: Route): readonly Route[] =>
  [route, ...previous.filter(({ target }) => nameOf(target) !== nameOf(route.target))].slice(0, maxPreviousRoutes);

export const sameTarget = (a: Target, b: Target): boolean => a.upstream === b.upstream && a.model === b.model;
