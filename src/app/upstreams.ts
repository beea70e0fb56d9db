/** Resolves the registry's upstreams with the user's settings and environment. */
import { readdirSync } from 'node:fs';
import type { Environment } from '../platform/environment.ts';
import type { Paths } from '../platform/paths.ts';
import type { Settings } from '../settings/settings.ts';
import { namedLogins } from '../upstreams/login-name.ts';
import { type OwnValue, resolveUpstreams } from '../upstreams/resolve.ts';
import type { Upstream } from '../upstreams/upstream.ts';

/** @throws Error when no upstream has this name. Callers pass only validated names. */
export function upstreamIn(upstreams: readonly Upstream[], name: string): Upstream {
  const upstream = upstreams.find((one) => one.name === name);
  if (!upstream) throw new Error(`there is no upstream ${name}`);
  return upstream;
}

/** @param logins named logins in addition to those of the credentials folder, the settings and the variables. */
export const upstreamsOf = (
  settings: Settings,
  env: Environment,
  paths: Paths,
  logins: readonly string[] = [],
  keepsCostKind = false,
): Upstream[] =>
  resolveUpstreams({
    custom: settings.upstreams,
    ownSetting: (name, setting) => settings.ofUpstream(name, setting) ?? baseUrlFrom(env, name, setting),
    logins: [...storedLogins(paths), ...namedLogins([settings.file, env.CCP_MODEL, env.CCP_FAST_MODEL]), ...logins],
    keepsCostKind,
    loginToLoopback: env.CCP_ANTHROPIC_LOGIN_TO_LOOPBACK === '1',
  });

const storedLogins = ({ credentialsDir }: Paths): string[] => {
  try {
    return readdirSync(credentialsDir).flatMap((file) =>
      file.endsWith('.json') ? file.slice(0, -'.json'.length) : [],
    );
  } catch {
    return [];
  }
};

/** Every upstream has a variable for its base URL, including upstreams without their own settings. */
function baseUrlFrom(env: Environment, name: string, setting: string): OwnValue | undefined {
  const value = setting === 'baseUrl' ? env[`CCP_${name.toUpperCase().replaceAll('-', '_')}_BASE_URL`] : undefined;
  return value ? { value, from: 'environment' } : undefined;
}
