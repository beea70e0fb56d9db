/** Parses the command line and runs one command. The code of a command is loaded only when it runs. */
import { Argument, Command, Option } from 'commander';
import { type CliRuntime, loadContext } from '../app/context.ts';
import { systemErrorText } from '../errors/system-error.ts';
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';
import { redact } from '../platform/redact.ts';
import { cleanText } from '../wire/clean-text.ts';
import type { AnyCommand, CommandFlag } from './command.ts';
import { commands, groups } from './commands.ts';
import { restoreQuitKey } from './pass-signals.ts';

/** @param argv without node and script. @returns the exit code. */
export async function run(argv: readonly string[], runtime: CliRuntime): Promise<number> {
  // Arguments after the first `--` are passed on unparsed, to Claude Code or the command of the pane.
  const separator = argv.indexOf('--');
  const ownArgs = [...(separator < 0 ? argv : argv.slice(0, separator))];
  const rest = separator < 0 ? [] : argv.slice(separator + 1);
  let exitCode = 0;
  const program = buildProgram(runtime.version, async (command, flags, args) => {
    if (command.hasScreen !== true) restoreQuitKey();
    exitCode = await command.run({ flags, args, rest }, await loadContext(runtime));
  });
  try {
    if (ownArgs.length === 0 && rest.length === 0 && !isTerminal()) {
      process.stdout.write(nextSteps(runtime.self));
      return 0;
    }
    if (isLaunch(ownArgs)) rest.unshift(...ownArgs.splice(0));
    await program.parseAsync(ownArgs.length === 0 ? ['launch'] : ownArgs, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return report(thrown, runtime.env);
  }
}

/** What can be done without a terminal. */
const nextSteps = (self: string): string =>
  `ccp runs Claude Code on any model. Without a terminal:
  ${self} launch -- -p "PROMPT"   one answer, without the screen (--demo needs no account)
  ${self} serve                   the proxy alone
  ${self} help                    every command
`;

const isTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Flags of Claude Code that continue a conversation mean a launch: `ccp -c`, `ccp --resume ID`. */
const isLaunch = ([first = '']: readonly string[]): boolean =>
  ['-c', '--continue', '-r', '--resume'].includes(first) || first.startsWith('--resume=');

function report(thrown: unknown, env: Environment): number {
  if (isCommanderError(thrown)) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof UserError) {
    process.stderr.write(`ccp: ${thrown.message}\n`);
    return thrown.exitCode;
  }
  process.stderr.write(`ccp: ${redact(unexpectedText(thrown))}\n`);
  if (env.CCP_DEBUG && thrown instanceof Error) process.stderr.write(`${redact(thrown.stack ?? '')}\n`);
  return 1;
}

/** Errors that no command expected: those of the operating system have a remedy of their own. */
function unexpectedText(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return (
    systemErrorText(thrown) ??
    `unexpected error: ${cleanText(message, 500)}. CCP_DEBUG=1 prints where it came from; please report it.`
  );
}

const isCommanderError = (thrown: unknown): thrown is { exitCode: number } =>
  thrown instanceof Error && 'exitCode' in thrown && 'code' in thrown && String(thrown.code).startsWith('commander.');

type Run = (command: AnyCommand, flags: unknown, args: readonly (string | undefined)[]) => Promise<void>;

function buildProgram(version: string, run: Run): Command {
  const program = new Command('ccp')
    .description('Runs Claude Code on any model, with a live meter beside it.')
    .version(version, '-V, --version')
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(redact(withHint(text.replace(/^error: /, 'ccp: ')))) })
    .addHelpText('after', '\nIn the screen, press Ctrl+\\ and then ? for the keys. Example: ccp launch --demo')
    .showHelpAfterError('Run `ccp help` to list the commands.');
  const parents = new Map<string, Command>();
  for (const command of commands) {
    const [word = '', sub] = command.name.split(' ');
    register(sub === undefined ? program : groupOf(word, program, parents), sub ?? word, command, run);
  }
  return program;
}

/** Other commands start no Claude Code. */
const startsClaude = (word: string | undefined): boolean =>
  word === undefined || word === 'launch' || word.startsWith('-');

/** An option that ccp does not have may be one of Claude Code. */
function withHint(text: string): string {
  if (!startsClaude(process.argv[2])) return text;
  const option = /unknown option '(--?[\w-]+)/.exec(text)?.[1];
  return option === undefined ? text : `${text}Options of Claude Code stand after --: ccp launch -- ${option}\n`;
}

function groupOf(name: string, program: Command, parents: Map<string, Command>): Command {
  const existingGroup = parents.get(name);
  if (existingGroup) return existingGroup;
  const group = program.command(name).description(groups[name] ?? '');
  parents.set(name, group);
  return group;
}

function register(parent: Command, word: string, command: AnyCommand, run: Run): void {
  const registered = parent.command(word).description(command.summary);
  registered.addHelpText('after', `\nExample: ${command.example}`);
  if (command.usage !== undefined) registered.usage(command.usage);
  for (const { name, description } of command.arguments ?? []) registered.addArgument(new Argument(name, description));
  for (const flag of command.flags ?? []) registered.addOption(optionOf(flag));
  registered.action(async (...actionArgs: unknown[]) => {
    // Commander passes the arguments, then the flags, then the command.
    const args = actionArgs.slice(0, command.arguments?.length ?? 0);
    await run(
      command,
      registered.opts(),
      args.map((arg) => (typeof arg === 'string' ? arg : undefined)),
    );
  });
}

function optionOf({ flags, description, choices, parse, default: byDefault }: CommandFlag): Option {
  const option = new Option(flags, description);
  if (choices) option.choices(choices);
  if (parse) option.argParser(parse);
  if (byDefault !== undefined) option.default(byDefault);
  return option;
}
