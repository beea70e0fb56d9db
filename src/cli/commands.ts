/** Every command, in the order of `ccp help`. */
import type { AnyCommand } from './command.ts';
import { authStatusCommand, loginCommand, logoutCommand } from './commands/auth.ts';
import { configCommands } from './commands/config.ts';
import { envCommand } from './commands/env.ts';
import { launchCommand } from './commands/launch.ts';
import { logsCommand } from './commands/logs.ts';
import { modelsCommand } from './commands/models.ts';
import { paneCommand } from './commands/pane.ts';
import { policyCommands } from './commands/policy.ts';
import { serveCommand } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { statuslineCommand } from './commands/statusline.ts';
import { stopCommand } from './commands/stop.ts';
import { switchCommand } from './commands/switch.ts';
import { usageCommand } from './commands/usage.ts';
import { watchCommand } from './commands/watch.ts';

export const commands: readonly AnyCommand[] = [
  launchCommand,
  serveCommand,
  paneCommand,
  switchCommand,
  statusCommand,
  stopCommand,
  loginCommand,
  authStatusCommand,
  logoutCommand,
  modelsCommand,
  watchCommand,
  usageCommand,
  envCommand,
  statuslineCommand,
  logsCommand,
  ...policyCommands,
  ...configCommands,
];

/** Descriptions of the command groups in `ccp help`. */
export const groups: Readonly<Record<string, string>> = {
  auth: 'sign in, see who is signed in, sign out',
  policy: 'what may be used: show, check, explain, test, override',
  config: 'user settings: get, set, unset, list, path',
};
