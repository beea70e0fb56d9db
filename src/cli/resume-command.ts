/** The command that continues a session as it was: the history must not go to another model or account by following it. */
import type { RouteView } from '../session/events.ts';
import type { SessionState } from '../session/state.ts';
import type { LaunchFlags } from './session-plan.ts';

/**
 * @param self the command that runs ccp.
 * @param state the session at its end: switches of the main and the fast route are continued too. Other routes come from
 *   the settings.
 * @param id Claude Code's id of the conversation.
 */
export function resumeCommand(
  self: string,
  flags: LaunchFlags,
  { routes, switches }: Pick<SessionState, 'routes' | 'switches'>,
  id: string,
): string {
  const routeOf = (routeClass: string): RouteView | undefined =>
    routes.find((route) => route.routeClass === routeClass);
  const nameOf = (route: RouteView): string => `${route.upstream}/${route.model}`;
  const [main, fast] = [routeOf('main'), routeOf('fast')];
  const isSwitched = (routeClass: string): boolean => switches.some((one) => one.routeClass === routeClass);
  const isDemo = flags.demo && !isSwitched('main');
  const words = [
    ...(flags.profile === undefined ? [] : ['--profile', flags.profile]),
    ...(isDemo ? ['--demo'] : main ? ['--model', nameOf(main)] : []),
    ...(fast && (flags.fastModel !== undefined || isSwitched('fast')) ? ['--fast-model', nameOf(fast)] : []),
    ...(flags.effort === undefined ? [] : ['--effort', flags.effort]),
    ...(flags.budgetUsd === undefined ? [] : ['--budget', String(flags.budgetUsd)]),
    ...(flags.allowMetered ? ['--allow-metered'] : []),
    '--',
    '--resume',
    id,
  ];
  return [self, 'launch', ...words.map(quoted)].join(' ');
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
