/** The environment Claude Code starts with. The reasons for each line stand in docs/claude-code.md. */
import { nameOf, type Target, windowOf } from '../models/find.ts';
import type { Environment } from '../platform/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import { withoutSecrets } from '../platform/secrets.ts';
import type { Directory } from '../routing/directory.ts';
import { slotId } from '../routing/launch-routes.ts';

export interface LaunchEnvironment {
  readonly url: string;
  /** `undefined` leaves the token out (`ccp env` without a running proxy). */
  readonly secret: string | undefined;
  readonly directory: Pick<Directory, 'upstreams'>;
  readonly main: Target;
  readonly fast: Target;
  readonly subagent: Target | undefined;
  /** Tiers with a route of their own; the others are main. */
  readonly tiers: Readonly<Partial<Record<'haiku' | 'opus' | 'sonnet' | 'fable', Target>>>;
  readonly effort: string | undefined;
  /** Claude Code brings its own login: the secret travels in a header of its own. */
  readonly ownLogin: boolean;
  /** Variables with credentials of upstreams: Claude Code gets the session's secret and nothing else. */
  readonly secretVariables: readonly string[];
  /** The user chose auto mode: classify on the client. */
  readonly autoMode: boolean;
}

/** Under this the client would raise its compaction window by itself, with a warning. */
const minCompactWindow = 100_000;
const plainWindow = 200_000;
/** An answer must leave room for the question. */
const tightWindow = 64_000;
const watchdogMs = 1_800_000;

/** The id Claude Code is given for a target: its slot. `[1m]` tells the client of a window over 200k. */
const slotName = (target: Target, directory: Pick<Directory, 'upstreams'>): string =>
  windowOf(target) > plainWindow ? `${slotId(target, directory)}[1m]` : slotId(target, directory);

const tier = (
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
    ...tier('OPUS', launch.tiers.opus ?? main, launch.tiers.opus ? 'ccp opus' : 'ccp main', launch),
    ...tier('SONNET', launch.tiers.sonnet ?? main, launch.tiers.sonnet ? 'ccp sonnet' : 'ccp main', launch),
    ...tier('FABLE', launch.tiers.fable ?? main, launch.tiers.fable ? 'ccp fable' : 'ccp main', launch),
    ...tier('HAIKU', launch.tiers.haiku ?? fast, launch.tiers.haiku ? 'ccp haiku' : 'ccp fast', launch),
    ANTHROPIC_SMALL_FAST_MODEL: fastId,
    ANTHROPIC_CUSTOM_MODEL_OPTION: mainId,
    ANTHROPIC_CUSTOM_MODEL_OPTION_NAME: `${nameOf(main)} (${main.upstream})`,
    ...(subagent === undefined ? {} : { CLAUDE_CODE_SUBAGENT_MODEL: slotName(subagent, directory) }),
    ...(launch.effort === undefined ? {} : { CLAUDE_CODE_EFFORT_LEVEL: launch.effort }),
    ...(window > plainWindow ? {} : { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(window) }),
    ...(window < minCompactWindow ? {} : { CLAUDE_CODE_AUTO_COMPACT_WINDOW: String(window) }),
    ...(window < tightWindow ? { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(Math.max(1024, Math.floor(window / 4))) } : {}),
    ...(launch.autoMode ? { CLAUDE_CODE_AUTO_MODE_SERVER: '0' } : {}),
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
  };
}

/** Variables of other providers, which would win over the proxy. */
export const removedVariables: readonly string[] = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
];

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

/** With a token in its environment the client would never send its own login. */
function ownLoginHeaders(env: Environment, { ownLogin, secret }: LaunchEnvironment): Record<string, string> {
  if (!ownLogin || secret === undefined) return {};
  const own = env.ANTHROPIC_CUSTOM_HEADERS?.trim();
  return { ANTHROPIC_CUSTOM_HEADERS: [...(own ? [own] : []), `x-ccp-secret: ${secret}`].join('\n') };
}

/**
 * Settings of a launch on the client's own login. Without ccp as the provider's host a user's own `env` settings would
 * win over the environment: what would lead elsewhere is named here, above them.
 */
export function ownLoginSettings(launch: LaunchEnvironment): { env: Record<string, string>; model: string } {
  const named = Object.entries(claudeVariables(launch)).filter(([name]) => name.startsWith('ANTHROPIC_'));
  const emptied = removedVariables.map((name) => [name, ''] as const);
  return { env: Object.fromEntries([...emptied, ...named]), model: slotName(launch.main, launch.directory) };
}
