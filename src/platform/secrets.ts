/** Which variables of an environment are credentials: nobody that ccp starts, but ccp itself, is given them. */
import type { Environment } from './environment.ts';

/** Everything of ccp's own that opens something. */
const ownSecret = /^CCP_.*(?:TOKEN|KEY|SECRET)$/;

/** @param variables those that hold credentials of upstreams. */
export const withoutSecrets = (env: Environment, variables: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || ownSecret.test(name) || variables.includes(name) ? [] : [[name, value]],
    ),
  );
