/** Where a request may be sent. A candidate is the only source for everything that depends on its target. */
import { CcpError, type Overflow, overflowError } from '../errors/ccp-error.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { Abilities } from '../models/abilities.ts';
import type { Target } from '../models/find.ts';
import type { CostKind, PriceRow } from '../models/types.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { RouteClass } from './classes.ts';
import type { Route } from './table.ts';

/** Kinds of failure after which another candidate may be tried. */
export type FailureReason = 'overflow' | 'wall' | 'login' | 'failure' | 'budget';

export interface Proposal extends Route {
  readonly routeClass: RouteClass;
  /** Why this target was chosen, as text for the meter and the log. */
  readonly reason: string;
  /** Failures of an earlier candidate after which this one is tried. When omitted, it is only used as the first. */
  readonly follows?: readonly FailureReason[];
}

export interface Candidate extends Proposal {
  readonly upstream: Upstream;
  readonly target: Target;
  /** `client`: Claude Code's own login is passed on. `own`: a credential of ccp's. */
  readonly credential: 'client' | 'own' | 'none';
  /** How a request to this candidate is paid for. */
  readonly costKind: CostKind;
  readonly price: PriceRow | undefined;
  /** In tokens. */
  readonly contextWindow: number;
  readonly abilities: Abilities;
  /** The request's input in this model's tokens; `undefined` when not counted. */
  readonly inputTokens: number | undefined;
}

/** A candidate that must not be used. */
export interface Denial {
  readonly target: Target;
  readonly kind: 'window' | 'policy';
  /** The name of the rule that denied it. */
  readonly rule: string;
  /** The policy file of the rule. */
  readonly file?: string;
  /** The reason and the remedy. */
  readonly message: string;
  /** Set when `kind` is `window`. */
  readonly overflow?: Overflow;
}

export interface DeniedCandidate extends Denial {
  readonly candidate: Candidate;
}

export interface Decision {
  /** In the order in which they are tried. */
  readonly candidates: readonly Candidate[];
  readonly denied: readonly DeniedCandidate[];
}

/** The error for a request whose candidates are all denied. */
export const denialError = ({ kind, message, rule, overflow }: Denial): CcpError =>
  kind === 'window' && overflow !== undefined
    ? overflowError(overflow)
    : new CcpError('route_denied', `${message} (rule: ${rule})`);

/** @throws CcpError of the first denial when the requested route is denied. */
export function firstCandidate({ candidates, denied }: Decision): Candidate {
  // A candidate that follows a failure takes no request whose own route is denied.
  const first = candidates.find(({ follows }) => follows === undefined);
  if (first) return first;
  const [denial] = denied;
  throw denial ? denialError(denial) : new CcpError('unknown_model', '$.model: there is no route for this request.');
}

const reasonOfCode: Readonly<Partial<Record<ErrorCode, FailureReason>>> = {
  context_overflow: 'overflow',
  plan_limit: 'wall',
  rate_limited: 'wall',
  credential_rejected: 'login',
  no_credential: 'login',
  upstream_failed: 'failure',
  upstream_overloaded: 'failure',
  upstream_timeout: 'failure',
  unreachable: 'failure',
  no_headers: 'failure',
  reset: 'failure',
  budget_exceeded: 'budget',
};

/** A shorter wait is none: Claude Code sends the request again by itself. */
const minWallSec = 20;

/** Why another candidate may be tried after this error; `undefined` when the error is final. */
export function failureReason({ code, retryAfterSec }: CcpError): FailureReason | undefined {
  if (code === 'rate_limited' && retryAfterSec !== undefined && retryAfterSec <= minWallSec) return undefined;
  return reasonOfCode[code];
}

/** The candidate to try after another failed before any content; `undefined` when the failure is final. */
export function nextCandidate(
  candidates: readonly Candidate[],
  failed: Candidate,
  error: CcpError,
): Candidate | undefined {
  const { overflow } = error;
  const reason = failureReason(error);
  if (reason === undefined) return undefined;
  const requiredTokens = reason === 'overflow' ? Math.max(overflow?.used ?? 0, failed.contextWindow + 1) : 0;
  return candidates
    .slice(candidates.indexOf(failed) + 1)
    .find(({ follows, contextWindow }) => follows?.includes(reason) && contextWindow >= requiredTokens);
}
