/**
 * Stops a launch when an administrator or user configured something that this version does not enforce. Such
 * configuration must not be ignored silently.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors/user-error.ts';
import type { AppContext } from './context.ts';

/** @throws UserError when a policy file exists. */
export function assertSupportedConfig(context: AppContext, repositoryRoot: string): void {
  const { systemPolicy, managedPolicy } = context.paths;
  const policies = [systemPolicy, managedPolicy, join(repositoryRoot, '.ccp', 'policy.json')]
    .filter((path) => path !== undefined)
    .filter(mayExist);
  if (policies.length > 0)
    throw new UserError(
      `A policy is in force (${policies.join(', ')}), and ccp ${context.version} cannot enforce policies. Nothing was started. Install a version that can.`,
    );
}

/** A file that cannot be inspected (permissions, say) may exist, so only a missing file or parent returns false. */
function mayExist(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (thrown) {
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOTDIR');
  }
}
