/** `ccp policy test FILE`: a team's cases, for its CI. */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { AppContext } from '../app/context.ts';
import { explainPolicy, routeClassNamed } from '../app/policy-explain.ts';
import { UserError } from '../errors/user-error.ts';
import { sha256 } from '../platform/randomness.ts';
import { repositoryOf } from '../platform/repository.ts';
import type { Repository } from '../policy/match.ts';
import { asArray, asString, isObject, parseJson } from '../wire/json.ts';

interface Case {
  readonly model: string;
  readonly repo: string | undefined;
  readonly class: string | undefined;
  readonly expect: 'allow' | 'deny';
  /** The rule that decides; not compared when omitted. */
  readonly rule: string | undefined;
}

/** @returns 1 when a decision differs. @throws UserError for a file that is none. */
export function testPolicy(path: string, json: boolean, context: AppContext): number {
  const results = readCases(path).map((one, index) => ({ case: index + 1, ...one, ...resultOf(one, context) }));
  const failed = results.filter(({ difference }) => difference !== undefined);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ passed: results.length - failed.length, failed: failed.length, cases: results }, null, 2)}\n`,
    );
  else {
    for (const { case: number, model, difference } of failed)
      process.stdout.write(`${number}. ${model}: ${difference}\n`);
    process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed\n`);
  }
  return failed.length > 0 ? 1 : 0;
}

function resultOf(one: Case, context: AppContext): { difference: string | undefined } {
  const question = {
    model: one.model,
    repository: repositoryOfCase(one.repo, context),
    routeClass: routeClassNamed(one.class),
  };
  const { denial } = explainPolicy(question, context.policy.current, context);
  const decision = denial === undefined ? 'allow' : 'deny';
  const by = denial === undefined ? '' : ` by ${denial.rule} of ${denial.path}`;
  if (decision !== one.expect) return { difference: `expected ${one.expect}, and it is ${decision}${by}` };
  if (one.rule !== undefined && denial?.rule !== one.rule)
    return { difference: `expected the rule ${one.rule}, and it is denied${by}` };
  return { difference: undefined };
}

/** A path of a folder, or the name of a remote. */
function repositoryOfCase(repo: string | undefined, { policy }: AppContext): Repository {
  if (repo === undefined) return policy.repository;
  return isAbsolute(repo) ? repositoryOf(repo, sha256) : { name: repo, root: '' };
}

function readCases(path: string): Case[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new UserError(`${path} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.`, 2);
  }
  const json = parseJson(text);
  if (!isObject(json) || !Array.isArray(json.cases))
    throw new UserError(
      `${path}: must be a JSON object with "cases": [{"model": "codex/gpt-5.5", "expect": "deny"}].`,
      2,
    );
  return asArray(json.cases).map((entry, index) => caseOf(entry, `${path}: cases[${index}]`));
}

function caseOf(entry: unknown, where: string): Case {
  const one = isObject(entry) ? entry : {};
  const model = asString(one.model);
  if (model === undefined) throw new UserError(`${where}.model: must be a string.`, 2);
  if (one.expect !== 'allow' && one.expect !== 'deny')
    throw new UserError(`${where}.expect: must be "allow" or "deny".`, 2);
  const unknown = Object.keys(one).find(
    (name) => !['model', 'repo', 'class', 'expect', 'rule', 'comment'].includes(name),
  );
  if (unknown !== undefined) throw new UserError(`${where}.${unknown}: is not a member of a case.`, 2);
  return { model, repo: asString(one.repo), class: asString(one.class), expect: one.expect, rule: asString(one.rule) };
}
