/** The environment of Claude Code. docs/claude-code.md explains each variable. */
import { nameOf, type Target, windowOf } from '../models/find.ts';
import type { Environment } from '../platform/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { Directory } from '../routing/directory.ts';
import { slotId } from '../routing/launch-routes.ts';

export interface LaunchEnvironment {
  readonly url: string;
  /** `undefined` omits the token (`ccp env` without a running proxy). */
  readonly secret: string | undefined;
  readonly directory: Pick<Directory, 'upstreams'>;
  readonly main: Target;
  readonly fast: Target;
  readonly subagent: Target | undefined;
  /** Tiers with their own route. Of the others, haiku uses fast and the rest use main. */
  readonly tiers: Readonly<Partial<Record<'haiku' | 'opus' | 'sonnet' | 'fable', Target>>>;
  readonly effort: string | undefined;
  /** Claude Code uses its own login, so the secret is sent in a separate header. */
  readonly ownLogin: boolean;
  /** A policy denies that Claude Code asks Anthropic about fast mode. */
  readonly deniesFastModeChecks: boolean;
  /** Variables with upstream credentials. They are removed: Claude Code receives only the session's secret. */
  readonly secretVariables: readonly string[];
  /** The user chose auto mode, so tool uses are classified on the client. */
  readonly autoMode: boolean;
  /** The user's own `ENABLE_TOOL_SEARCH`. */
  readonly toolSearch: string | undefined;
}

/** Below this, the client would raise its compaction window itself and print a warning. */
const minCompactWindow = 100_000;
const standardWindow = 200_000;
/** Below this, output tokens are limited, so that the response leaves room for the prompt. */
const tightWindow = 64_000;
const watchdogMs = 1_800_000;

/** The model id (slot) that Claude Code uses for a target. `[1m]` marks a window of more than 200k tokens. */
const slotName = (target: Target, directory: Pick<Directory, 'upstreams'>): string =>
  windowOf(target) > standardWindow ? `${slotId(target, directory)}[1m]` : slotId(target, directory);

const tierVariables = (
  name: string,
  target: Target,
  label: string,
  { directory }: LaunchEnvironment,
): Record<string, string> => ({
  [`ANTHROPIC_DEFAULT_${name}_MODEL`]: slotName(target, directory),
  [`ANTHROPIC_DEFAULT_${name}_MODEL_NAME`]: `${nameOf(target)} (${label})`,
});

export function claudeVariables(launch: LaunchEnvironment): Record<string, string> {
  const { main, fast, subagent, directory } = launch;
  const window = windowOf(main);
  const [mainId, fastId] = [slotName(main, directory), slotName(fast, directory)];
  return {
    ANTHROPIC_BASE_URL: launch.url,
    ...(launch.secret === undefined || launch.ownLogin ? {} : { ANTHROPIC_AUTH_TOKEN: launch.secret }),
    ANTHROPIC_MODEL: mainId,
    ...tierVariables('OPUS', launch.tiers.opus ?? main, launch.tiers.opus ? 'ccp opus' : 'ccp main', launch),
    ...tierVariables('SONNET', launch.tiers.sonnet ?? main, launch.tiers.sonnet ? 'ccp sonnet' : 'ccp main', launch),
    ...tierVariables('FABLE', launch.tiers.fable ?? main, launch.tiers.fable ? 'ccp fable' : 'ccp main', launch),
    ...tierVariables('HAIKU', launch.tiers.haiku ?? fast, launch.tiers.haiku ? 'ccp haiku' : 'ccp fast', launch),
    ANTHROPIC_SMALL_FAST_MODEL: fastId,
    ANTHROPIC_CUSTOM_MODEL_OPTION: mainId,
    ANTHROPIC_CUSTOM_MODEL_OPTION_NAME: `${nameOf(main)} (${main.upstream})`,
    ...(subagent === undefined ? {} : { CLAUDE_CODE_SUBAGENT_MODEL: slotName(subagent, directory) }),
    ...(launch.effort === undefined ? {} : { CLAUDE_CODE_EFFORT_LEVEL: launch.effort }),
    ...(window > standardWindow ? {} : { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(window) }),
    ...(window < minCompactWindow ? {} : { CLAUDE_CODE_AUTO_COMPACT_WINDOW: String(window) }),
    ...(window < tightWindow ? { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(Math.max(1024, Math.floor(window / 4))) } : {}),
    ...toolSearchVariable(launch),
    // The server's check exists only at Anthropic: without it, auto mode opens a dialog instead of asking the model.
    ...(launch.autoMode || !launch.ownLogin ? { CLAUDE_CODE_AUTO_MODE_SERVER: '0' } : {}),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: '1',
    CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
    ...(launch.ownLogin ? {} : { CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1' }),
    CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
    CLAUDE_ENABLE_STREAM_WATCHDOG: '0',
    CLAUDE_ENABLE_BYTE_WATCHDOG: '0',
    CLAUDE_STREAM_IDLE_TIMEOUT_MS: String(watchdogMs),
    API_FORCE_IDLE_TIMEOUT: '0',
    API_TIMEOUT_MS: String(watchdogMs),
    CLAUDE_CODE_GATEWAY_HINT_HEADERS: '1',
    ...(launch.deniesFastModeChecks ? { CLAUDE_CODE_DISABLE_FAST_MODE: '1' } : {}),
    // A supervisor starts its sessions without the proxy's address and token, so they would be logged out.
    CLAUDE_CODE_DISABLE_AGENT_VIEW: '1',
  };
}

/**
 * With tool search, Claude Code adds tools to the list in the middle of a conversation. Upstreams render the list before
 * the conversation, so each addition makes the whole history uncached (`docs/measured/cache.md`). Anthropic's own
 * upstream keeps such tools out of the cached prefix.
 */
function toolSearchVariable({ toolSearch, main, directory }: LaunchEnvironment): Record<string, string> {
  const isSupported = directory.upstreams.some(
    ({ name, acceptsClientLogin }) => name === main.upstream && acceptsClientLogin,
  );
  const value = toolSearch ?? (isSupported ? undefined : 'false');
  return value === undefined ? {} : { ENABLE_TOOL_SEARCH: value };
}

/** Variables that would send Claude Code's requests to another address than the proxy's, or through another proxy. */
export const redirects: readonly string[] = [
  'ANTHROPIC_UNIX_SOCKET',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_USE_MANTLE',
  'CLAUDE_CODE_USE_ANTHROPIC_AWS',
  'CLAUDE_CODE_USE_GATEWAY',
  'CLAUDE_CODE_API_BASE_URL',
  'CLAUDE_CODE_CUSTOM_OAUTH_URL',
  'CLAUDE_CODE_HTTP_PROXY',
  'CLAUDE_CODE_HTTPS_PROXY',
  'CLAUDE_CODE_PROXY_URL',
  'CLAUDE_CODE_PROXY_HOST',
  'CLAUDE_CODE_HOST_HTTP_PROXY_PORT',
  'CLAUDE_CODE_HOST_SOCKS_PROXY_PORT',
];

/** Variables of other providers, which would take precedence over the proxy. */
export const removedVariables: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', ...redirects];

/** The user's environment with ccp's variables on top. */
export function claudeEnvironment(env: Environment, launch: LaunchEnvironment): Record<string, string> {
  const noProxy = withLoopback(env.NO_PROXY ?? env.no_proxy);
  return {
    ...withoutSecrets(env, [...removedVariables, 'CCP_SUPERVISED', ...launch.secretVariables]),
    ...claudeVariables(launch),
    ...ownLoginHeaders(env, launch),
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  };
}

/** Sends the secret in a custom header: with a token in its environment the client would never send its own login. */
function ownLoginHeaders(env: Environment, { ownLogin, secret }: LaunchEnvironment): Record<string, string> {
  if (!ownLogin || secret === undefined) return {};
  const own = env.ANTHROPIC_CUSTOM_HEADERS?.trim();
  return { ANTHROPIC_CUSTOM_HEADERS: [...(own ? [own] : []), `x-ccp-secret: ${secret}`].join('\n') };
}

/** Variables of a launch that would end a background session, or refuse to start it. */
const foregroundVariables: readonly string[] = [
  'CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST',
  'CLAUDE_CODE_DISABLE_AGENT_VIEW',
];

/**
 * Settings of a background session. Claude Code's supervisor starts it with its own environment, so that everything that
 * a launch sets there must be in the settings.
 */
export function backgroundSettings(env: Environment, launch: LaunchEnvironment) {
  const variables = Object.entries(claudeVariables(launch)).filter(([name]) => !foregroundVariables.includes(name));
  const cleared = removedVariables.map((name) => [name, ''] as const);
  return {
    env: { ...Object.fromEntries([...cleared, ...variables]), ...ownLoginHeaders(env, launch) },
    model: slotName(launch.main, launch.directory),
  };
}

/**
 * The environment of the command that starts a background session. The supervisor may inherit it and start sessions of
 * other launches, so it contains no address and no token of this one.
 */
export function backgroundEnvironment(env: Environment, secretVariables: readonly string[]): Record<string, string> {
  const noProxy = withLoopback(env.NO_PROXY ?? env.no_proxy);
  return {
    ...withoutSecrets(env, [...removedVariables, 'CCP_SUPERVISED', 'CCP_BACKGROUND', ...secretVariables]),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  };
}

/**
 * Settings of a launch on the client's own login. `CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST` is not set then, so `env` in
 * the user's settings takes precedence over the environment. These settings override it for variables that would
 * redirect requests.
 */
export function ownLoginSettings(launch: LaunchEnvironment): { env: Record<string, string>; model: string } {
  const anthropicVariables = Object.entries(claudeVariables(launch)).filter(([name]) => name.startsWith('ANTHROPIC_'));
  const clearedVariables = removedVariables.map((name) => [name, ''] as const);
  return {
    env: Object.fromEntries([...clearedVariables, ...anthropicVariables]),
    model: slotName(launch.main, launch.directory),
  };
}
