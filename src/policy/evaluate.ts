/** Decides whether a policy allows a target. Every file must allow it, so that a further file only narrows. */
import { claudeDenial } from './claude-restrictions.ts';
import { hasAttributes, isInRepository, isModel, isPlainId, isUpstream } from './match.ts';
import { overrideMinutes, type Policy, type PolicyLayer, type PolicyRule, ruleName } from './policy.ts';
import type { PolicySubject } from './subject.ts';

export interface PolicyDenial {
  readonly path: string;
  /** The rule's id, its place in the list, or the member that denies: `requireUpstream`, `allow rules`. */
  readonly rule: string;
  /** Why, as a sentence. */
  readonly reason: string;
  /** The file's words for who is refused. */
  readonly message: string | undefined;
  /** For how many minutes the user may lift it; 0: not at all. */
  readonly overrideMinutes: number;
}

/** @returns the first denial, from the strongest file on; `undefined`: allowed. */
export function evaluate(
  { layers, problems, overrides, claude }: Policy,
  subject: PolicySubject,
): PolicyDenial | undefined {
  const [problem] = problems;
  if (problem)
    return {
      path: problem.path,
      rule: 'the file itself',
      reason: `It cannot be used: ${problem.message}`,
      message: undefined,
      overrideMinutes: 0,
    };
  const isLifted = (path: string, rule: string, minutes: number): boolean =>
    overrides.some(
      ({ path: file, rule: name, until }) =>
        file === path && name === rule && subject.now < until && until - subject.now <= minutes * 60_000,
    );
  for (const layer of layers) {
    for (const { rule, reason } of denialsOf(layer, subject)) {
      const minutes = overrideMinutes(layer.document, rule);
      if (minutes > 0 && isLifted(layer.path, rule, minutes)) continue;
      return { path: layer.path, rule, reason, message: layer.document.message, overrideMinutes: minutes };
    }
  }
  return claudeDenialOf(claude, layers, subject);
}

/** Claude Code's own managed settings hold, unless the system's policy says that the upstream is allowed. */
function claudeDenialOf(
  claude: Policy['claude'],
  layers: readonly PolicyLayer[],
  subject: PolicySubject,
): PolicyDenial | undefined {
  for (const restrictions of claude) {
    const denial = claudeDenial(restrictions, subject);
    if (denial === undefined) continue;
    const isAllowed = layers.some(({ kind, document: { rules = [] } }) =>
      rules.some((rule) => kind === 'system' && rule.effect === 'allow' && ruleMatches(rule, subject)),
    );
    if (!isAllowed) return { path: restrictions.path, ...denial, message: undefined, overrideMinutes: 0 };
  }
  return undefined;
}

interface RuleDenial {
  readonly rule: string;
  readonly reason: string;
}

/** The rules of one file that deny the subject, the explicit denials first. */
export function denialsOf({ document }: PolicyLayer, subject: PolicySubject): RuleDenial[] {
  const { rules = [], requireUpstream = {}, budgets } = document;
  const unclear = rules.length > 0 && !isPlainId(subject.target.model);
  const denials = unclear
    ? [{ rule: 'model id', reason: 'It has characters that no model id has, so no rule can judge it.' }]
    : matchingDenials(rules, subject);
  for (const [repository, pattern] of Object.entries(requireUpstream))
    if (isInRepository(repository, subject.repository) && !isUpstream(pattern, subject.upstream, 'allow'))
      denials.push({ rule: `requireUpstream.${repository}`, reason: `This repository may use ${pattern} only.` });
  const allowances = rules.filter(({ effect }) => effect === 'allow');
  if (allowances.length > 0 && !allowances.some((rule) => ruleMatches(rule, subject)))
    denials.push({ rule: 'allow rules', reason: 'None of its allow rules matches.' });
  // A question about the price is asked when the request is admitted.
  if (budgets?.onUnknownPrice === 'deny' && !subject.hasKnownCost)
    denials.push({ rule: 'budgets.onUnknownPrice', reason: 'Its price is not known.' });
  return denials;
}

const matchingDenials = (rules: readonly PolicyRule[], subject: PolicySubject): RuleDenial[] =>
  rules.flatMap((rule, index): RuleDenial[] =>
    rule.effect === 'deny' && ruleMatches(rule, subject)
      ? [{ rule: ruleName(rule, index), reason: rule.reason ?? 'It is denied.' }]
      : [],
  );

function ruleMatches(rule: PolicyRule, { upstream, target, classes, repository }: PolicySubject): boolean {
  const { effect, upstreams, models, attributes, repositories } = rule;
  return (
    (upstreams?.some((pattern) => isUpstream(pattern, upstream, effect)) ?? true) &&
    (models?.some((glob) => isModel(glob, target, effect)) ?? true) &&
    (attributes === undefined || hasAttributes(attributes, upstream)) &&
    (repositories?.some((pattern) => isInRepository(pattern, repository, effect)) ?? true) &&
    (rule.classes?.some((name) => classes.includes(name)) ?? true)
  );
}
