/** Reads Claude Code's own arguments, as far as ccp must know them. They are passed on untouched. */

/** Any of these makes a run without a screen of its own. */
const headlessFlags = new Set(['-p', '--print', '-h', '--help', '-v', '--version']);

const subcommands = new Set([
  'agents',
  'attach',
  'auth',
  'auto-mode',
  'config',
  'doctor',
  'gateway',
  'install',
  'logs',
  'mcp',
  'plugin',
  'plugins',
  'project',
  'remote-control',
  'rc',
  'setup-token',
  'stop',
  'ultrareview',
  'update',
  'upgrade',
]);

export const hasSubcommand = (args: readonly string[]): boolean => subcommands.has(args[0] ?? '');

export const isHeadless = (args: readonly string[]): boolean => {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return hasSubcommand(args) || own.some((arg) => headlessFlags.has(arg));
};

export interface SettingsArgument {
  readonly value: string | undefined;
  /** The arguments without it. */
  readonly rest: readonly string[];
}

/** Takes `--settings` out: the client takes only the last one, so ccp merges it into its own. */
export function takeSettings(args: readonly string[]): SettingsArgument {
  let value: string | undefined;
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(index));
      break;
    }
    if (arg === '--settings') {
      value = args[index + 1];
      index += 1;
    } else if (arg.startsWith('--settings=')) value = arg.slice('--settings='.length);
    else rest.push(arg);
  }
  return { value, rest };
}

export const choosesPermissions = (args: readonly string[]): boolean =>
  args.some((arg) => arg.startsWith('--permission-mode') || arg.endsWith('dangerously-skip-permissions'));

/** The mode given on the command line, if any. */
export function permissionModeOf(args: readonly string[]): string | undefined {
  const at = args.indexOf('--permission-mode');
  if (at >= 0) return args[at + 1];
  return args.find((arg) => arg.startsWith('--permission-mode='))?.split('=')[1];
}
