/** The policy of this process: read at the start, and again when a file has changed. */

import { join } from 'node:path';
import semver from 'semver';
import { UserError } from '../errors/user-error.ts';
import { claudeRestrictions, serverSettingsFile } from '../launch/claude-policy.ts';
import { managedSettingsDir } from '../launch/settings-files.ts';
import type { BudgetCeilings } from '../ledger/budget.ts';
import { systemClock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import type { Paths } from '../platform/paths.ts';
import { sha256 } from '../platform/randomness.ts';
import { repositoryOf } from '../platform/repository.ts';
import { type EffectivePolicy, effectivePolicy } from '../policy/effective.ts';
import { type PolicyContext, policyGate } from '../policy/gate.ts';
import { isInRepository, type Repository } from '../policy/match.ts';
import { type LayerKind, noPolicy, type Policy, type PolicyLayer, type PolicyProblem } from '../policy/policy.ts';
import type { Gate } from '../routing/gates.ts';
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
  readonly #version: string;
  readonly #env: Environment;
  #stamp = '';
  #policy: Policy = noPolicy;
  /** Files that the user or an agent can change: within a session they only narrow. */
  #kept: readonly PolicyLayer[] = [];

  private constructor(paths: Paths, version: string, folder: string, env: Environment) {
    this.#env = env;
    this.repository = repositoryOf(folder, sha256);
    this.#places = {
      system: paths.systemPolicy,
      managed: paths.managedPolicy,
      user: paths.userPolicy,
      repository: join(this.repository.root, '.ccp', 'policy.json'),
    };
    this.#overridesFile = paths.policyOverrides;
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
    return sha256(this.#policy.layers.map(({ path, hash }) => `${path} ${hash}`).join('\n'));
  }

  /** The gate of a decision that is made now. */
  get gate(): Gate {
    const context: PolicyContext = { policy: this.#policy, repository: this.repository, now: systemClock.now() };
    return policyGate(context);
  }

  /** Reads the files again if one has changed. @returns whether the policy is another one than before. */
  async refresh(): Promise<boolean> {
    const stamp = policyStamp(this.#places, this.#overridesFile, serverSettingsFile(this.#env));
    if (stamp === this.#stamp) return false;
    const before = this.hash;
    const { layers, problems } = await readPolicyFiles(this.#places, sha256);
    this.#stamp = stamp;
    this.#kept = keep(this.#kept, layers);
    const fixed = layers.filter(({ kind }) => !isOwn(kind));
    const all = [...fixed, ...this.#kept];
    this.#policy = {
      layers: all,
      problems: [...problems, ...versionProblems(all, this.#version)],
      overrides: readOverrides(this.#overridesFile),
      claude: claudeRestrictions(this.#env, managedSettingsDir(process.platform)),
    };
    return this.hash !== before;
  }
}

const isOwn = (kind: LayerKind): boolean => kind === 'user' || kind === 'repository';

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
