/** Starts what was planned: the proxy, and the environment and settings of Claude Code. */

import type { AppContext } from '../app/context.ts';
import { secretVariablesOf } from '../app/credentials.ts';
import { windowNotice } from '../app/local-models.ts';
import { assertClaudeAllowed } from '../app/policy.ts';
import { addSettings, routedSettings } from '../launch/claude-settings.ts';
import {
  backgroundEnvironment,
  backgroundSettings,
  claudeEnvironment,
  type LaunchEnvironment,
  ownLoginSettings,
} from '../launch/environment.ts';
import { fallbackModels, fallbackNotice } from '../launch/fallback-model.ts';
import { checkClaude } from '../launch/find-claude.ts';
import { ProxyProcess } from '../launch/proxy-process.ts';
import { systemClock } from '../platform/clock.ts';
import { eraseFromEnvironment } from '../platform/own-environment.ts';
import { newSecret } from '../platform/randomness.ts';
import { onlySecrets, withoutSecrets } from '../platform/secrets.ts';
import { routeViews } from '../proxy/session/route-state.ts';
import type { LaunchRoutes } from '../routing/launch-routes.ts';
import type { SessionEvent } from '../session/events.ts';
import { writeLaunchSettings } from '../storage/launch-settings.ts';
import type { JsonObject } from '../wire/json.ts';
import type { PlannedSession } from './session-plan.ts';

export interface SessionHooks {
  readonly onEvents: (events: readonly SessionEvent[]) => void;
  readonly onNotice: (message: string) => void;
  readonly onLost: (message: string) => void;
  /** Whether questions of the session are shown to a user. */
  readonly asksUser: boolean;
}

export interface StartedSession {
  readonly claude: { readonly path: string; readonly args: readonly string[]; readonly env: Record<string, string> };
  readonly proxy: ProxyProcess;
  readonly routes: LaunchRoutes;
  readonly controlToken: string;
  /** The file of the settings that Claude Code was given, if any. */
  readonly settingsPath: string | undefined;
  /** Stops the proxy and removes the session's settings, after Claude Code has exited. */
  end(): Promise<void>;
}

/** Starts the proxy and prepares Claude Code's command. @throws UserError when the proxy or the version check fails. */
export async function startSession(
  plan: PlannedSession,
  context: AppContext,
  hooks: SessionHooks,
): Promise<StartedSession> {
  const { id, flags } = plan;
  const secret = newSecret();
  const controlToken = newSecret();
  const secretVariables = secretVariablesOf(context);
  const env = withoutSecrets(context.env, secretVariables);
  const keys = onlySecrets(context.env, secretVariables);
  // A command that Claude Code runs could read them from this process otherwise.
  eraseFromEnvironment(Object.keys(keys));
  const fallbackOf = fallbackNotice(fallbackModels(plan.invocation.args));
  const proxy = new ProxyProcess({
    entry: context.entry,
    env,
    keys,
    allowMetered: flags.allowMetered,
    session: id,
    inBackground: plan.inBackground,
    givesTitle: plan.givesTitle,
    secret,
    controlToken,
    routes: plan.routes.table,
    views: routeViews(plan.routes.table, context.directory),
    budgetUsd: flags.budgetUsd,
    catalogue: context.catalogue,
    port: flags.port ?? context.settings.number('port'),
    fallback: flags.port === undefined,
    clock: systemClock,
    ...hooks,
    onEvents: (events) => {
      hooks.onEvents(events);
      for (const event of events) {
        const notice = fallbackOf(event);
        if (notice !== undefined) hooks.onNotice(notice);
      }
    },
  });
  // The version check runs in parallel with the proxy's start. Both must succeed before Claude Code starts.
  const version = checkClaude(plan.claudePath, env);
  version.catch(() => {});
  try {
    await proxy.start();
    assertClaudeAllowed(await version, context.policy);
  } catch (thrown) {
    await proxy.stop();
    throw thrown;
  }
  if (proxy.movedFrom !== undefined)
    hooks.onNotice(`Port ${proxy.movedFrom} is busy; this session's proxy is on ${proxy.url}.`);
  plan.notices.forEach(hooks.onNotice);
  const notice = windowNotice(plan.routes.main, context);
  if (notice !== undefined) hooks.onNotice(notice);
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
    toolSearch: context.env.ENABLE_TOOL_SEARCH,
    ownLogin: plan.ownLogin,
    deniesFastModeChecks: context.policy.effective.egress.fastModeChecks?.value === 'deny',
    secretVariables,
  };
  const { settings, args } = plan.invocation;
  const own = settings && launchSettings(settings, plan, launch, context);
  const file = own && writeLaunchSettings(context.paths.runDir, id, own);
  return {
    claude: {
      path: plan.claudePath,
      args: file ? ['--settings', file.path, ...args] : args,
      env: plan.inBackground
        ? backgroundEnvironment(context.env, secretVariables)
        : claudeEnvironment(context.env, launch),
    },
    settingsPath: file?.path,
    end: async () => {
      file?.remove();
      await proxy.stop();
    },
    proxy,
    routes: plan.routes,
    controlToken,
  };
}

/** The settings that ccp collected, with those that the kind of launch needs. */
function launchSettings(
  collected: JsonObject,
  { ownLogin, inBackground }: PlannedSession,
  launch: LaunchEnvironment,
  { env, policy }: AppContext,
): JsonObject {
  const { egress } = policy.effective;
  const routed = ownLogin ? collected : routedSettings(collected, env, process.cwd());
  const settings = egress.webFetchChecks?.value === 'deny' ? { ...routed, skipWebFetchPreflight: true } : routed;
  if (inBackground) return addSettings(settings, backgroundSettings(env, launch));
  return ownLogin ? addSettings(settings, ownLoginSettings(launch)) : settings;
}
