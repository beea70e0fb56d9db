/** Writes the audit log of this process. A line that cannot be written is reported, and never stops a request. */
import { userInfo } from 'node:os';
import type { AuditFacts, AuditLine } from '../ledger/audit.ts';
import { systemClock } from '../platform/clock.ts';
import { sha256 } from '../platform/randomness.ts';
import { AuditFile } from '../storage/audit-file.ts';
import type { AppContext } from './context.ts';

export interface Audit {
  /** @returns the line; `undefined` when it could not be written. */
  add(facts: AuditFacts): Promise<AuditLine | undefined>;
  /** Resolves when all lines are written. */
  settled(): Promise<void>;
}

export const auditFile = ({ paths }: Pick<AppContext, 'paths'>): AuditFile =>
  new AuditFile(paths.auditFile, systemClock, sha256);

/** @param onProblem called with the error of a line that could not be written. */
export function createAudit(
  context: Pick<AppContext, 'paths' | 'policy' | 'version'>,
  session: string | undefined,
  onProblem: (cause: unknown) => void,
): Audit {
  const file = auditFile(context);
  // One after the other: the lock is between processes.
  let last: Promise<AuditLine | undefined> = Promise.resolve(undefined);
  const write = async (facts: AuditFacts): Promise<AuditLine | undefined> => {
    const { policy, version } = context;
    const origin = { user: userName(), repo: policy.repository.name, policy: policy.hash, version, session };
    try {
      return await file.append(facts, origin);
    } catch (cause) {
      onProblem(cause);
      return undefined;
    }
  };
  return {
    add: (facts) => {
      last = last.then(() => write(facts));
      return last;
    },
    settled: async () => void (await last),
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
