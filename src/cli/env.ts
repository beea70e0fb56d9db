/** `ccp env`: the exports that `launch` would set, pointing at a running `ccp serve`. */

import type { AppContext } from '../app/context.ts';
import { noRouteFlags, routesOf } from '../app/routes.ts';
import { claudeVariables, removedVariables } from '../launch/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import { readRuns } from '../storage/run-files.ts';

type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

interface Syntax {
  readonly set: (name: string, value: string) => string;
  readonly unset: (name: string) => string;
}

const quoted = (text: string, escapeText: (text: string) => string): string => `'${escapeText(text)}'`;

const posix: Syntax = {
  set: (name, value) => `export ${name}=${quoted(value, (text) => text.replaceAll("'", "'\\''"))}`,
  unset: (name) => `unset ${name}`,
};

const syntaxes: Readonly<Record<Shell, Syntax>> = {
  bash: posix,
  zsh: posix,
  fish: {
    set: (name, value) =>
      `set -gx ${name} ${quoted(value, (text) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"))}`,
    unset: (name) => `set -e ${name}`,
  },
  powershell: {
    set: (name, value) => `$env:${name} = ${quoted(value, (text) => text.replaceAll("'", "''"))}`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  },
};

const isShell = (text: string | undefined): text is Shell => text !== undefined && text in syntaxes;

export async function printEnvironment(shellFlag: string | undefined, context: AppContext): Promise<number> {
  const loginShell = context.env.SHELL?.split('/').at(-1);
  const shell: Shell = isShell(shellFlag) ? shellFlag : isShell(loginShell) ? loginShell : 'bash';
  const run = readRuns(context.paths.runDir).findLast((candidate) => candidate.kind === 'serve');
  const { main, fast, subagent, tiers } = routesOf(noRouteFlags, context);
  const variables = claudeVariables({
    url: run?.url ?? `http://127.0.0.1:${context.settings.number('port')}`,
    secret: run?.secret,
    directory: context.directory,
    main,
    fast,
    subagent,
    tiers,
    effort: context.settings.text('effort'),
    autoMode: false,
    toolSearch: context.env.ENABLE_TOOL_SEARCH,
    ownLogin: false,
    deniesFastModeChecks: context.policy.effective.egress.fastModeChecks?.value === 'deny',
    secretVariables: [],
  });
  const noProxy = withLoopback(context.env.NO_PROXY ?? context.env.no_proxy);
  const { set, unset } = syntaxes[shell];
  const lines = [
    ...removedVariables.map(unset),
    ...Object.entries({ ...variables, NO_PROXY: noProxy, no_proxy: noProxy }).map(([name, value]) => set(name, value)),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (run === undefined)
    process.stderr.write(
      'ccp: no `ccp serve` is running, so ANTHROPIC_AUTH_TOKEN is missing. Start one, then run `ccp env` again.\n',
    );
  return 0;
}
