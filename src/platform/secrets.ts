/** Removes credentials from the environment of child processes. Only ccp's own processes receive them. */
import type { Environment } from './environment.ts';

/** ccp's own variables that contain secrets. */
const ownSecret = /^CCP_.*(?:TOKEN|KEY|SECRET)$/;

/** @param variables names of the variables that contain upstreams' credentials. */
export const withoutSecrets = (env: Environment, variables: readonly string[]): Record<string, string> =>
  filtered(env, (name) => !isSecret(name, variables));

/** The variables that `withoutSecrets` removes. */
export const onlySecrets = (env: Environment, variables: readonly string[]): Record<string, string> =>
  filtered(env, (name) => isSecret(name, variables));

const isSecret = (name: string, variables: readonly string[]): boolean =>
  ownSecret.test(name) || variables.includes(name);

const filtered = (env: Environment, isKept: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && isKept(name) ? [[name, value]] : [])),
  );
