/** What a policy decides about: a target, for a class of requests, in a repository. */
import type { Target } from '../models/find.ts';
import type { PolicyUpstream, Repository } from './match.ts';

export interface PolicySubject {
  readonly upstream: PolicyUpstream;
  readonly target: Target;
  /** The class of the request and that of its route. */
  readonly classes: readonly string[];
  readonly repository: Repository;
  /** What a request costs can be told. */
  readonly hasKnownCost: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}
