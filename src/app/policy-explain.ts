/** Why the policy allows or denies a model: for `ccp policy explain` and `test`. */

import { CcpError } from '../errors/ccp-error.ts';
import { UserError } from '../errors/user-error.ts';
import { fullName } from '../models/find.ts';
import { systemClock } from '../platform/clock.ts';
import { denialsOf, evaluate, type PolicyDenial } from '../policy/evaluate.ts';
import { subjectOf } from '../policy/gate.ts';
import type { Repository } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicySubject } from '../policy/subject.ts';
import { isRouteClass, type RouteClass, requestClassOf, routeClasses } from '../routing/classes.ts';
import { defaultRules } from '../routing/decide.ts';
import { decideNamed } from '../routing/launch-routes.ts';
import type { AppContext } from './context.ts';

export interface PolicyQuestion {
  readonly model: string;
  readonly repository: Repository;
  readonly routeClass: RouteClass;
}

export interface PolicyAnswer {
  /** `UPSTREAM/MODEL`. */
  readonly name: string;
  /** The address that the rules are compared with. */
  readonly address: string;
  /** The denial that decides; `undefined`: allowed. */
  readonly denial: PolicyDenial | undefined;
  /** Every denial, from the strongest file on. */
  readonly all: readonly { readonly path: string; readonly rule: string; readonly reason: string }[];
}

/** @throws UserError for a class that does not exist. */
export function routeClassNamed(name: string | undefined): RouteClass {
  const routeClass = name ?? 'main';
  if (isRouteClass(routeClass)) return routeClass;
  throw new UserError(`--class: "${routeClass}" is not one of ${routeClasses.join(', ')}.`, 2);
}

/** @throws UserError for an unknown model. */
export function explainPolicy(question: PolicyQuestion, policy: Policy, context: AppContext): PolicyAnswer {
  const subject = subjectNamed(question, context);
  return {
    name: fullName(subject.target),
    address: subject.upstream.baseUrl,
    denial: evaluate(policy, subject),
    all: policy.layers.flatMap((layer) => denialsOf(layer, subject).map((denial) => ({ path: layer.path, ...denial }))),
  };
}

function subjectNamed({ model, repository, routeClass }: PolicyQuestion, { directory }: AppContext): PolicySubject {
  try {
    // The policy alone is asked about: no other gate decides here.
    const decision = decideNamed(model, directory, { ...defaultRules, gates: [] }, { routeClass });
    const [candidate] = decision.candidates;
    if (candidate === undefined) throw new CcpError('unknown_model', `There is no route for ${model}.`);
    const requestClass = requestClassOf(routeClass);
    return subjectOf(candidate, { requestClass }, { repository, now: systemClock.now() });
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    throw new UserError(thrown.message.replace('$.model: ', ''), 2);
  }
}

/** Every known model, as a main turn in a repository. */
export function knownSubjects(repository: Repository, context: AppContext): PolicySubject[] {
  const names = context.upstreams.map(({ name }) => name);
  return context.catalogue
    .filter((row) => names.includes(row.upstream))
    .map((row) => subjectNamed({ model: `${row.upstream}/${row.id}`, repository, routeClass: 'main' }, context));
}
