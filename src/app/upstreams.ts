/** Resolves the registry's upstreams with the user's settings and environment. */
import type { Environment } from '../platform/environment.ts';
import type { Settings } from '../settings/settings.ts';
import { type OwnValue, resolveUpstreams } from '../upstreams/resolve.ts';
import type { Upstream } from '../upstreams/upstream.ts';

/** @throws Error when no upstream has this name. Callers pass only validated names. */
export function upstreamIn(upstreams: readonly Upstream[], name: string): Upstream {
  const upstream = upstreams.find((one) => one.name === name);
  if (!upstream) throw new Error(`there is no upstream ${name}`);
  return upstream;
}

export const upstreamsOf = (settings: Settings, env: Environment): Upstream[] =>
  resolveUpstreams({
    custom: settings.upstreams,
    ownSetting: (name, setting) => settings.ofUpstream(name, setting) ?? baseUrlFrom(env, name, setting),
    loginToLoopback: env.CCP_ANTHROPIC_LOGIN_TO_LOOPBACK === '1',
  });

/** Every upstream has a variable for its base URL, including upstreams without their own settings. */
function baseUrlFrom(env: Environment, name: string, setting: string): OwnValue | undefined {
  const value = setting === 'baseUrl' ? env[`CCP_${name.toUpperCase().replaceAll('-', '_')}_BASE_URL`] : undefined;
  return value ? { value, from: 'environment' } : undefined;
}
