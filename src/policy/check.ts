/** Findings about a policy that no single file shows: rules without an effect, and files that contradict each other. */
import { definitions } from '../upstreams/definitions.ts';
import { baseName } from '../upstreams/login-name.ts';
import { denialsOf } from './evaluate.ts';
import { type PolicyLayer, type PolicyRule, ruleName } from './policy.ts';
import type { PolicySubject } from './subject.ts';

export interface PolicyFinding {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** @param subjects every known model, as a main turn. */
export function policyFindings(layers: readonly PolicyLayer[], subjects: readonly PolicySubject[]): PolicyFinding[] {
  return [
    ...layers.flatMap((layer) => layerFindings(layer)),
    ...layers.flatMap((layer) => unmatchedDenials(layer, subjects)),
    ...shadowedRules(layers),
    ...contradictions(layers, subjects),
  ];
}

function layerFindings({ path, document }: PolicyLayer): PolicyFinding[] {
  const { rules = [], override } = document;
  const names = rules.map(ruleName);
  const found: PolicyFinding[] = [];
  for (const [index, name] of names.entries())
    if (names.indexOf(name) !== index)
      found.push({ path, rule: name, message: 'Another rule of this file has the same id.' });
  for (const [index, rule] of rules.entries())
    for (const pattern of rule.effect === 'allow' ? (rule.upstreams ?? []) : [])
      if (!pattern.includes('://') && pattern !== '*' && !definitions.some(({ name }) => name === pattern))
        found.push({
          path,
          rule: ruleName(rule, index),
          message: `It allows "${pattern}", which is no upstream that ccp knows: a name of the settings allows nothing. Name its address, such as https://llm.example.com.`,
        });
  for (const name of override?.rules ?? [])
    if (
      !names.includes(name) &&
      !['allow rules', 'budgets.onUnknownPrice'].includes(name) &&
      !name.startsWith('requireUpstream.')
    )
      found.push({ path, rule: 'override', message: `There is no rule "${name}" that could be lifted.` });
  return found;
}

/** A denial of an upstream that nothing here is called, such as one that is misspelt or a host without its scheme. */
function unmatchedDenials({ path, document }: PolicyLayer, subjects: readonly PolicySubject[]): PolicyFinding[] {
  const names = new Set(
    [...definitions, ...subjects.map(({ upstream }) => upstream)].map(({ name }) => baseName(name)),
  );
  return (document.rules ?? []).flatMap((rule, index) =>
    (rule.effect === 'deny' ? (rule.upstreams ?? []) : [])
      .filter((pattern) => pattern !== '*' && !pattern.includes('://') && !names.has(baseName(pattern)))
      .map((pattern) => ({
        path,
        rule: ruleName(rule, index),
        message: `It denies "${pattern}", which no upstream here is called. Name an upstream, or an address such as https://llm.example.com.`,
      })),
  );
}

/** An allow rule that a denial covers completely has no effect. */
function shadowedRules(layers: readonly PolicyLayer[]): PolicyFinding[] {
  const denials = layers.flatMap(({ path, document: { rules = [] } }) =>
    rules.flatMap((rule, index) => (rule.effect === 'deny' ? [{ path, rule, name: ruleName(rule, index) }] : [])),
  );
  return layers.flatMap(({ path, document: { rules = [] } }) =>
    rules.flatMap((rule, index) => {
      const denial = rule.effect === 'allow' && denials.find((one) => covers(one.rule, rule));
      return denial
        ? [
            {
              path,
              rule: ruleName(rule, index),
              message: `It has no effect: "${denial.name}" of ${denial.path} denies all of it.`,
            },
          ]
        : [];
    }),
  );
}

const conditions = ['upstreams', 'models', 'repositories', 'classes'] as const;

/** Whether everything that `narrow` matches is matched by `wide`, as far as their texts show. */
function covers(wide: PolicyRule, narrow: PolicyRule): boolean {
  const isCovered = conditions.every((name) => {
    const patterns = wide[name];
    if (patterns === undefined || patterns.includes('*')) return true;
    return narrow[name]?.every((pattern) => patterns.includes(pattern)) ?? false;
  });
  return (
    isCovered &&
    (wide.attributes === undefined || JSON.stringify(wide.attributes) === JSON.stringify(narrow.attributes))
  );
}

/** Files that each allow something and together allow no known model. */
function contradictions(layers: readonly PolicyLayer[], subjects: readonly PolicySubject[]): PolicyFinding[] {
  if (layers.length === 0 || subjects.length === 0) return [];
  const isAllowed = (subject: PolicySubject, files: readonly PolicyLayer[]): boolean =>
    files.every((layer) => denialsOf(layer, subject).length === 0);
  const useless = layers.filter((layer) => !subjects.some((subject) => isAllowed(subject, [layer])));
  const single = useless.map(({ path }) => ({ path, rule: 'rules', message: 'It allows no known model here.' }));
  if (useless.length > 0 || layers.length < 2 || subjects.some((subject) => isAllowed(subject, layers))) return single;
  return [
    {
      path: layers.map(({ path }) => path).join(', '),
      rule: 'rules',
      message: 'Together these files allow no known model here.',
    },
  ];
}
