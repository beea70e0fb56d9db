/** Writes the audit log of this process. A line that cannot be written is reported, and never stops a request. */
import { userInfo } from 'node:os';
import type { AuditFacts, AuditLine } from '../ledger/audit.ts';
import { systemClock } from '../platform/clock.ts';
import { sha256 } from '../platform/randomness.ts';
import { AuditFile } from '../storage/audit-file.ts';
import type { AppContext } from './context.ts';

export type Audit = (facts: AuditFacts) => Promise<AuditLine | undefined>;

export const auditFile = ({ paths }: Pick<AppContext, 'paths'>): AuditFile =>
  new AuditFile(paths.auditFile, systemClock, sha256);

/** @param onProblem called with the error of a line that could not be written. */
export function createAudit(
  context: Pick<AppContext, 'paths' | 'policy' | 'version'>,
  session: string | undefined,
  onProblem: (cause: unknown) => void,
): Audit {
  const file = auditFile(context);
  return async (facts) => {
    const { policy, version } = context;
    const origin = { user: userName(), repo: policy.repository.name, policy: policy.hash, version, session };
    try {
      return await file.append(facts, origin);
    } catch (cause) {
      onProblem(cause);
      return undefined;
    }
  };
}

/** The name of the user who runs ccp, as the system knows it; a variable could name another one. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
