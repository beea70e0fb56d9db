/** Whether ccp's screen can and should be opened. */
import { UserError } from '../errors/user-error.ts';
import { isBackground, isHeadless } from '../launch/claude-args.ts';
import type { Environment } from '../platform/environment.ts';

const isTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Whether a launch with these arguments of Claude Code opens the screen. */
export const opensScreen = (args: readonly string[], env: Environment): boolean =>
  isTerminal() && env.TERM !== 'dumb' && !isHeadless(args) && !isBackground(args);

/** What the user is told when the terminal cannot show the screen that a launch would open; `undefined` otherwise. */
export const noScreenHint = (args: readonly string[], env: Environment): string | undefined =>
  env.TERM === 'dumb' && opensScreen(args, { ...env, TERM: undefined })
    ? 'TERM=dumb cannot show the meter, so Claude Code runs without it. `ccp watch` shows it in another terminal.'
    : undefined;

/** @throws UserError when there is no terminal that a screen can be drawn on. */
export function requireScreen(command: string, env: Environment, instead = ''): void {
  if (!isTerminal())
    throw new UserError(`${command} needs an interactive terminal (stdin and stdout a TTY)${instead}. Run it in one.`);
  if (env.TERM === 'dumb')
    throw new UserError(`${command} cannot draw its screen with TERM=dumb${instead}. Run it in another terminal.`);
}
