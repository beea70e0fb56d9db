/** Plans a launch: arguments, settings, routes and credentials are checked before anything is started or drawn. */

import { dirname, join } from 'node:path';
import { commitTrailer } from '../app/commit-trailer.ts';
import type { AppContext } from '../app/context.ts';
import { credentialProblem } from '../app/credential-problem.ts';
import { budgetSwitch, fallbackLists } from '../app/fallback.ts';
import { probeLocal } from '../app/local-models.ts';
import { assertPolicyUsable } from '../app/policy.ts';
import { routesOf } from '../app/routes.ts';
import { assertTelemetry } from '../app/telemetry.ts';
import { upstreamIn } from '../app/upstreams.ts';
import { CcpError } from '../errors/ccp-error.ts';
import { UserError } from '../errors/user-error.ts';
import { assertRunsHere, hasSubcommand, isBackground, isHeadless, optionsOf } from '../launch/claude-args.ts';
import { serverSettingsNotices } from '../launch/claude-policy.ts';
import {
  type ClaudeInvocation,
  type StatusLineProgram,
  withCommitHook,
  withSettings,
  withTitleHook,
} from '../launch/claude-settings.ts';
import { egressNotices, egressRefusal, featureNotices } from '../launch/client-features.ts';
import { findClaude } from '../launch/find-claude.ts';
import {
  assertNoSocket,
  assertOwnLoginSettings,
  redirectNotices,
  type SettingsPlaces,
} from '../launch/redirecting-settings.ts';
import { managedSettingsDir } from '../launch/settings-files.ts';
import { nameOf } from '../models/find.ts';
import { systemRandomness } from '../platform/randomness.ts';
import type { LaunchRoutes } from '../routing/launch-routes.ts';
import { callWritersFile } from '../storage/call-writers-file.ts';
import { sessionTitleFile } from '../storage/session-title-file.ts';
import { statusLineFile } from '../storage/status-line-file.ts';
import { unencryptedText } from '../upstreams/upstream.ts';

export interface LaunchFlags {
  readonly profile: string | undefined;
  readonly model: string | undefined;
  readonly fastModel: string | undefined;
  readonly effort: string | undefined;
  readonly layout: string | undefined;
  readonly port: number | undefined;
  readonly demo: boolean;
  /** Limit on the session's metered cost, in dollars. */
  readonly budgetUsd: number | undefined;
  /** Requests of other programs that spend money need no confirmation. */
  readonly allowMetered: boolean;
  /** File to which the receipt is written as JSON. */
  readonly receipt: string | undefined;
}

/** A validated launch. Errors are reported while it is planned, before anything is drawn. */
export interface PlannedSession {
  readonly id: string;
  /** The flags as passed, or the demo's when the user chose the demo instead of a login. */
  readonly flags: LaunchFlags;
  readonly claudePath: string;
  readonly invocation: ClaudeInvocation;
  readonly routes: LaunchRoutes;
  /** Whether Claude Code uses its own login for the main route. */
  readonly ownLogin: boolean;
  /** Claude Code starts a background session (`--bg`). */
  readonly inBackground: boolean;
  /** ccp names the session if Claude Code asks for no title. */
  readonly givesTitle: boolean;
  /** What does not work, or is not used, in this launch. */
  readonly notices: readonly string[];
}

const settingsPlaces = ({ env }: AppContext): SettingsPlaces => ({
  env,
  cwd: process.cwd(),
  managedDir: managedSettingsDir(process.platform),
});

/** @throws UserError when the session cannot be launched as requested. */
export async function planSession(
  flags: LaunchFlags,
  args: readonly string[],
  context: AppContext,
): Promise<PlannedSession> {
  assertPolicyUsable(context.policy);
  assertTelemetry(context);
  // An error of the settings is reported before anything starts.
  fallbackLists(context);
  budgetSwitch(context);
  assertRunsHere(args);
  const { egress } = context.policy.effective;
  const forbidden = egressRefusal(optionsOf(args), egress);
  if (forbidden !== undefined) throw new UserError(forbidden, 2);
  await probeLocal(routesOf(flags, context).main, context);
  const routes = routesOf(flags, context);
  const upstream = upstreamIn(context.upstreams, routes.main.upstream);
  const claudePath = findClaude(context.settings.text('claudePath'), context.env);
  assertEncrypted(routes, context);
  const id = `s-${systemRandomness.id(10)}`;
  const isSubcommand = hasSubcommand(args);
  if (!isSubcommand) assertNoSocket(settingsPlaces(context));
  const invocation = isSubcommand
    ? { args, settings: undefined, autoMode: false }
    : withSettings(args, context.env, process.cwd(), statusLineOf(id, args, context));
  const problem = isSubcommand || isInfoRequest(args) ? undefined : await credentialProblem(upstream, context);
  // Without a credential of ccp, models that Claude Code can sign in to use its own login.
  const ownLogin = problem !== undefined && upstream.acceptsClientLogin;
  if (problem !== undefined && !ownLogin && (await requireSignIn(routes, problem, context)) === 'try demo')
    return planSession({ ...flags, demo: true, model: undefined, fastModel: undefined }, args, context);
  const inBackground = isBackground(args);
  if (ownLogin || inBackground) assertOwnLoginSettings(settingsPlaces(context));
  const notices = [
    ...egressNotices(optionsOf(args), egress),
    ...featureNotices(optionsOf(args), { ownLogin: isSubcommand ? upstream.acceptsClientLogin : ownLogin }),
    ...(isSubcommand || ownLogin ? [] : serverSettingsNotices(context.env)),
    ...(isSubcommand ? [] : redirectNotices(settingsPlaces(context), { ownLogin })),
  ];
  const givesTitle = invocation.settings !== undefined && !ownLogin && givesTitleTo(args);
  const titled =
    givesTitle && invocation.settings
      ? { ...invocation, settings: withTitleHook(invocation.settings, sessionTitleFile(context.paths.runDir, id)) }
      : invocation;
  const template = commitTrailer(context);
  const file = callWritersFile(context.paths.runDir, id);
  const entry = join(dirname(context.entry), 'commit-hook.js');
  const signed =
    template !== undefined && titled.settings
      ? { ...titled, settings: withCommitHook(titled.settings, { entry, file, template }) }
      : titled;
  return { id, flags, claudePath, invocation: signed, routes, ownLogin, inBackground, givesTitle, notices };
}

/** @throws UserError when a route of the launch would send prompts unencrypted to another machine. */
function assertEncrypted({ main, fast, subagent, tiers }: LaunchRoutes, context: AppContext): void {
  for (const target of [main, fast, subagent, ...Object.values(tiers)]) {
    const upstream = target && upstreamIn(context.upstreams, target.upstream);
    if (upstream?.isUnencrypted) throw new UserError(unencryptedText(upstream));
  }
}

/** A session that continues another one or was named by the user keeps its name. On Windows no shell could print it. */
const givesTitleTo = (args: readonly string[]): boolean =>
  !isHeadless(args) && !isBackground(args) && !hasName(args) && process.platform !== 'win32';

const namingFlags = new Set(['-c', '--continue', '-r', '--resume', '--fork-session', '-n', '--name']);

const hasName = (args: readonly string[]): boolean =>
  optionsOf(args).some((arg) => namingFlags.has(arg.split('=')[0] ?? ''));

/** `undefined` for a headless run, which has no status line. */
const statusLineOf = (
  id: string,
  args: readonly string[],
  { entry, paths }: AppContext,
): StatusLineProgram | undefined =>
  isHeadless(args)
    ? undefined
    : { entry: join(dirname(entry), 'statusline.js'), file: statusLineFile(paths.runDir, id) };

/** @throws UserError when no user can be prompted, or when a sign-in would not help. */
async function requireSignIn(
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
  const canHelp = code === 'no_credential' || (code === 'credential_rejected' && !store.isForeign(main.upstream));
  if (canPrompt() && canHelp) {
    const reason = code === 'no_credential' ? 'There is no login for it yet.' : problem.replace(/ Run `.*$/, '');
    return promptSignIn(nameOf(main), main.upstream, reason, context);
  }
  throw new UserError(
    `${nameOf(main)} needs ${main.upstream}. ${problem} To try ccp without an account: ${context.self} launch --demo.`,
  );
}

/** Whether the arguments contain Claude Code's own `--help` or `--version`. */
const isInfoRequest = (args: readonly string[]): boolean =>
  args.some((arg) => ['--help', '-h', '--version', '-v'].includes(arg));
