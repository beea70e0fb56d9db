/** The policy as a gate of the routing decision. */
import { fullName } from '../models/find.ts';
import type { Candidate, Denial } from '../routing/candidate.ts';
import type { DecisionFacts } from '../routing/facts.ts';
import type { Gate } from '../routing/gates.ts';
import { evaluate, type PolicyDenial } from './evaluate.ts';
import type { Repository } from './match.ts';
import type { Policy } from './policy.ts';
import type { PolicySubject } from './subject.ts';

export interface PolicyContext {
  readonly policy: Policy;
  readonly repository: Repository;
  /** Epoch milliseconds. */
  readonly now: number;
}

export const policyGate =
  (context: PolicyContext): Gate =>
  (candidate, facts) => {
    const denial = evaluate(context.policy, subjectOf(candidate, facts, context));
    return denial && denialOf(denial, candidate, facts, context);
  };

export const subjectOf = (
  { upstream, target, routeClass, costKind, price }: Candidate,
  { requestClass }: Pick<DecisionFacts, 'requestClass'>,
  { repository, now }: Pick<PolicyContext, 'repository' | 'now'>,
): PolicySubject => ({
  upstream,
  target,
  classes: [requestClass, routeClass],
  repository,
  hasKnownCost: costKind === 'plan' || costKind === 'local' || (costKind === 'metered' && price !== undefined),
  now,
});

function denialOf(denial: PolicyDenial, candidate: Candidate, facts: DecisionFacts, context: PolicyContext): Denial {
  const { path, rule, reason, message, overrideMinutes } = denial;
  const allowed = allowedHere(candidate, facts, context);
  const parts = [
    `The policy ${path} does not allow ${fullName(candidate.target)} here. ${reason}`,
    allowed.length > 0 ? `Allowed: ${allowed.join(', ')}.` : '',
    message ?? '',
    overrideMinutes > 0
      ? `\`ccp policy override '${rule}' --minutes ${overrideMinutes} --reason TEXT\` lifts it for a while.`
      : '',
  ];
  return { target: candidate.target, kind: 'policy', rule, file: path, message: parts.filter(Boolean).join(' ') };
}

const maxNamed = 4;

/** The first model of each upstream that the policy allows for the same class and repository. */
function allowedHere(candidate: Candidate, facts: DecisionFacts, context: PolicyContext): string[] {
  const { catalogue, upstreams } = facts.directory;
  return upstreams
    .flatMap((upstream) => {
      const row = catalogue.find(
        (one) => one.upstream === upstream.name && isAllowed({ ...candidate, upstream, ...costOf(upstream, one) }, one),
      );
      return row ? [`${row.upstream}/${row.id}`] : [];
    })
    .slice(0, maxNamed);

  function isAllowed(other: Candidate, row: (typeof catalogue)[number]): boolean {
    if (other.upstream.transport === 'in-process') return false;
    const target = { upstream: row.upstream, model: row.id, row };
    return evaluate(context.policy, subjectOf({ ...other, target }, facts, context)) === undefined;
  }
}

const costOf = (
  { costKind }: Candidate['upstream'],
  { price }: { price?: Candidate['price'] },
): Pick<Candidate, 'costKind' | 'price'> => ({ costKind, price });
