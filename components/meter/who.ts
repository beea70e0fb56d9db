/** Who answers: the route of each class, how it is paid for, and where requests went instead. */
import { answeringRoute } from '../../src/session/answering-route.ts';
import { wrapText } from '../../src/session/columns.ts';
import type { RouteView } from '../../src/session/events.ts';
import type { RequestView, SessionState } from '../../src/session/state.ts';
import { ends, line, type MeterLine, type Span } from './line.ts';
import { classLabel } from './request-line.ts';

export const nameOfRoute = ({ upstream, model }: RouteView): string => `${upstream}/${model}`;

/** The model that answers the conversation. */
export const answeringName = (state: SessionState): string => {
  const route = answeringRoute(state);
  return route ? nameOfRoute(route) : '–';
};

export function whoLines(state: SessionState, width: number): MeterLine[] {
  const lines = state.routes.flatMap((route) => [
    routeLine(route, state, width),
    ...elsewhereLines(route, state, width),
  ]);
  if (state.compactionRoute !== undefined)
    lines.push(line(`compacts on ${state.compactionRoute} first`, 3, { tone: 'warn' }));
  return lines;
}

function routeLine(route: RouteView, state: SessionState, width: number): MeterLine {
  const { routeClass, effort, costKind } = route;
  const isMain = routeClass === 'main';
  const badge: Span = { text: costKind, dim: true };
  const name = `${classLabel(routeClass)} ${nameOfRoute(route)}${effort === undefined ? '' : ` · ${effort}`}`;
  return {
    spans: ends({ text: name, bold: isMain, dim: !isMain }, badge, width),
    rank: isMain ? 1 : routeClass === 'fast' ? 6 : 7,
    target: { type: 'switch', routeClass: state.wall?.routeClass ?? routeClass },
  };
}

/** Where the newest request of a class went, if that is not its route, and why. */
function elsewhereLines(route: RouteView, state: SessionState, width: number): MeterLine[] {
  const text = elsewhereText(route, state);
  if (text === undefined) return [];
  return wrapText(`↪ ${text}`, width, 4).map((row) => line(row, 2, { tone: 'warn' }));
}

function elsewhereText(route: RouteView, state: SessionState): string | undefined {
  const substitute = Object.entries(state.substitutes).find(([name]) => name === nameOfRoute(route))?.[1];
  if (substitute !== undefined) return `${substitute} answers: ${nameOfRoute(route)} is at its limit`;
  const request = newestOf(route, state);
  if (request?.route === undefined || !request.isElsewhere) return undefined;
  return `${nameOfRoute(request.route)} (${request.route.costKind}): ${request.routeReason}`;
}

/** The newest request whose class has this route, since the route was switched. */
function newestOf({ routeClass }: RouteView, { recent, running, switches }: SessionState): RequestView | undefined {
  const since = switches.findLast((one) => one.routeClass === routeClass)?.at ?? 0;
  const newest = [...recent, ...running].findLast(({ route }) => route?.routeClass === routeClass);
  return newest !== undefined && newest.startedAt >= since ? newest : undefined;
}

/** The mark of a conversation that another model answers than that of its route; empty without one. */
export const elsewhereMark = (state: SessionState): string => {
  const main = state.routes.find(({ routeClass }) => routeClass === 'main');
  return main !== undefined && elsewhereText(main, state) !== undefined ? '↪ ' : '';
};
