/** Parses the Claude Code arguments that ccp depends on. Except for `--settings` they are passed on unchanged. */

import { UserError } from '../errors/user-error.ts';
import { featureRefusal, subcommands } from './client-features.ts';

/** Any of these flags makes Claude Code run without its screen. */
const headlessFlags = new Set(['-p', '--print', '-h', '--help', '-v', '--version']);

export const hasSubcommand = (args: readonly string[]): boolean => subcommands.has(args[0] ?? '');

export const isHeadless = (args: readonly string[]): boolean => {
  return hasSubcommand(args) || optionsOf(args).some((arg) => headlessFlags.has(arg));
};

export interface SettingsArgument {
  /** JSON text or a path; `undefined` when the flag is missing. */
  readonly value: string | undefined;
  /** The arguments without `--settings`. */
  readonly rest: readonly string[];
}

/**
 * Removes `--settings` from the arguments. Claude Code uses only the last one, so ccp merges the user's into its own.
 */
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

/** Claude Code starts a background session and returns. */
export const isBackground = (args: readonly string[]): boolean =>
  !hasSubcommand(args) && optionsOf(args).some((arg) => arg === '--bg' || arg === '--background');

/** @throws UserError for a flag that starts a session which cannot run through ccp. */
export function assertRunsHere(args: readonly string[]): void {
  const refusal = featureRefusal(optionsOf(args));
  if (refusal !== undefined) throw new UserError(refusal, 2);
}

/** The arguments before `--`; what follows is the prompt. */
export const optionsOf = (args: readonly string[]): readonly string[] =>
  args.includes('--') ? args.slice(0, args.indexOf('--')) : args;

export const choosesPermissions = (args: readonly string[]): boolean =>
  optionsOf(args).some((arg) => arg.startsWith('--permission-mode') || arg.endsWith('dangerously-skip-permissions'));

/** The permission mode on the command line, if any. */
export function permissionModeOf(allArgs: readonly string[]): string | undefined {
  const args = optionsOf(allArgs);
  const at = args.indexOf('--permission-mode');
  if (at >= 0) return args[at + 1];
  return args.find((arg) => arg.startsWith('--permission-mode='))?.split('=')[1];
}
