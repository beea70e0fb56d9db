/** `ccp policy override RULE`: lifts a denial for a while, where its file permits that. Written to the audit log. */
import { createAudit } from '../app/audit.ts';
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { clockTime, systemClock } from '../platform/clock.ts';
import { overrideMinutes, type PolicyLayer, ruleName } from '../policy/policy.ts';
import { storeOverride } from '../storage/policy-files.ts';

export interface OverrideFlags {
  readonly minutes: number | undefined;
  readonly reason: string | undefined;
}

/** @throws UserError when no file permits it, or it is not asked for at a terminal. */
export async function overridePolicy(
  rule: string,
  { minutes, reason }: OverrideFlags,
  context: AppContext,
): Promise<number> {
  const text = reason?.trim() ?? '';
  if (minutes === undefined || text.length < 3)
    throw new UserError('Say for how long and why: --minutes N --reason TEXT.', 2);
  // A command that a model runs has no terminal.
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new UserError('A denial is lifted only at a terminal of your own.');
  const layer = layerOf(rule, context.policy.current.layers);
  const maximum = overrideMinutes(layer.document, rule);
  if (maximum === 0) throw new UserError(`${layer.path} does not permit to lift "${rule}".`);
  if (minutes > maximum) throw new UserError(`${layer.path} permits to lift "${rule}" for ${maximum} minutes at most.`);
  const audited = await createAudit(context, undefined, () => {}).add({
    type: 'override',
    details: { rule, file: layer.path, minutes, reason: text },
  });
  const now = systemClock.now();
  if (audited === undefined)
    throw new UserError(`The audit log ${context.paths.auditFile} cannot be written, so nothing was lifted.`);
  // Counted from the line's time, which limits it.
  const until = Date.parse(audited.time) + minutes * 60_000;
  storeOverride(
    context.paths.policyOverrides,
    { path: layer.path, rule, until, reason: text, hash: audited.hash },
    now,
  );
  process.stdout.write(`Lifted until ${clockTime(until)}: ${rule} of ${layer.path}. It is in the audit log.\n`);
  return 0;
}

/** The strongest file that has the rule. */
function layerOf(rule: string, layers: readonly PolicyLayer[]): PolicyLayer {
  const namesOf = ({ document: { rules = [], requireUpstream = {} } }: PolicyLayer): string[] => [
    ...rules.map(ruleName),
    ...Object.keys(requireUpstream).map((repository) => `requireUpstream.${repository}`),
    'allow rules',
    'budgets.onUnknownPrice',
  ];
  const having = layers.filter((layer) => namesOf(layer).includes(rule));
  const layer = having.find(({ document }) => overrideMinutes(document, rule) > 0) ?? having[0];
  if (layer) return layer;
  throw new UserError(`No file of the policy has a rule "${rule}". \`ccp policy show\` lists them.`, 2);
}
