/** A policy: the files that are in force, from the strongest to the weakest. Pure values; `storage` reads the files. */
import type { PolicyDocument, PolicyRule } from '../settings/policy-schema.ts';

export type { PolicyDocument, PolicyRule } from '../settings/policy-schema.ts';

/** `system`: fixed paths. `managed`: `CCP_MANAGED_POLICY`. A repository's file is written by whoever writes to it. */
export type LayerKind = 'system' | 'managed' | 'user' | 'repository';

export interface PolicyLayer {
  readonly kind: LayerKind;
  readonly path: string;
  /** SHA-256 of the file's text, hexadecimal. */
  readonly hash: string;
  readonly document: PolicyDocument;
}

/** A file that cannot be used. It stops routing: what it would forbid is not known. */
export interface PolicyProblem {
  readonly path: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** A denial that the user lifted for a while, where the file allows it. */
export interface PolicyOverride {
  readonly path: string;
  /** The name of the rule, as in refusals. */
  readonly rule: string;
  /** Epoch milliseconds. */
  readonly until: number;
  readonly reason: string;
  /** Hash of its line in the audit log, without which it does not hold. */
  readonly hash: string;
}

/** What Claude Code's own managed settings say about models and logins. */
export interface ClaudeRestrictions {
  readonly path: string;
  /** The settings that force a login, such as `forceLoginMethod`; empty when none does. */
  readonly forcedBy: readonly string[];
  /** `forceLoginGatewayUrl`: the address that is allowed beside Anthropic's. */
  readonly gatewayUrl: string | undefined;
  /** Models of Anthropic that may be used: ids, or tiers such as `opus`; `undefined`: all. */
  readonly availableModels: readonly string[] | undefined;
}

export interface Policy {
  readonly layers: readonly PolicyLayer[];
  readonly problems: readonly PolicyProblem[];
  readonly overrides: readonly PolicyOverride[];
  readonly claude: readonly ClaudeRestrictions[];
}

export const noPolicy: Policy = { layers: [], problems: [], overrides: [], claude: [] };

/** The name of a rule in refusals, audits and `ccp policy override`. */
export const ruleName = ({ id }: PolicyRule, index: number): string => id ?? `rules[${index}]`;

const defaultOverrideMinutes = 60;

/** How long a rule of the file can be lifted, in minutes; 0: it cannot. */
export function overrideMinutes({ override }: PolicyDocument, rule: string): number {
  if (override === undefined || (override.rules !== undefined && !override.rules.includes(rule))) return 0;
  return override.maxMinutes ?? defaultOverrideMinutes;
}
