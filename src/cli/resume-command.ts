/** The command that continues a session as it was: the history must not go to another model or account by following it. */
import type { RouteView } from '../session/events.ts';
import type { LaunchFlags } from './session-start.ts';

/**
 * @param self the command that runs ccp.
 * @param routes the routes at the end of the session: a switch is continued too.
 * @param id Claude Code's id of the conversation.
 */
export function resumeCommand(self: string, flags: LaunchFlags, routes: readonly RouteView[], id: string): string {
  const routeOf = (routeClass: string): RouteView | undefined =>
    routes.find((route) => route.routeClass === routeClass);
  const nameOf = (route: RouteView): string => `${route.upstream}/${route.model}`;
  const [main, fast] = [routeOf('main'), routeOf('fast')];
  const words = [
    self,
    'launch',
    ...(flags.demo ? ['--demo'] : main ? ['--model', nameOf(main)] : []),
    ...(flags.fastModel !== undefined && fast ? ['--fast-model', nameOf(fast)] : []),
    ...(flags.effort === undefined ? [] : ['--effort', flags.effort]),
    ...(flags.budgetUsd === undefined ? [] : ['--budget', String(flags.budgetUsd)]),
    ...(flags.allowMetered ? ['--allow-metered'] : []),
    '--',
    '--resume',
    id,
  ];
  return words.join(' ');
}
