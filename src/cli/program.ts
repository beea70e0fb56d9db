/** The command line. Each command's code is loaded only when it runs. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';
import { redact } from '../platform/redact.ts';
import { type Context, loadContext } from './context.ts';
import type { SwitchFlags } from './switch.ts';
import type { UsageOptions } from './usage.ts';

export interface Hall {
  readonly version: string;
  readonly env: Environment;
  readonly entry: string;
  readonly self: string;
}

/** @param argv without node and script. @returns the exit code. */
export async function run(argv: readonly string[], hall: Hall): Promise<number> {
  // What follows the first `--` belongs to Claude Code (or to the pane's command), whatever it looks like.
  const dashes = argv.indexOf('--');
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const rest = dashes < 0 ? [] : argv.slice(dashes + 1);
  let exitCode = 0;
  const action =
    <Flags>(command: (flags: Flags, context: Context) => Promise<number>) =>
    async (flags: Flags) => {
      exitCode = await command(flags, await loadContext(hall.version, hall.env, hall.entry, hall.self));
    };
  const program = buildProgram(hall.version, rest, action);
  try {
    if (own.length === 0 && rest.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...own], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return report(thrown);
  }
}

function report(thrown: unknown): number {
  if (isCommanderError(thrown)) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof UserError) {
    process.stderr.write(`ccp: ${thrown.message}\n`);
    return thrown.exitCode;
  }
  throw thrown;
}

const isCommanderError = (thrown: unknown): thrown is { exitCode: number } =>
  thrown instanceof Error && 'exitCode' in thrown && 'code' in thrown && String(thrown.code).startsWith('commander.');

type Action = <Flags>(command: (flags: Flags, context: Context) => Promise<number>) => (flags: Flags) => Promise<void>;

const wholeNumber = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It must be a port from 0 to 65535.');
  return Number(text);
};

const dollars = (text: string): number => {
  if (!/^\$?\d{1,7}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('It must be dollars, such as 5 or 0.50.');
  return Number(text.replace('$', ''));
};

const layoutOption = () =>
  new Option('--layout <layout>', 'where the meter stands; off is one row').choices(['auto', 'side', 'bottom', 'off']);

function buildProgram(version: string, rest: readonly string[], action: Action): Command {
  const program = new Command('ccp')
    .description('Runs Claude Code on any model, with a live meter beside it.')
    .version(version, '-V, --version')
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(redact(text.replace(/^error: /, 'ccp: '))) })
    .addHelpText('after', '\nIn the screen, press Ctrl+\\ and then ? for the keys. Example: ccp launch --demo')
    .showHelpAfterError('Run `ccp help` to see what there is.');

  program
    .command('launch')
    .description('start the proxy, then Claude Code; what follows -- goes to claude untouched')
    .usage('[options] [-- ARGS]')
    .option('--model <model>', 'main model: a catalogue id or UPSTREAM/MODEL')
    .option('--fast-model <model>', 'model for titles and other small requests')
    .option('--effort <effort>', 'none, low, medium, high, xhigh or max')
    .addOption(layoutOption())
    .option('--port <port>', 'port of the proxy; a busy one is an error', wholeNumber)
    .option('--budget <usd>', 'dollars that API keys may pay in this session: warns at 80 %, then asks', dollars)
    .option('--receipt <file>', 'write the receipt of the session there, as JSON')
    .option('--demo', 'use the built-in demo upstream; needs no account', false)
    .action(
      action(async (flags: LaunchOptions, context) => {
        const { launch } = await import('./launch.ts');
        return launch(
          {
            model: flags.model,
            fastModel: flags.fastModel,
            effort: flags.effort,
            layout: flags.layout,
            port: flags.port,
            demo: flags.demo,
            budgetUsd: flags.budget,
            receipt: flags.receipt,
          },
          rest,
          context,
        );
      }),
    );

  program
    .command('serve')
    .description('the proxy alone, in the foreground')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber)
    .option('--json', 'print one JSON line with url and tokens once it listens', false)
    .action(
      action(async (flags: { port?: number; json: boolean }, context) => {
        if (context.env.CCP_SUPERVISED === '1' && process.connected) {
          const { serveSupervised } = await import('./supervised.ts');
          return serveSupervised(context);
        }
        const { serve } = await import('./serve.ts');
        return serve({ port: flags.port, json: flags.json }, context);
      }),
    );

  program
    .command('pane')
    .description('any command in the screen of ccp, without proxy or credential')
    .usage('[options] -- COMMAND…')
    .addOption(layoutOption())
    .action(
      action(async (flags: { layout?: string }, context) => {
        const { pane } = await import('./pane.ts');
        return pane(flags.layout, rest, context);
      }),
    );

  program
    .command('switch')
    .description('switch the model of a running session')
    .argument('<model>', 'a catalogue id or UPSTREAM/MODEL')
    .option('--session <id>', 'its name, or the beginning of it; the newest without one')
    .option('--class <class>', 'the route to switch: main, fast, subagent, …', 'main')
    .option('--yes', 'without asking', false)
    .action((model: string, flags: SwitchFlags) =>
      action(async (_flags: unknown, context) => {
        const { switchModel } = await import('./switch.ts');
        return switchModel(model, flags, context);
      })(undefined),
    );

  program
    .command('status')
    .description('running sessions, their routes, credentials, settings')
    .option('--json', 'as JSON', false)
    .action(
      action(async (flags: { json: boolean }, context) => {
        const { status } = await import('./status.ts');
        return status(flags.json, context);
      }),
    );

  const auth = program.command('auth').description('sign in, see who is signed in, sign out');
  auth
    .command('login')
    .description('with the browser, with a code, or with an API key from a hidden prompt or stdin')
    .argument('[upstream]', 'codex, chatgpt, kimi, openai, anthropic, or any other')
    .option('--device', 'with a code that is entered on any device', false)
    .option('--api-key', 'with an API key, where the upstream has sign-in too (kimi)', false)
    .option('--consent', 'ask again for the use of the ChatGPT plan', false)
    .action((upstream: string | undefined, flags: { device: boolean; consent: boolean; apiKey: boolean }) =>
      action(async (_flags: unknown, context) => {
        const { login } = await import('./auth/login.ts');
        return login(upstream, flags, context);
      })(undefined),
    );
  auth
    .command('status')
    .description('account, plan, expiry, storage, quota; exit code 1 when there is none')
    .argument('[upstream]')
    .option('--json', 'as JSON', false)
    .action((upstream: string | undefined, flags: { json: boolean }) =>
      action(async (_flags: unknown, context) => {
        const { authStatus } = await import('./auth/status.ts');
        return authStatus(upstream, flags.json, context);
      })(undefined),
    );
  auth
    .command('logout')
    .description('revokes the login where the server can, and removes it here')
    .argument('[upstream]')
    .action((upstream: string | undefined) =>
      action(async (_flags: unknown, context) => {
        const { logout } = await import('./auth/logout.ts');
        return logout(upstream, context);
      })(undefined),
    );

  program
    .command('models')
    .description('every model that can be routed to, with window, price and login')
    .option('--upstream <name>', 'of this upstream alone')
    .option('--json', 'as JSON', false)
    .action(
      action(async (flags: { upstream?: string; json: boolean }, context) => {
        const { models } = await import('./models.ts');
        return models({ upstream: flags.upstream, json: flags.json }, context);
      }),
    );

  program
    .command('watch')
    .description('the meter of a running session, in another terminal')
    .argument('[session]', 'its name, or the beginning of it; the newest without one')
    .action(async (session: string | undefined) =>
      action(async (_flags: unknown, context) => {
        const { watch } = await import('./watch.ts');
        return watch(session, context);
      })(undefined),
    );

  program
    .command('usage')
    .description('the ledger, summed')
    .addOption(new Option('--by <key>', 'group by').choices(['day', 'model', 'upstream', 'repo', 'session']))
    .option('--since <date>', 'from this day on, YYYY-MM-DD')
    .option('--until <date>', 'up to and with this day, YYYY-MM-DD')
    .option('--json', 'as JSON', false)
    .option('--csv', 'as CSV', false)
    .action(
      action(async (flags: UsageOptions, context) => {
        const { usage } = await import('./usage.ts');
        return usage(flags, context);
      }),
    );

  program
    .command('env')
    .description('the exports that launch would set, for use with ccp serve')
    .addOption(new Option('--shell <shell>', 'syntax').choices(['bash', 'zsh', 'fish', 'powershell']))
    .action(
      action(async (flags: { shell?: string }, context) => {
        const { printEnvironment } = await import('./env.ts');
        return printEnvironment(flags.shell, context);
      }),
    );

  program
    .command('statusline')
    .description('one line for Claude Code’s status line; launch shows it by itself')
    .action(
      action(async (_flags: unknown, context) => {
        const { sessionLine } = await import('./statusline.ts');
        process.stdout.write(sessionLine(undefined, context.env));
        return 0;
      }),
    );

  program
    .command('logs')
    .description("the proxy's log")
    .option('-f, --follow', 'go on printing', false)
    .action(
      action(async (flags: { follow: boolean }, context) => {
        const { logs } = await import('./logs.ts');
        return logs(flags.follow, context);
      }),
    );

  const config = program.command('config').description('user settings: get, set, unset, list, path');
  const configAction =
    (name: string) =>
    async (...given: unknown[]) => {
      const words = given.filter((word) => typeof word === 'string');
      await action(async (_flags: unknown, context) => {
        const { configure } = await import('./config.ts');
        return configure(name, words, context);
      })(undefined);
    };
  config.command('get').argument('<key>').action(configAction('get'));
  config.command('set').argument('<key>').argument('<value>').action(configAction('set'));
  config.command('unset').argument('<key>').action(configAction('unset'));
  config.command('list').action(configAction('list'));
  config.command('path').action(configAction('path'));
  return program;
}

interface LaunchOptions {
  model?: string;
  fastModel?: string;
  effort?: string;
  layout?: string;
  port?: number;
  demo: boolean;
  budget?: number;
  receipt?: string;
}
