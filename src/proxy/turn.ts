/** One request: decide, then try candidates until one succeeds. */
import type { IncomingHttpHeaders } from 'node:http';
import { type CcpError, toCcpError } from '../errors/ccp-error.ts';
import { fullName, nameOf } from '../models/find.ts';
import { type Candidate, failureReason, firstCandidate } from '../routing/candidate.ts';
import { classify, type RequestClass } from '../routing/classes.ts';
import { traceHeaders } from '../translate/anthropic/client-headers.ts';
import type { Ending } from '../translate/output.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import { admit } from './admission.ts';
import type { Answer } from './answer.ts';
import { Attempts, type TurnRequest } from './attempts.ts';
import { CandidateHeaders } from './candidate-headers.ts';
import { type Client, clientOf } from './client.ts';
import { contentKeys } from './content-keys.ts';
import { decideFor } from './decision.ts';
import { Delivery } from './delivery.ts';
import type { ProxyDeps } from './deps.ts';
import { estimateUsage, mayOverflow } from './estimate.ts';
import { substituteFailed } from './failed-substitute.ts';
import type { FanOutRequest } from './fan-out.ts';
import { finishTurn } from './finish-turn.ts';
import { conversationOf } from './learn.ts';
import type { AfterWait } from './limit-hold.ts';
import { probeLimit, withKnownReset } from './limit-probe.ts';
import { abortAtTimeLimit, abortOnClose, type Connection } from './request-abort.ts';
import type { Session } from './session/session.ts';
import type { StreamMeter } from './stream-meter.ts';
import { isBudgetError, isSubstitute, Substitutes } from './substitutes.ts';
import { waitAtLimit } from './wait-at-limit.ts';

export interface Inbound extends Connection {
  /** JSON text. */
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** Claude Code's tools that run shell commands. */
const isShell = (tool: string): boolean => tool === 'Bash' || tool === 'PowerShell';

export class Turn {
  readonly #inbound: Inbound;
  readonly #answer: Answer;
  readonly #meter: StreamMeter;
  readonly #session: Session;
  readonly #deps: ProxyDeps;
  readonly #request: MessagesRequest;
  readonly #client: Client;
  readonly #class: RequestClass;
  readonly #delivery: Delivery;
  readonly #abort = new AbortController();
  /** The candidate that is asked. */
  #current: Candidate | undefined;
  readonly #fanOutRequest: FanOutRequest;
  /** When the request was first held at a limit, milliseconds of the clock's `elapsed`. */
  #heldAt: number | undefined;
  readonly #candidateHeaders: CandidateHeaders;

  constructor(
    request: MessagesRequest,
    inbound: Inbound,
    answer: Answer,
    meter: StreamMeter,
    session: Session,
    deps: ProxyDeps,
  ) {
    this.#request = request;
    this.#inbound = inbound;
    this.#answer = answer;
    this.#meter = meter;
    this.#session = session;
    this.#deps = deps;
    this.#candidateHeaders = new CandidateHeaders(inbound.raw);
    this.#client = clientOf(request, inbound.headers, deps.identity.secret);
    this.#class = classify(request, inbound.headers);
    this.#fanOutRequest = {
      keys: contentKeys({ request, requestClass: this.#class, agentId: this.#client.agentId }, deps.ports.hash),
      signal: this.#abort.signal,
      onHeld: () => this.#meter.held('fan-out'),
    };
    this.#delivery = new Delivery(
      answer,
      meter,
      {
        id: `msg_${deps.ports.randomness.id(24)}`,
        model: request.model,
      },
      (id, name) => {
        if (isShell(name) && this.#current) deps.onShellCall?.(id, this.#current.target);
      },
    );
  }

  async run(): Promise<void> {
    const stopListening = abortOnClose(this.#inbound, this.#abort);
    const stopTimers = this.#startTimers();
    try {
      this.#deps.trace?.begin(this.#meter.id, traceHeaders(this.#client.headers));
      this.#meter.started(this.#class, this.#request.model);
      if (this.#class === 'title') this.#session.title?.onTitleRequest();
      await this.#enter();
      let after: AfterWait | undefined = 'decide';
      while (after !== undefined) after = await this.#tryCandidates(after);
    } catch (thrown) {
      this.#delivery.closeText();
      throw thrown;
    } finally {
      this.#session.fanOut.leave(this.#fanOutRequest);
      stopTimers();
      stopListening();
    }
  }

  /** Returns when the session has no more requests than its limits allow. */
  async #enter(): Promise<void> {
    await this.#session.fanOut.enter(this.#fanOutRequest);
    this.#afterHold();
  }

  #startTimers(): () => void {
    const { ports, timeouts } = this.#deps;
    return this.#answer.streaming
      ? this.#delivery.keepAlive(ports.clock, timeouts.pingIntervalMs)
      : abortAtTimeLimit(ports.clock, this.#abort);
  }

  /**
   * Tries the candidates in order, until one succeeds or one fails with an error that no other candidate can avoid.
   * @returns what to do after a wait at a limit; `undefined` when the request is answered.
   */
  async #tryCandidates(after: AfterWait): Promise<AfterWait | undefined> {
    const decidedAt = this.#session.limits.version;
    const decision = await decideFor(this.#request, this.#class, this.#client, this.#session, this.#deps);
    const denied = decision.denied.find(({ candidate: { follows } }) => follows === undefined);
    // A refusal is recorded under the route that was denied.
    if (denied) this.#meter.routed(denied.candidate, () => this.#estimate(denied.candidate));
    const { outages } = this.#session.caches;
    const route = firstCandidate(decision);
    const substitutes = new Substitutes(decision.candidates, this.#request, this.#session.caches);
    if (!substitutes.exist) this.#noteTurn(route);
    const fallback = after === 'ask' ? undefined : await substitutes.forOutage(route);
    if (fallback) void probeLimit(route, this.#client, this.#session.caches, this.#deps);
    const wait = (error: CcpError) => this.#waitAtLimit(route, error, decidedAt);
    const standing = after === 'ask' ? undefined : this.#session.limits.standing(route, this.#heldAt !== undefined);
    const waited = standing && fallback === undefined ? await wait(standing) : undefined;
    if (waited) return waited;
    let candidate = fallback ?? route;
    /** The error of the route itself. That of a fallback does not replace it. */
    let routeError: CcpError | undefined;
    /** The limit of the route itself, not that of the model that takes requests for a used-up budget. */
    let limitError = standing;
    for (;;) {
      const askedAt = this.#deps.ports.clock.now();
      let ending: Ending;
      try {
        ending = await this.#tryCandidate(candidate, substitutes);
      } catch (thrown) {
        const error = this.#errorOf(thrown, candidate);
        const reason = failureReason(error);
        if (reason === 'wall' || reason === 'failure') outages.failed(candidate, reason, error);
        if (isSubstitute(candidate) && !this.#abort.signal.aborted)
          substituteFailed(route, candidate, error, { meter: this.#meter, session: this.#session });
        // After a used-up budget, what the user needs to know is why its substitute cannot answer.
        if (!isSubstitute(candidate) || (reason !== 'budget' && isBudgetError(routeError))) routeError = error;
        if (candidate === route) limitError = reason === 'wall' ? error : undefined;
        if (!this.#canMoveOn) throw error;
        const next = await substitutes.next(candidate, error, routeError);
        this.#candidateHeaders.remove();
        const afterWait = next === undefined && limitError ? await wait(limitError) : undefined;
        if (afterWait) return afterWait;
        // A request that began with a fallback, because of an outage, asks the route after all.
        if (next === undefined && routeError) throw await substitutes.withBudgetNote(routeError);
        candidate = next ?? route;
        continue;
      }
      outages.succeeded(candidate, askedAt);
      if (candidate === route && this.#session.limits.answered(route.target, askedAt))
        this.#session.routes.chooseSubstitute(fullName(route.target), undefined);
      if (substitutes.exist) this.#noteTurn(candidate);
      await this.#finish(candidate, ending);
      return undefined;
    }
  }

  #errorOf(thrown: unknown, { upstream }: Candidate): CcpError {
    return withKnownReset(toCcpError(thrown), upstream, this.#session.caches, this.#deps.ports.clock.now());
  }

  get #canMoveOn(): boolean {
    return !this.#delivery.hasContent && !this.#abort.signal.aborted;
  }

  /** @returns what to do after the wait; `undefined` when the request does not wait. */
  async #waitAtLimit(candidate: Candidate, error: CcpError, decidedAt: number): Promise<AfterWait | undefined> {
    // A response without a stream cannot be kept alive.
    if (!this.#answer.streaming) return undefined;
    this.#meter.routed(candidate, () => this.#estimate(candidate));
    const after = await waitAtLimit(
      {
        candidate,
        error,
        request: this.#request,
        requestClass: this.#class,
        client: this.#client,
        decidedAt,
        heldAt: this.#heldAt,
        signal: this.#abort.signal,
        onHeld: () => {
          this.#heldAt ??= this.#deps.ports.clock.elapsed();
          // Nothing is sent meanwhile: what the request had reserved is free for others.
          this.#session.budget.release(this.#meter.id);
          this.#session.fanOut.leave(this.#fanOutRequest);
          this.#meter.held('limit');
        },
      },
      this.#session,
      this.#deps,
    );
    if (after) await this.#enter();
    return after;
  }

  /** A block that only kept the connection alive does not prevent another attempt, and the wait was not its time. */
  #afterHold(): void {
    this.#delivery.afterHold();
    this.#meter.released();
  }

  /** Small requests outside the conversation have no tools and use other models. */
  #noteTurn(candidate: Candidate): void {
    if (this.#class === 'turn' && this.#request.tools.length > 0) this.#session.routes.noteTurn(candidate);
  }

  async #tryCandidate(candidate: Candidate, substitutes: Substitutes): Promise<Ending> {
    const { budget, caches, outbound } = this.#session;
    this.#current = candidate;
    this.#meter.routed(candidate, () => this.#estimate(candidate));
    await outbound.check(this.#request, candidate, this.#abort.signal);
    // An error of the window must say how many tokens are in use, without a wait.
    if (mayOverflow(this.#inbound.body.length, candidate)) this.#deps.ports.tokens.warm();
    await admit(
      candidate,
      this.#request,
      {
        id: this.#meter.id,
        requestClass: this.#class,
        hasBudgetSubstitute: this.#class === 'compaction' && (await substitutes.takeOverAtBudget()),
        signal: this.#abort.signal,
      },
      {
        budget,
        warnings: caches.warnings,
        onWarning: (message) => this.#meter.warning(message),
        confirmUnknownPrice: (one, signal) => this.#session.unknownPrices.confirm(one, signal),
      },
    );
    // It may have waited for a budget.
    this.#afterHold();
    return Attempts.run(candidate, this.#turnRequest, caches, this.#deps);
  }

  get #turnRequest(): TurnRequest {
    return {
      request: this.#request,
      client: this.#client,
      body: this.#inbound.body,
      signal: this.#abort.signal,
      sink: {
        delivery: this.#delivery,
        meter: this.#meter,
        onHeaders: (headers) => this.#candidateHeaders.set(headers),
      },
    };
  }

  /** The usage of a response that was not counted, from what the conversation has shown before. */
  #estimate({ target }: Candidate): MessagesUsage {
    const { hash } = this.#deps.ports;
    const known = this.#session.caches.lastUsage.estimate({
      conversation: conversationOf(this.#request, this.#class, this.#client, hash),
      target: nameOf(target),
      bodyLength: this.#inbound.body.length,
    });
    return estimateUsage(this.#request, this.#meter.charsSent, known);
  }

  /** A part of the answer was forwarded. */
  get hasContent(): boolean {
    return this.#delivery.hasContent;
  }

  #finish(candidate: Candidate, ending: Ending): Promise<void> {
    const answered = {
      request: this.#request,
      requestClass: this.#class,
      client: this.#client,
      body: this.#inbound.body,
      candidate,
      ending,
      estimate: () => this.#estimate(candidate),
    };
    return finishTurn(answered, { delivery: this.#delivery, meter: this.#meter }, this.#session, this.#deps);
  }
}
