/** What a command is: its name, its flags, an example, and what it does. Each file in `commands/` defines one. */
import type { AppContext } from '../app/context.ts';

export interface CommandFlag {
  /** As commander reads it: `--port <port>`, `-f, --follow`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** @throws InvalidArgumentError */
  readonly parse?: (text: string) => unknown;
  readonly default?: unknown;
}

export interface CommandArgument {
  /** `<model>` is required, `[session]` is not. */
  readonly name: string;
  readonly description?: string;
}

/** What the user gave. */
export interface CommandInput<Flags> {
  readonly flags: Flags;
  /** Positional arguments; `undefined` for one that was left out. */
  readonly args: readonly (string | undefined)[];
  /** Everything behind the first `--`. */
  readonly rest: readonly string[];
}

export interface CommandDefinition<Flags = unknown> {
  /** One word, or a group and its subcommand: `auth login`. */
  readonly name: string;
  readonly summary: string;
  /** In place of the usage line made from flags and arguments. */
  readonly usage?: string;
  readonly arguments?: readonly CommandArgument[];
  readonly flags?: readonly CommandFlag[];
  readonly example: string;
  /** Loads its code when it runs. @returns the exit code. */
  run(input: CommandInput<Flags>, context: AppContext): Promise<number>;
}

/** A command whose flags only it knows: the program hands over what commander read. */
export type AnyCommand = CommandDefinition<unknown>;

/** Typed where it is written, untyped where it is listed. */
export const defineCommand = <Flags>(command: CommandDefinition<Flags>): AnyCommand => command;
