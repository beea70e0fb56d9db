/** The steps that headless and screen launches share: find Claude Code, start the proxy, make the environment. */

import { dirname, join } from 'node:path';
import type { AppContext } from '../app/context.ts';
import { credentialProblem } from '../app/credential-problem.ts';
import { secretVariablesOf } from '../app/credentials.ts';
import { probeLocal, windowNotice } from '../app/local-models.ts';
import { routesOf } from '../app/routes.ts';
import { assertSupportedConfig } from '../app/supported-config.ts';
import { upstreamIn } from '../app/upstreams.ts';
import { CcpError } from '../errors/ccp-error.ts';
import { UserError } from '../errors/user-error.ts';
import { hasSubcommand, isHeadless } from '../launch/claude-args.ts';
import {
  addSettings,
  type ClaudeInvocation,
  refuseOwnHeaders,
  type StatusLineProgram,
  withSettings,
} from '../launch/claude-settings.ts';
import { claudeEnvironment, type LaunchEnvironment, ownLoginSettings } from '../launch/environment.ts';
import { checkClaude, findClaude } from '../launch/find-claude.ts';
import { ProxyProcess } from '../launch/proxy-process.ts';
import { nameOf } from '../models/find.ts';
import { systemClock } from '../platform/clock.ts';
import { newSecret, sha256, systemRandomness } from '../platform/randomness.ts';
import { repositoryOf } from '../platform/repository.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { LaunchRoutes } from '../routing/launch-routes.ts';
import type { SessionEvent } from '../session/events.ts';
import { statusLineFile } from '../storage/status-line-file.ts';

export interface LaunchFlags {
  readonly model: string | undefined;
  readonly fastModel: string | undefined;
  readonly effort: string | undefined;
  readonly layout: string | undefined;
  readonly port: number | undefined;
  readonly demo: boolean;
  /** Dollars of metered cost that the session may have. */
  readonly budgetUsd: number | undefined;
  /** Where the receipt is written as JSON. */
  readonly receipt: string | undefined;
}

export interface SessionHooks {
  readonly onEvents: (events: readonly SessionEvent[]) => void;
  readonly onNotice: (message: string) => void;
  readonly onLost: (message: string) => void;
  /** Questions of the session are shown to somebody. */
  readonly asksUser: boolean;
}

export interface StartedSession {
  readonly claude: { readonly path: string; readonly args: readonly string[]; readonly env: Record<string, string> };
  readonly proxy: ProxyProcess;
  readonly routes: LaunchRoutes;
  readonly controlToken: string;
}

/** Everything that can be wrong is found here, before anything is drawn. */
export interface PlannedSession {
  readonly id: string;
  /** As given, or the demo's where the user chose that instead of a login. */
  readonly flags: LaunchFlags;
  readonly claudePath: string;
  readonly invocation: ClaudeInvocation;
  readonly routes: LaunchRoutes;
  /** Claude Code brings its own login for the main route. */
  readonly ownLogin: boolean;
}

export async function planSession(
  flags: LaunchFlags,
  args: readonly string[],
  context: AppContext,
): Promise<PlannedSession> {
  assertSupportedConfig(context, repositoryOf(process.cwd(), sha256).root);
  await probeLocal(routesOf(flags, context).main, context);
  const routes = routesOf(flags, context);
  const upstream = upstreamIn(context.upstreams, routes.main.upstream);
  const claudePath = findClaude(context.settings.text('claudePath'), context.env);
  const id = `s-${systemRandomness.id(10)}`;
  const plain = hasSubcommand(args);
  const invocation = plain
    ? { args, autoMode: false }
    : withSettings(args, context.env, process.cwd(), lineOf(id, args, context));
  const problem = plain || asksOnly(args) ? undefined : await credentialProblem(upstream, context);
  // Without a key of ours, the models that Claude Code can sign in to run on its own login.
  const ownLogin = problem !== undefined && upstream.acceptsClientLogin;
  if (problem !== undefined && !ownLogin && (await signInInstead(routes, problem, context)) === 'try demo')
    return planSession({ ...flags, demo: true, model: undefined, fastModel: undefined }, args, context);
  if (ownLogin) refuseOwnHeaders(context.env, process.cwd());
  return { id, flags, claudePath, invocation, routes, ownLogin };
}

/** Only a screen has a status line. */
const lineOf = (id: string, args: readonly string[], { entry, paths }: AppContext): StatusLineProgram | undefined =>
  isHeadless(args)
    ? undefined
    : { entry: join(dirname(entry), 'statusline.js'), file: statusLineFile(paths.runDir, id) };

/** @throws UserError where nobody can be asked, or signing in would not help. */
async function signInInstead(
  { main }: LaunchRoutes,
  problem: string,
  context: AppContext,
): Promise<'signed in' | 'try demo'> {
  const { source, store, unlock } = await context.credentials();
  await unlock();
  const code = await source.check(main.upstream).then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof CcpError ? thrown.code : ''),
  );
  if (code === undefined) return 'signed in';
  const { canPrompt, promptSignIn } = await import('./auth/prompt-sign-in.ts');
  const helps = code === 'no_credential' || (code === 'credential_rejected' && !store.isForeign(main.upstream));
  if (canPrompt() && helps) {
    const why = code === 'no_credential' ? 'There is no login for it yet.' : problem.replace(/ Run `.*$/, '');
    return promptSignIn(nameOf(main), main.upstream, why, context);
  }
  throw new UserError(
    `${nameOf(main)} needs ${main.upstream}. ${problem} To try ccp without an account: ${context.self} launch --demo.`,
  );
}

/** `--help` and `--version` of Claude Code itself. */
const asksOnly = (args: readonly string[]): boolean =>
  args.some((arg) => ['--help', '-h', '--version', '-v'].includes(arg));

export async function startSession(
  plan: PlannedSession,
  context: AppContext,
  hooks: SessionHooks,
): Promise<StartedSession> {
  const { id, flags } = plan;
  const secret = newSecret();
  const controlToken = newSecret();
  const proxy = new ProxyProcess({
    entry: context.entry,
    env: context.env,
    session: id,
    secret,
    controlToken,
    routes: plan.routes.table,
    budgetUsd: flags.budgetUsd,
    catalogue: context.catalogue,
    port: flags.port ?? context.settings.number('port'),
    fallback: flags.port === undefined,
    clock: systemClock,
    ...hooks,
  });
  // The version question runs beside the proxy's start; both must be answered before Claude Code is.
  const secretVariables = secretVariablesOf(context);
  const version = checkClaude(plan.claudePath, withoutSecrets(context.env, secretVariables));
  version.catch(() => {});
  try {
    await proxy.start();
    await version;
  } catch (thrown) {
    await proxy.stop();
    throw thrown;
  }
  if (proxy.movedFrom !== undefined)
    hooks.onNotice(`Port ${proxy.movedFrom} is busy; this session's proxy is on ${proxy.url}.`);
  const tight = windowNotice(plan.routes.main, context);
  if (tight !== undefined) hooks.onNotice(tight);
  const launch: LaunchEnvironment = {
    url: proxy.url,
    secret,
    directory: context.directory,
    main: plan.routes.main,
    fast: plan.routes.fast,
    subagent: plan.routes.subagent,
    tiers: plan.routes.tiers,
    effort: flags.effort ?? context.settings.text('effort'),
    autoMode: plan.invocation.autoMode,
    ownLogin: plan.ownLogin,
    secretVariables,
  };
  const env = claudeEnvironment(context.env, launch);
  return {
    claude: {
      path: plan.claudePath,
      args: plan.ownLogin ? addSettings(plan.invocation.args, ownLoginSettings(launch)) : plan.invocation.args,
      env,
    },
    proxy,
    routes: plan.routes,
    controlToken,
  };
}
