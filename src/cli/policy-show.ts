/** `ccp policy show`: what is in force, each line with its file. */
import type { AppContext } from '../app/context.ts';
import { clockTime } from '../platform/clock.ts';
import { type EffectivePolicy, effectivePolicy, egressNames, type Sourced } from '../policy/effective.ts';
import { type PolicyLayer, type PolicyRule, ruleName } from '../policy/policy.ts';
import { table } from '../session/columns.ts';

export function showPolicy(json: boolean, { policy }: AppContext): number {
  const { layers, problems, overrides, claude } = policy.current;
  const effective = effectivePolicy(policy.current);
  if (json) {
    const files = layers.map(({ kind, path, hash, document }) => ({ kind, path, hash, document }));
    const text = { repository: policy.repository, hash: policy.hash, files, problems, overrides, claude, effective };
    process.stdout.write(`${JSON.stringify(text, null, 2)}\n`);
    return problems.length > 0 ? 1 : 0;
  }
  const lines = [`Repository: ${policy.repository.name}`];
  if (layers.length === 0 && problems.length === 0) lines.push('No policy is in force: every upstream may be used.');
  for (const { path, message } of problems) lines.push(`Cannot be used, so nothing is routed: ${path}. ${message}`);
  for (const { path, forcedBy, availableModels } of claude) {
    if (forcedBy.length > 0) lines.push(`Claude Code’s own settings force a login (${forcedBy.join(', ')}): ${path}`);
    if (availableModels)
      lines.push(`Claude Code’s own settings allow of its models ${availableModels.join(', ')}: ${path}`);
  }
  const rows = [...layers.flatMap((layer) => ruleRows(layer)), ...valueRows(effective)];
  if (rows.length > 0) lines.push('', table(rows));
  for (const { path, rule, until, reason } of overrides)
    lines.push(`Lifted until ${clockTime(until)}: ${rule} of ${path} (${reason})`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return problems.length > 0 ? 1 : 0;
}

const ruleRows = ({ path, document: { rules = [], requireUpstream = {} } }: PolicyLayer): string[][] => [
  ...rules.map((rule, index) => [rule.effect, ruleName(rule, index), conditionsText(rule), path]),
  ...Object.entries(requireUpstream).map(([repository, upstream]) => ['require', repository, `only ${upstream}`, path]),
];

function conditionsText({ upstreams, models, attributes, repositories, classes, reason }: PolicyRule): string {
  const parts = [
    upstreams && `upstreams ${upstreams.join(', ')}`,
    models && `models ${models.join(', ')}`,
    attributes &&
      Object.entries(attributes)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', '),
    repositories && `repositories ${repositories.join(', ')}`,
    classes && `classes ${classes.join(', ')}`,
  ].filter(Boolean);
  return `${parts.length === 0 ? 'everything' : parts.join('; ')}${reason === undefined ? '' : ` (${reason})`}`;
}

function valueRows(effective: EffectivePolicy): string[][] {
  const row = (name: string, entry: Sourced<unknown> | undefined): string[][] =>
    entry === undefined ? [] : [['set', name, String(entry.value), entry.path]];
  const { budgets, repositoryBudgets, egress, retentionDays } = effective;
  return [
    ...Object.entries(budgets).flatMap(([name, entry]) => row(`budgets.${name}`, entry)),
    ...Object.entries(repositoryBudgets).flatMap(([name, entry]) => row(`budgets.repositories.${name}`, entry)),
    ...row('budgets.onUnknownPrice', effective.onUnknownPrice),
    ...egressNames.flatMap((name) => row(`egress.${name}`, egress[name])),
    ...row('outboundSecrets', effective.outboundSecrets),
    ...row('bodyLogging', effective.bodyLogging),
    ...Object.entries(retentionDays).flatMap(([name, entry]) => row(`retentionDays.${name}`, entry)),
    ...row('commitTrailer', effective.commitTrailer),
    ...row('telemetry', effective.telemetry),
    ...effective.minimumVersions.flatMap((entry) => row('minimumVersion', entry)),
    ...effective.claudeCode.flatMap((entry) => row('claudeCode', entry)),
    ...row('message', effective.message),
  ];
}
