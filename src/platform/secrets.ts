/** Removes credentials from the environment of child processes. Only ccp's own processes receive them. */
import type { Environment } from './environment.ts';

/** ccp's own variables that contain secrets. */
const ownSecret = /^CCP_.*(?:TOKEN|KEY|SECRET)$/;

/** @param variables names of the variables that contain upstreams' credentials. */
export const withoutSecrets = (env: Environment, variables: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || ownSecret.test(name) || variables.includes(name) ? [] : [[name, value]],
    ),
  );
