/** `ccp pane -- COMMAND…`: runs any command in ccp's screen, without proxy or credential. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';
import { initialState } from '../session/state.ts';
import { requireScreen } from './opens-screen.ts';
import { screenEnvironment } from './screen-environment.ts';
import { startInPane } from './screen-program.ts';

export async function pane(
  layout: string | undefined,
  command: readonly string[],
  context: AppContext,
): Promise<number> {
  const [name, ...args] = command;
  if (name === undefined) throw new UserError('ccp pane needs a command: ccp pane -- COMMAND…', 2);
  requireScreen('ccp pane', context.env);
  const path = findProgram(name, context.env);
  const env = Object.fromEntries(
    Object.entries(context.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const pty = startInPane({ path, args, env: screenEnvironment(env) }, layout, context);
  const { ScreenSession } = await import('./screen-session.ts');
  const screen = new ScreenSession({
    context,
    layout,
    name: 'pane',
    state: initialState(Date.now(), []),
    choices: [],
    onAction: () => Promise.reject(new UserError('There is no proxy here.')),
  });
  return screen.run(pty, () => {});
}

/**
 * Finds the program before it is started, because the PTY reports a missing one only as exit code 1. @throws UserError
 */
function findProgram(name: string, env: Environment): string {
  const folders = name.includes('/') ? [''] : (env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const path = folder === '' ? name : join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new UserError(`There is no program "${name}".`, 1);
}
