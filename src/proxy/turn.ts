/** Serves one `POST /v1/messages`: validate, decide, then try candidates until one succeeds. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CcpError, toCcpError } from '../errors/ccp-error.ts';
import { fullName, nameOf, withoutWindowSuffix } from '../models/find.ts';
import { type Candidate, failureReason, firstCandidate } from '../routing/candidate.ts';
import { classify, type RequestClass } from '../routing/classes.ts';
import { validateRequest } from '../translate/anthropic/validate.ts';
import type { Ending } from '../translate/output.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import { ownValue, parseJson } from '../wire/json.ts';
import { admit } from './admission.ts';
import { type Answer, JsonAnswer, SseAnswer } from './answer.ts';
import { Attempts, type TurnRequest } from './attempts.ts';
import { type Client, clientOf } from './client.ts';
import { decideFor } from './decision.ts';
import { Delivery } from './delivery.ts';
import type { ProxyDeps } from './deps.ts';
import { estimateUsage } from './estimate.ts';
import { conversationOf, updateSession } from './learn.ts';
import { probeLimit, withKnownReset } from './limit-probe.ts';
import { scaledUsage, scaleFor } from './scaled-usage.ts';
import type { Session } from './session/session.ts';
import { betweenSteps, isLarge } from './steps.ts';
import { StreamMeter } from './stream-meter.ts';
import { isBudgetError, isSubstitute, Substitutes } from './substitutes.ts';
import { waitAtLimit } from './wait-at-limit.ts';
import { Watchdog } from './watch.ts';

/** A JSON response cannot be kept alive, and the client times out after 300 s. */
const jsonAnswerLimitMs = 285_000;

export interface Inbound {
  /** JSON text. */
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: ServerResponse;
  /** Emits `close` also for a response that is queued behind another on the same connection. */
  readonly socket: Socket;
}

/** Never rejects: every failure is sent as a response and published. */
export async function serveTurn(inbound: Inbound, session: Session, deps: ProxyDeps): Promise<void> {
  const { randomness, clock, log } = deps.ports;
  const id = `req_${randomness.id(20)}`;
  const meter = new StreamMeter(id, clock, session.bus.publish, deps.remedies);
  let answer: Answer = new JsonAnswer(inbound.raw, id, deps.remedies);
  try {
    const large = isLarge(inbound.body.length);
    const body = parseJson(inbound.body);
    await betweenSteps(large);
    const request = validateRequest(body);
    await betweenSteps(large);
    if (request.stream) answer = new SseAnswer(inbound.raw, id, deps.remedies);
    await new Turn(request, inbound, answer, meter, session, deps).run();
  } catch (thrown) {
    const error = thrown instanceof RangeError ? nestingError(thrown) : toCcpError(thrown);
    if (error.code === 'internal') log.error({ id, cause: error.cause }, 'internal error');
    else if (error.cause !== undefined) log.warn({ id, code: error.code, cause: error.cause }, error.message);
    answer.fail(error);
    const { resends } = session.caches;
    meter.failed(error, error.final ? undefined : resends.countOf(resends.stepOf(inbound.body)));
  }
}

/** JSON has 3 to 5 characters for each token. */
const charsPerToken = 4;
/** Share of the context window from which a request may be too long for it. */
const fullShare = 0.7;

const mayOverflow = (bodyChars: number, { contextWindow }: Candidate): boolean =>
  bodyChars / charsPerToken > fullShare * contextWindow;

/** JSON that parses but is nested too deep to be serialized again. */
const nestingError = (cause: RangeError): CcpError =>
  new CcpError('invalid_request', '$: the request or answer is nested too deep.', { cause });

class Turn {
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
  /** The request waited at a limit. */
  #wasHeld = false;
  /** Names of the response headers that the current candidate's upstream set. */
  #candidateHeaders: readonly string[] = [];

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
    this.#client = clientOf(request, inbound.headers, deps.identity.secret);
    this.#class = classify(request, inbound.headers);
    this.#delivery = new Delivery(answer, meter, {
      id: `msg_${deps.ports.randomness.id(24)}`,
      model: request.model,
    });
  }

  async run(): Promise<void> {
    const { raw, socket } = this.#inbound;
    const onClose = () => {
      if (!raw.writableFinished) this.#abort.abort(new CcpError('cancelled', 'Claude Code closed the request.'));
    };
    raw.on('close', onClose);
    socket.on('close', onClose);
    if (socket.destroyed) onClose();
    const stopTimers = this.#startTimers();
    let leave = () => {};
    try {
      this.#meter.started(this.#class, this.#request.model);
      if (this.#class === 'title') this.#session.title?.onTitleRequest();
      leave = await this.#enter();
      while (!(await this.#tryCandidates())) this.#wasHeld = true;
    } catch (thrown) {
      this.#delivery.closeText();
      throw thrown;
    } finally {
      leave();
      stopTimers();
      raw.off('close', onClose);
      socket.off('close', onClose);
    }
  }

  /** Returns when the session has no more requests than its limits allow. */
  #enter(): Promise<() => void> {
    const message = { request: this.#request, requestClass: this.#class, agentId: this.#client.agentId };
    return this.#session.fanOut.enter(message, {
      signal: this.#abort.signal,
      onHeld: () => this.#meter.held('fan-out'),
    });
  }

  #startTimers(): () => void {
    const { ports, timeouts } = this.#deps;
    if (this.#answer.streaming) return this.#delivery.keepAlive(ports.clock, timeouts.pingIntervalMs);
    const limit = new Watchdog(ports.clock, jsonAnswerLimitMs, () =>
      this.#abort.abort(
        new CcpError('answer_timeout', 'The response exceeded the 285 s limit for requests without streaming.'),
      ),
    );
    return () => limit.stop();
  }

  /**
   * Tries the candidates in order, until one succeeds or one fails with an error that no other candidate can avoid.
   * @returns false when the request waited at a limit and is to be decided again.
   */
  async #tryCandidates(): Promise<boolean> {
    const decision = await decideFor(this.#request, this.#class, this.#client, this.#session, this.#deps);
    const denied = decision.denied.find(({ candidate: { follows } }) => follows === undefined);
    // A refusal is recorded under the route that was denied.
    if (denied) this.#meter.routed(denied.candidate, () => this.#estimate(denied.candidate));
    const { candidates } = decision;
    const { outages } = this.#session.caches;
    const route = firstCandidate(decision);
    const substitutes = new Substitutes(candidates, this.#request, this.#session.caches);
    if (!substitutes.exist) this.#noteTurn(route);
    const fallback = await substitutes.forOutage(route);
    if (fallback) void probeLimit(route, this.#client, this.#session.caches, this.#deps);
    const known = fallback || this.#wasHeld ? undefined : this.#session.limits.errorOf(route.target);
    if (known && (await this.#waitAtLimit(route, known))) return false;
    let candidate = fallback ?? route;
    /** The error of the route itself. That of a fallback does not replace it. */
    let routeError: unknown;
    /** The route itself met a limit, not the model that takes requests for a used-up budget. */
    let isRouteLimited = false;
    for (;;) {
      const askedAt = this.#deps.ports.clock.now();
      let ending: Ending;
      try {
        ending = await this.#tryCandidate(candidate, substitutes);
      } catch (thrown) {
        const error = this.#errorOf(thrown, candidate);
        const reason = failureReason(error);
        if (reason === 'wall' || reason === 'failure') outages.failed(candidate, reason, error);
        // After a used-up budget, what the user needs to know is why its substitute cannot answer.
        if (!isSubstitute(candidate) || (reason !== 'budget' && isBudgetError(routeError))) routeError = error;
        if (candidate === route) isRouteLimited = reason === 'wall';
        const next = this.#canMoveOn ? await substitutes.next(candidate, error, routeError) : undefined;
        // A request that began with a fallback, because of an outage, asks the route after all.
        const last = this.#canMoveOn && routeError === undefined ? route : undefined;
        if (!(next ?? last)) {
          const final = this.#canMoveOn ? toCcpError(routeError ?? error) : error;
          if (isRouteLimited && this.#canMoveOn && (await this.#waitAtLimit(route, final))) return false;
          const note = final.code === 'budget_exceeded' ? await substitutes.budgetNote() : undefined;
          throw note === undefined ? final : final.withMessage(`${final.message} ${note}`);
        }
        this.#removeCandidateHeaders();
        candidate = next ?? route;
        continue;
      }
      outages.succeeded(candidate, askedAt);
      if (candidate === route) this.#routeAnswered(route);
      if (substitutes.exist) this.#noteTurn(candidate);
      await this.#finish(candidate, ending);
      return true;
    }
  }

  #errorOf(thrown: unknown, { upstream }: Candidate): CcpError {
    return withKnownReset(toCcpError(thrown), upstream, this.#session.caches, this.#deps.ports.clock.now());
  }

  /** A block that only keeps the connection alive does not stop a request that waited at a limit. */
  get #canMoveOn(): boolean {
    const hasContent = this.#wasHeld ? this.#delivery.hasUpstreamContent : this.#delivery.hasContent;
    return !hasContent && !this.#abort.signal.aborted;
  }

  /** A limit of the route is over: requests that wait at it are sent, and no other model takes them. */
  #routeAnswered({ target }: Candidate): void {
    const { routes, limits } = this.#session;
    routes.chooseSubstitute(fullName(target), undefined);
    limits.release(fullName(target));
  }

  /** @returns whether the request waited and is to be decided again; false when it cannot wait. */
  #waitAtLimit(candidate: Candidate, error: CcpError): Promise<boolean> {
    // A response without a stream cannot be kept alive.
    if (!this.#answer.streaming) return Promise.resolve(false);
    const held = {
      candidate,
      error,
      request: this.#request,
      requestClass: this.#class,
      client: this.#client,
      signal: this.#abort.signal,
      onHeld: () => this.#meter.held('limit'),
    };
    return waitAtLimit(held, this.#session, this.#deps);
  }

  /** Small requests outside the conversation have no tools and use other models. */
  #noteTurn(candidate: Candidate): void {
    if (this.#class === 'turn' && this.#request.tools.length > 0) this.#session.routes.noteTurn(candidate);
  }

  async #tryCandidate(candidate: Candidate, substitutes: Substitutes): Promise<Ending> {
    const { budget, caches } = this.#session;
    this.#meter.routed(candidate, () => this.#estimate(candidate));
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
      },
    );
    return Attempts.run(candidate, this.#turnRequest, caches, this.#deps);
  }

  get #turnRequest(): TurnRequest {
    const { raw } = this.#inbound;
    return {
      request: this.#request,
      client: this.#client,
      body: this.#inbound.body,
      signal: this.#abort.signal,
      sink: {
        delivery: this.#delivery,
        meter: this.#meter,
        onHeaders: (headers) => {
          if (raw.headersSent) return;
          for (const [name, value] of Object.entries(headers)) raw.setHeader(name, value);
          this.#candidateHeaders = Object.keys(headers);
        },
      },
    };
  }

  /** The response headers of a candidate that failed do not belong to the answer of the next one. */
  #removeCandidateHeaders(): void {
    const { raw } = this.#inbound;
    if (!raw.headersSent) for (const name of this.#candidateHeaders) raw.removeHeader(name);
    this.#candidateHeaders = [];
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

  async #finish(candidate: Candidate, ending: Ending): Promise<void> {
    // Without a usage count from the upstream the usage is estimated: zero would be wrong and would cost nothing.
    const isCounted = ending.measured && !ending.abort;
    const end = isCounted ? ending.end : { ...ending.end, usage: this.#estimate(candidate) };
    const slot = withoutWindowSuffix(this.#request.model);
    const clientWindow = ownValue(this.#deps.routing.clientWindows, slot);
    const scale = clientWindow === undefined ? 1 : scaleFor(clientWindow, candidate.contextWindow);
    this.#delivery.end({ ...end, usage: scaledUsage(end.usage, scale) });
    const { body } = this.#inbound;
    const finished = { request: this.#request, requestClass: this.#class, client: this.#client, candidate, end, body };
    await updateSession({ ...finished, measured: ending.measured }, this.#meter, this.#session, this.#deps.ports);
    this.#meter.completed(end, ending.measured, scale);
    const { agentId, login } = this.#client;
    // ccp cannot ask with Claude Code's own login, which only its own requests carry.
    const isMain = this.#class === 'turn' && agentId === undefined && this.#request.tools.length > 0;
    if (isMain && login === undefined) void this.#session.title?.onTurn(this.#request);
  }
}
