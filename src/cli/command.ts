/** The definition of a command: name, arguments, flags, example and implementation. Commands are in `commands/`. */
import type { AppContext } from '../app/context.ts';

export interface CommandFlag {
  /** In commander's syntax: `--port <port>`, `-f, --follow`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** @throws InvalidArgumentError */
  readonly parse?: (text: string) => unknown;
  readonly default?: unknown;
}

export interface CommandArgument {
  /** `<model>` is required, `[session]` is optional. */
  readonly name: string;
  readonly description?: string;
}

/** A parsed command line. */
export interface CommandInput<Flags> {
  readonly flags: Flags;
  /** Positional arguments; `undefined` for an omitted one. */
  readonly args: readonly (string | undefined)[];
  /** All arguments after the first `--`. */
  readonly rest: readonly string[];
}

export interface CommandDefinition<Flags = unknown> {
  /** One word, or a group and its subcommand: `auth login`. */
  readonly name: string;
  readonly summary: string;
  /** Replaces the usage line that is generated from flags and arguments. */
  readonly usage?: string;
  readonly arguments?: readonly CommandArgument[];
  readonly flags?: readonly CommandFlag[];
  readonly example: string;
  /** It may open a screen, whose prefix key must not end ccp before. */
  readonly hasScreen?: boolean;
  /** Imports its implementation when it is called. @returns the exit code. */
  run(input: CommandInput<Flags>, context: AppContext): Promise<number>;
}

/** A command with its flag type erased. The program passes it the flags that commander parsed. */
export type AnyCommand = CommandDefinition<unknown>;

/** Checks a definition against its flag type, then erases the type for the list of commands. */
export const defineCommand = <Flags>(command: CommandDefinition<Flags>): AnyCommand => command;
