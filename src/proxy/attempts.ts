/**
 * Repeats attempts at one candidate until one succeeds, as long as no content has been forwarded. What the upstream
 * rejects and ccp can remove or replace (an optional field, replayed reasoning, a stale token) is changed once each.
 */
import { CcpError, overflowError, toCcpError } from '../errors/ccp-error.ts';
import { nameOf } from '../models/find.ts';
import { sleep } from '../ports/clock.ts';
import type { Credential } from '../ports/credential.ts';
import type { Candidate } from '../routing/candidate.ts';
import { traceHeaders } from '../translate/anthropic/client-headers.ts';
import type { Prepared } from '../translate/dialect.ts';
import type { Ending } from '../translate/output.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import { Attempt, type AttemptSink } from './attempt.ts';
import type { Client } from './client.ts';
import { credentialFor } from './credential.ts';
import type { ProxyDeps } from './deps.ts';
import { prepareFor, sentModel } from './prepare.ts';
import { retryWait } from './retry.ts';
import type { SessionCaches } from './session/session.ts';
import { betweenSteps, isLarge } from './steps.ts';

/** Maximum number of optional fields that are removed from one request. */
const maxRemovedFields = 3;

/** The part of a turn that is the same for all candidates. */
export interface TurnRequest {
  readonly request: MessagesRequest;
  readonly client: Client;
  /** The request as Claude Code sent it. */
  readonly body: string;
  readonly sink: Omit<AttemptSink, 'onQuota'>;
  /** Aborts with a CcpError as its reason. */
  readonly signal: AbortSignal;
}

export class Attempts {
  readonly #candidate: Candidate;
  readonly #turn: TurnRequest;
  readonly #caches: SessionCaches;
  readonly #deps: ProxyDeps;
  readonly #removedFields = new Set<string>();
  #credential: Credential;
  #isCredentialRenewed = false;
  #isReasoningRemoved = false;

  private constructor(
    candidate: Candidate,
    turn: TurnRequest,
    credential: Credential,
    caches: SessionCaches,
    deps: ProxyDeps,
  ) {
    this.#candidate = candidate;
    this.#turn = turn;
    this.#credential = credential;
    this.#caches = caches;
    this.#deps = deps;
  }

  /** @throws CcpError when the candidate has failed and no attempt remains. */
  static async run(candidate: Candidate, turn: TurnRequest, caches: SessionCaches, deps: ProxyDeps): Promise<Ending> {
    const { request, client, sink } = turn;
    const name = nameOf(candidate.target);
    const refusal = caches.refusals.of(name, request);
    if (refusal) throw refusal;
    const credential = await credentialFor(candidate, deps.credentials, client.login);
    const attempts = new Attempts(candidate, turn, credential, caches, deps);
    try {
      const ending = await attempts.#run();
      if (!caches.resends.isEmpty) caches.resends.forget(caches.resends.stepOf(turn.body));
      return ending;
    } catch (thrown) {
      if (thrown instanceof CcpError && !sink.delivery.hasContent) caches.refusals.remember(name, request, thrown);
      throw thrown;
    } finally {
      void caches.quotaPoll.poll(candidate.upstream, attempts.#credential, client.headers['user-agent']);
    }
  }

  async #run(): Promise<Ending> {
    const { sink, signal } = this.#turn;
    for (;;) {
      const prepared = this.#prepare();
      await betweenSteps(isLarge(this.#turn.body.length));
      // Written here, because a value that is nested too deep is an error of the request.
      void prepared.body.text;
      await betweenSteps(isLarge(this.#turn.body.length));
      signal.throwIfAborted();
      if (prepared.hasNoSearch && prepared.answerWithoutSearch)
        return this.#deliverWithoutSearch(prepared.answerWithoutSearch);
      try {
        return await this.#runAttempt(prepared);
      } catch (thrown) {
        const error = this.#recordFailure(toCcpError(thrown));
        if (sink.delivery.hasContent || signal.aborted) throw error;
        if (error.code === 'context_overflow') throw await this.#withTokenCount(error);
        if (error.code === 'search_refused' && prepared.answerWithoutSearch)
          return this.#deliverWithoutSearch(prepared.answerWithoutSearch);
        if (!(await this.#recover(error, prepared))) await this.#waitToRetry(error);
      }
    }
  }

  /** Records an accepted attempt that broke off. @returns the error, which is final after too many of them. */
  #recordFailure(error: CcpError): CcpError {
    const { sink, signal, body } = this.#turn;
    const { resends } = this.#caches;
    sink.meter.attemptFailed(error);
    if (signal.aborted || error.final || !sink.meter.isAccepted) return error;
    const step = resends.stepOf(body);
    resends.record(step);
    return resends.finalError(step, error) ?? error;
  }

  #prepare(): Prepared {
    const { request, client, sink } = this.#turn;
    const { rejected, warnings } = this.#caches;
    const prepared = prepareFor(this.#candidate, request, client, this.#credential, rejected, this.#deps.ports);
    for (const message of prepared.warnings) if (warnings.isNew(message)) sink.meter.warning(message);
    return prepared;
  }

  #runAttempt(prepared: Prepared): Promise<Ending> {
    const { upstream } = this.#candidate;
    const { client, sink, signal } = this.#turn;
    const { trace: requestTrace } = this.#deps;
    // The trace continues from ccp's own span, else from Claude Code's.
    const trace = { ...traceHeaders(client.headers), ...requestTrace?.headers(sink.meter.id) };
    const request = { upstream, prepared, credential: this.#credential, sessionId: client.sessionId, trace };
    const onQuota: AttemptSink['onQuota'] = (quota) => {
      this.#caches.quotaPoll.received(upstream.name, quota);
      sink.meter.quota(upstream.name, quota);
    };
    const transport = this.#deps.transportOf(upstream);
    return new Attempt(request, { ...sink, onQuota }, signal, transport, this.#deps).run();
  }

  #deliverWithoutSearch(answer: NonNullable<Prepared['answerWithoutSearch']>): Ending {
    const ending = this.#turn.sink.delivery.deliver(answer());
    if (ending) return ending;
    throw new Error('an answer without a search has no ending');
  }

  /** Removes the cause of a rejection, each kind once. @returns whether the request can be sent again. */
  async #recover(error: CcpError, prepared: Prepared): Promise<boolean> {
    const { upstream } = this.#candidate;
    const { meter } = this.#turn.sink;
    const { rejected } = this.#caches;
    if (error.code === 'reasoning_rejected' && prepared.replayedReasoning.length > 0 && !this.#isReasoningRemoved) {
      this.#isReasoningRemoved = true;
      rejected.addReasoning(prepared.replayedReasoning);
      meter.retry('the upstream refused replayed reasoning; sent without it', 0);
      return true;
    }
    const { field } = error;
    if (
      error.code === 'field_refused' &&
      field !== undefined &&
      this.#removedFields.size < maxRemovedFields &&
      !this.#removedFields.has(field)
    ) {
      this.#removedFields.add(field);
      rejected.addField(upstream.name, sentModel(this.#candidate), field);
      meter.retry(`${upstream.name} rejected ${field}; retried without it, and ${field} will not be sent again`, 0);
      return true;
    }
    if (error.code === 'credential_rejected' && !this.#isCredentialRenewed) {
      this.#isCredentialRenewed = true;
      const renewedCredential = await this.#deps.credentials.renew(upstream.name, this.#credential);
      if (renewedCredential === undefined) return false;
      this.#credential = renewedCredential;
      meter.retry('the token was refused; sent with a new one', 0);
      return true;
    }
    return false;
  }

  /** An overflow error contains token numbers. Where the upstream returned none, ccp counts the tokens itself. */
  async #withTokenCount(error: CcpError): Promise<CcpError> {
    const { overflow } = error;
    if (overflow === undefined || overflow.used !== undefined) return error;
    const tokenCount = await this.#caches.tokenCounts.local(nameOf(this.#candidate.target), this.#turn.request);
    // A count below the limit that was exceeded says only that ccp counts differently.
    const { maximum } = overflow;
    return tokenCount > maximum ? overflowError({ used: tokenCount, maximum, isCounted: true }) : error;
  }

  async #waitToRetry(error: CcpError): Promise<void> {
    const { sink, signal } = this.#turn;
    const { delivery, meter } = sink;
    const { timeouts, ports } = this.#deps;
    const waitMs = retryWait(error, {
      retries: meter.retries,
      elapsedMs: meter.elapsedMs,
      committed: delivery.isCommitted,
      pingIntervalMs: timeouts.pingIntervalMs,
      fraction: ports.randomness.fraction(),
    });
    if (waitMs === undefined) throw error;
    meter.retry(error.message, Math.round(waitMs));
    await sleep(ports.clock, waitMs, signal);
    // A keepalive block may have been opened during the wait; it counts as content.
    if (delivery.hasContent) throw error;
    signal.throwIfAborted();
  }
}
