/** The policy of this process: read at the start, and again when a file has changed. */

import { join } from 'node:path';
import semver from 'semver';
import { UserError } from '../errors/user-error.ts';
import { claudeRestrictions, serverSettingsFile } from '../launch/claude-policy.ts';
import { managedSettingsDir, managedSettingsFiles } from '../launch/settings-files.ts';
import { type AuditLine, auditLine, readAuditLine } from '../ledger/audit.ts';
import type { BudgetCeilings } from '../ledger/budget.ts';
import { systemClock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import type { Paths } from '../platform/paths.ts';
import { sha256 } from '../platform/randomness.ts';
import { repositoryOf } from '../platform/repository.ts';
import { type EffectivePolicy, effectivePolicy } from '../policy/effective.ts';
import { type PolicyContext, policyGate } from '../policy/gate.ts';
import { isInRepository, type Repository } from '../policy/match.ts';
import {
  type ClaudeRestrictions,
  type LayerKind,
  noPolicy,
  type Policy,
  type PolicyLayer,
  type PolicyOverride,
  type PolicyProblem,
} from '../policy/policy.ts';
import type { Gate } from '../routing/gates.ts';
import { AuditFile } from '../storage/audit-file.ts';
import { type PolicyPlaces, policyStamp, readOverrides, readPolicyFiles } from '../storage/policy-files.ts';

export interface PolicyRuntime {
  readonly paths: Paths;
  readonly version: string;
  readonly env: Environment;
}

export class PolicySource {
  readonly repository: Repository;
  readonly #places: PolicyPlaces;
  readonly #overridesFile: string;
  readonly #auditPath: string;
  readonly #version: string;
  readonly #env: Environment;
  #stamp = '';
  #policy: Policy = noPolicy;
  /** Files that the user or an agent can change: within a session they only narrow. */
  #kept: readonly PolicyLayer[] = [];
  #keptClaude: readonly ClaudeRestrictions[] = [];

  private constructor(paths: Paths, version: string, folder: string, env: Environment) {
    this.#env = env;
    const { name, root, aliases, roots } = repositoryOf(folder, sha256);
    this.repository = { name, root, aliases };
    this.#places = {
      system: paths.systemPolicy,
      managed: paths.managedPolicy,
      user: paths.userPolicy,
      repositories: roots.map((root) => join(root, '.ccp', 'policy.json')),
    };
    this.#overridesFile = paths.policyOverrides;
    this.#auditPath = paths.auditFile;
    this.#version = version;
  }

  static async read({ paths, version, env }: PolicyRuntime, folder: string): Promise<PolicySource> {
    const source = new PolicySource(paths, version, folder, env);
    await source.refresh();
    return source;
  }

  get current(): Policy {
    return this.#policy;
  }

  get effective(): EffectivePolicy {
    return effectivePolicy(this.#policy);
  }

  /** What the settings say about cost must not loosen the ceilings. */
  get hasCostRules(): boolean {
    return this.#policy.layers.some(({ document }) => document.budgets !== undefined);
  }

  /** Ceilings of budgets; a budget of the repository is the lowest whose pattern matches. */
  get budgetCeilings(): BudgetCeilings {
    const { budgets, repositoryBudgets } = this.effective;
    const repository = Object.entries(repositoryBudgets)
      .flatMap(([pattern, entry]) => (isInRepository(pattern, this.repository) ? [entry] : []))
      .sort((a, b) => a.value - b.value)[0];
    return {
      ...(budgets.sessionUsd ? { session: budgets.sessionUsd } : {}),
      ...(budgets.dayUsd ? { day: budgets.dayUsd } : {}),
      ...(budgets.weekUsd ? { week: budgets.weekUsd } : {}),
      ...(budgets.monthUsd ? { month: budgets.monthUsd } : {}),
      ...(repository ? { repository } : {}),
    };
  }

  /** SHA-256 of the files in force; of the empty list without any. */
  get hash(): string {
    const { layers, claude, overrides } = this.#policy;
    const files = layers.map(({ path, hash }) => `${path} ${hash}`);
    return sha256(
      [...files, ...[claude, overrides].flatMap((list) => (list.length > 0 ? [JSON.stringify(list)] : []))].join('\n'),
    );
  }

  /** A denial is lifted only where the audit log has the line of it: the file of overrides alone can be written by anyone. */
  #auditedOverrides(): readonly PolicyOverride[] {
    const overrides = readOverrides(this.#overridesFile);
    if (overrides.length === 0) return [];
    const lines = auditLinesOf(this.#auditPath);
    return overrides.filter(({ hash, path, rule, until }) =>
      lines.some(
        ({ type, time, details, ...line }) =>
          type === 'override' &&
          line.hash === hash &&
          details.rule === rule &&
          details.file === path &&
          until <= Date.parse(time) + Number(details.minutes) * 60_000,
      ),
    );
  }

  /** The gate of a decision that is made now. */
  get gate(): Gate {
    const context: PolicyContext = { policy: this.#policy, repository: this.repository, now: systemClock.now() };
    return policyGate(context);
  }

  /** Reads the files again if one has changed. @returns whether the policy is another one than before. */
  async refresh(): Promise<boolean> {
    const managedDir = managedSettingsDir(process.platform);
    const claudeFiles = [...managedSettingsFiles(managedDir), serverSettingsFile(this.#env)];
    const stamp = policyStamp(this.#places, this.#overridesFile, ...claudeFiles);
    if (stamp === this.#stamp) return false;
    const before = this.hash;
    const { layers, problems } = await readPolicyFiles(this.#places, sha256);
    this.#stamp = stamp;
    this.#kept = keep(this.#kept, layers);
    this.#keptClaude = unique([...this.#keptClaude, ...claudeRestrictions(this.#env, managedDir)]).slice(
      0,
      maxVersions,
    );
    const fixed = layers.filter(({ kind }) => !isOwn(kind));
    const all = [...fixed, ...this.#kept];
    this.#policy = {
      layers: all,
      problems: [...problems, ...versionProblems(all, this.#version)],
      overrides: this.#auditedOverrides(),
      claude: this.#keptClaude,
    };
    return this.hash !== before;
  }
}

/** All files but the system's may be changed by the user, or by an agent that runs as the user. */
const unique = <Value>(values: readonly Value[]): Value[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

const isOwn = (kind: LayerKind): boolean => kind !== 'system';

/** Lines whose hash is that of their content; a missing or unreadable file has none. */
function auditLinesOf(path: string): AuditLine[] {
  try {
    return new AuditFile(path, systemClock, sha256)
      .lines()
      .flatMap((text) => readAuditLine(text) ?? [])
      .filter((line) => auditLine(line, sha256).hash === line.hash);
  } catch {
    return [];
  }
}

/** More versions of one file are not kept: the newest is then added to the oldest. */
const maxVersions = 8;

/** A file that an agent removes or loosens in the middle of a session stays in force until the session ends. */
function keep(before: readonly PolicyLayer[], now: readonly PolicyLayer[]): PolicyLayer[] {
  const added = now.filter(({ kind, hash }) => isOwn(kind) && !before.some((one) => one.hash === hash));
  const kept = before.length + added.length > maxVersions ? before.slice(0, maxVersions - added.length) : before;
  return [...kept, ...added];
}

/** @param version of ccp; one that is no version, as in a checkout, is not compared. */
function versionProblems(layers: readonly PolicyLayer[], version: string): PolicyProblem[] {
  return layers.flatMap(({ path, document: { minimumVersion } }) => {
    if (minimumVersion === undefined || semver.valid(version) === null || !semver.lt(version, minimumVersion))
      return [];
    return [{ path, message: `It needs ccp ${minimumVersion} or newer, and this is ${version}: update ccp.` }];
  });
}

/** @throws UserError when a file of the policy cannot be used: what it forbids is not known. */
export function assertPolicyUsable({ current }: PolicySource): void {
  const [problem] = current.problems;
  if (problem)
    throw new UserError(`The policy ${problem.path} cannot be used. ${problem.message} Nothing was started.`);
}

/** @throws UserError when a file of the policy demands another version of Claude Code. */
export function assertClaudeAllowed(version: string, { effective }: PolicySource): void {
  const rule = effective.claudeCode.find(({ value }) => !semver.satisfies(version, value, { includePrerelease: true }));
  if (rule)
    throw new UserError(
      `The policy ${rule.path} demands Claude Code ${rule.value}, and this is ${version}. Run \`claude update\`, or set CCP_CLAUDE_PATH.`,
    );
}
