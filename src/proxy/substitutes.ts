/** Which of a turn's candidates takes the request when its route cannot: for an outage, a failure, a used-up budget. */
import { CcpError } from '../errors/ccp-error.ts';
import { fullName, nameOf } from '../models/find.ts';
import { type Candidate, nextCandidate } from '../routing/candidate.ts';
import { hasImages } from '../translate/anthropic/images.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { SessionCaches } from './session/session.ts';

/** A model of the setting `fallback`. */
const isFallback = ({ follows }: Candidate): boolean => follows?.includes('wall') === true;

/** A model of the setting `fallback`, or the one that takes requests when a budget is used up. */
export const isSubstitute = (candidate: Candidate): boolean =>
  isFallback(candidate) || candidate.follows?.includes('budget') === true;

export const isBudgetError = (thrown: unknown): boolean =>
  thrown instanceof CcpError && thrown.code === 'budget_exceeded';

export class Substitutes {
  readonly #candidates: readonly Candidate[];
  readonly #request: MessagesRequest;
  readonly #caches: Pick<SessionCaches, 'outages' | 'tokenCounts'>;

  constructor(
    candidates: readonly Candidate[],
    request: MessagesRequest,
    caches: Pick<SessionCaches, 'outages' | 'tokenCounts'>,
  ) {
    this.#candidates = candidates;
    this.#request = request;
    this.#caches = caches;
  }

  get exist(): boolean {
    return this.#candidates.some(isSubstitute);
  }

  /** The first fallback that can take the request while the route has an outage; `undefined`: the route is asked. */
  async forOutage(route: Candidate): Promise<Candidate | undefined> {
    const { outages } = this.#caches;
    if (!this.exist || outages.isAvailable(route)) return undefined;
    for (const candidate of this.#candidates)
      if (isFallback(candidate) && outages.isAvailable(candidate) && (await this.#fits(candidate))) return candidate;
    return undefined;
  }

  /** Whether a model that no budget stops takes the request when one is used up. */
  async takeOverAtBudget(): Promise<boolean> {
    const candidate = this.#candidates.find(({ follows }) => follows?.includes('budget'));
    return candidate !== undefined && candidate.costKind !== 'metered' && (await this.#fits(candidate));
  }

  /**
   * @param error of the failed candidate.
   * @param routeError of the route; `undefined` when the request began with a fallback.
   */
  async next(failed: Candidate, error: CcpError, routeError: CcpError | undefined): Promise<Candidate | undefined> {
    const isStopped = isBudgetError(error);
    const following = (after: Candidate): Candidate | undefined => {
      const rest = this.#candidates.slice(this.#candidates.indexOf(after) + 1);
      // A fallback that a budget stops is followed by the model for a used-up budget.
      const forBudget = isStopped ? rest.find(({ follows }) => follows?.includes('budget')) : undefined;
      const forRoute =
        routeError === undefined ? rest.find(isFallback) : nextCandidate(this.#candidates, after, routeError);
      return forRoute ?? forBudget;
    };
    let next = following(failed);
    while (next && isSubstitute(next) && !(await this.#fits(next))) next = following(next);
    return next;
  }

  /** The error, with a note if it is a budget's whose substitute exists and cannot take the request. */
  async withBudgetNote(error: CcpError): Promise<CcpError> {
    if (!isBudgetError(error)) return error;
    const substitute = this.#candidates.find(({ follows }) => follows?.includes('budget'));
    if (substitute === undefined || (await this.#fits(substitute))) return error;
    const note = `${fullName(substitute.target)}, which takes the requests then, cannot take this one: it is too long for it, or contains images.`;
    return error.withMessage(`${error.message} ${note}`);
  }

  /** Whether a substitute can take the request: its images and its length. Checked only when one is needed. */
  async #fits({ target, contextWindow, abilities }: Candidate): Promise<boolean> {
    if (abilities.images !== 'yes' && hasImages(this.#request)) return false;
    const tokensOf = await this.#caches.tokenCounts.estimator(this.#request);
    return tokensOf(nameOf(target)) <= contextWindow;
  }
}
