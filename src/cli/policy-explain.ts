/** `ccp policy explain MODEL`: the rule that decides, and what would allow it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AppContext } from '../app/context.ts';
import { PolicySource } from '../app/policy.ts';
import { explainPolicy, type PolicyAnswer, routeClassNamed } from '../app/policy-explain.ts';
import { UserError } from '../errors/user-error.ts';

export interface ExplainFlags {
  readonly repo: string | undefined;
  readonly class: string | undefined;
  readonly json: boolean;
}

/** @returns 0 when the model is allowed, 1 when it is denied. */
export async function explain(
  model: string,
  { repo, class: name, json }: ExplainFlags,
  context: AppContext,
): Promise<number> {
  const policy = repo === undefined ? context.policy : await policyOf(repo, context);
  const routeClass = routeClassNamed(name);
  const answer = explainPolicy({ model, repository: policy.repository, routeClass }, policy.current, context);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ model: answer.name, repository: policy.repository.name, class: routeClass, allowed: answer.denial === undefined, denials: answer.all }, null, 2)}\n`,
    );
  else process.stdout.write(`${textOf(answer, policy, routeClass)}\n`);
  return answer.denial === undefined ? 0 : 1;
}

/** @throws UserError when the folder does not exist. */
function policyOf(repo: string, context: AppContext): Promise<PolicySource> {
  const folder = resolve(repo);
  if (!existsSync(folder)) throw new UserError(`--repo: there is no folder ${folder}.`, 2);
  return PolicySource.read(context, folder);
}

function textOf(
  { name, address, denial, all }: PolicyAnswer,
  { repository, current }: PolicySource,
  routeClass: string,
): string {
  const what = `${name} (${address || 'inside ccp'}) for ${routeClass} in ${repository.name}`;
  if (denial === undefined) {
    const files = current.layers.map(({ path }) => path).join(', ');
    return `allowed: ${what}\n${files === '' ? 'No policy is in force.' : `Every file allows it: ${files}`}`;
  }
  const lines = [`denied: ${what}`, `${denial.path}, ${denial.rule}: ${denial.reason}`];
  for (const other of all.filter(({ path, rule }) => path !== denial.path || rule !== denial.rule))
    lines.push(`also ${other.path}, ${other.rule}: ${other.reason}`);
  if (denial.message !== undefined) lines.push(denial.message);
  lines.push(remedyOf(denial));
  return lines.join('\n');
}

function remedyOf({ path, rule, overrideMinutes }: NonNullable<PolicyAnswer['denial']>): string {
  if (overrideMinutes > 0)
    return `To lift it for up to ${overrideMinutes} minutes: ccp policy override '${rule}' --minutes ${overrideMinutes} --reason TEXT`;
  if (rule === 'allow rules')
    return `It would be allowed by an allow rule of ${path} that matches its address and its id.`;
  if (rule === 'the file itself') return `It would be allowed when ${path} can be used.`;
  return `It would be allowed when ${rule} of ${path} no longer matches it.`;
}
