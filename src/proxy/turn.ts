/** One `POST /v1/messages` from the border to the verdict: the straight line of the product. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CcpError, overflowError, toCcpError } from '../errors/ccp-error.ts';
import { nameOf, windowOf } from '../models/find.ts';
import { isStale } from '../models/price-age.ts';
import { classify, type RequestClass } from '../routing/classes.ts';
import { chooseRoute, type RouteChoice } from '../routing/table.ts';
import type { Ending } from '../translate/dialect.ts';
import { countable, roughTokens } from '../translate/messages/count.ts';
import { sessionIdOf } from '../translate/messages/session-id.ts';
import { validateRequest } from '../translate/messages/validate.ts';
import { MessageWriter } from '../translate/messages/writer.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asString } from '../wire/json.ts';
import { type Answer, JsonAnswer, SseAnswer } from './answer.ts';
import { Attempts } from './attempts.ts';
import { compactionRoute, otherCompactor } from './compaction.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';
import { ownLogin } from './guard.ts';
import type { SessionHub } from './hub.ts';
import { mostCost } from './most-cost.ts';
import { payerOf } from './payer.ts';
import { clientHeaders } from './prepare.ts';
import { StreamMeter } from './stream-meter.ts';
import { Keepalive, Watchdog } from './watch.ts';

/** JSON answers cannot be kept alive; the client gives up at 300 s. */
const jsonAnswerLimitMs = 285_000;

export interface Inbound {
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly raw: ServerResponse;
  /** Closes also under a response that waits behind another on its connection. */
  readonly socket: Socket;
}

/** Never rejects: every failure is answered and published. */
export async function serveTurn(inbound: Inbound, deps: ProxyDeps, hub: SessionHub): Promise<void> {
  const id = `req_${deps.randomness.id(20)}`;
  const meter = new StreamMeter(id, deps.clock, hub.publish);
  let answer: Answer = new JsonAnswer(inbound.raw, id);
  try {
    const request = validateRequest(inbound.body);
    if (request.stream) answer = new SseAnswer(inbound.raw, id);
    await new Turn(request, inbound, answer, meter, deps, hub).run();
  } catch (thrown) {
    const error = thrown instanceof RangeError ? tooDeep(thrown) : toCcpError(thrown);
    if (error.code === 'internal') deps.log.error({ id, cause: error.cause }, 'internal error');
    else if (error.cause !== undefined) deps.log.warn({ id, code: error.code, cause: error.cause }, error.message);
    answer.fail(error);
    meter.failed(error);
  }
}

/** JSON that parses but cannot be written again. */
const tooDeep = (cause: RangeError): CcpError =>
  new CcpError('invalid_request', '$: the request or answer is nested too deep.', { cause });

class Turn {
  readonly #request: MessagesRequest;
  readonly #inbound: Inbound;
  readonly #answer: Answer;
  readonly #meter: StreamMeter;
  readonly #deps: ProxyDeps;
  readonly #hub: SessionHub;
  readonly #writer: MessageWriter;
  readonly #abort = new AbortController();
  #keepalive: Keepalive | undefined;
  #class: RequestClass = 'turn';
  /** A block opened only to stay in touch is not a first token. */
  #keepingAlive = false;
  /** Claude Code's own plan pays. */
  #onClientLogin = false;

  constructor(
    request: MessagesRequest,
    inbound: Inbound,
    answer: Answer,
    meter: StreamMeter,
    deps: ProxyDeps,
    hub: SessionHub,
  ) {
    this.#request = request;
    this.#inbound = inbound;
    this.#answer = answer;
    this.#meter = meter;
    this.#deps = deps;
    this.#hub = hub;
    this.#writer = new MessageWriter({
      id: `msg_${deps.randomness.id(24)}`,
      model: request.model,
      emit: (event) => {
        if (!this.#keepingAlive) meter.sent(event);
        answer.emit(event);
        if (event.type !== 'ping') this.#keepalive?.sent();
      },
    });
  }

  async run(): Promise<void> {
    const { raw, socket } = this.#inbound;
    const gone = () => {
      if (!raw.writableFinished) this.#abort.abort(new CcpError('cancelled', 'Claude Code closed the request.'));
    };
    raw.on('close', gone);
    socket.on('close', gone);
    const stopTimers = this.#startTimers();
    try {
      const route = await this.#route();
      await this.#admit(route);
      try {
        this.#finish(await this.#answerFrom(route), route);
      } catch (thrown) {
        const again = this.#compactsConversation && !this.#writer.hasContent;
        const other = again ? otherCompactor(thrown, route, this.#hub) : undefined;
        if (!other) throw thrown;
        this.#meter.routed(this.#hub.view('compaction', other), other.reason);
        this.#finish(await this.#answerFrom(other), other);
      }
    } finally {
      stopTimers();
      raw.off('close', gone);
      socket.off('close', gone);
    }
  }

  #startTimers(): () => void {
    const { clock, timeouts } = this.#deps;
    if (!this.#answer.streaming) {
      const limit = new Watchdog(clock, jsonAnswerLimitMs, () =>
        this.#abort.abort(new CcpError('answer_timeout', 'The answer took longer than a JSON request can wait.')),
      );
      return () => limit.stop();
    }
    this.#keepalive = new Keepalive(clock, timeouts.pingIntervalMs, {
      ping: () => {
        this.#writer.start();
        this.#writer.ping();
        this.#meter.ping();
        this.#answer.flush();
      },
      realEvent: () => {
        this.#keepingAlive = true;
        this.#writer.keepalive();
        this.#keepingAlive = false;
        this.#answer.flush();
      },
    });
    return () => this.#keepalive?.stop();
  }

  async #route(): Promise<RouteChoice> {
    const { headers } = this.#inbound;
    const requestClass = classify(this.#request, headers);
    this.#meter.started(requestClass, this.#request.model);
    this.#class = requestClass;
    const choice = await this.#choose(requestClass);
    this.#meter.routed(this.#hub.view(choice.routeClass, choice), choice.reason);
    // Small requests beside the conversation have no tools, and models of their own.
    if (requestClass === 'turn' && this.#request.tools.length > 0) this.#hub.turnsGoTo(choice);
    return choice;
  }

  async #choose(requestClass: RequestClass): Promise<RouteChoice> {
    const { table, directory } = this.#hub;
    const choice = chooseRoute(this.#request.model, requestClass, table, directory);
    return this.#compactsConversation ? compactionRoute(choice, await this.#counted(choice), this.#hub) : choice;
  }

  get #compactsConversation(): boolean {
    return this.#class === 'compaction' && this.#isMain;
  }

  /** Of the conversation itself: agents have histories of their own. */
  get #isMain(): boolean {
    return this.#inbound.headers['x-claude-code-agent-id'] === undefined;
  }

  #counted({ target }: Pick<RouteChoice, 'target'>): Promise<number> {
    return this.#hub.tokenCounts.local(nameOf(target), this.#request);
  }

  /** What may stop a request before it is sent: a history that cannot fit, a budget that is used up. */
  async #admit({ target }: RouteChoice): Promise<void> {
    const { compactsOn, budget, warnings } = this.#hub;
    const window = windowOf(target);
    if (compactsOn !== undefined && this.#class === 'turn') {
      const used = await this.#counted({ target });
      // Said at once, in the words Claude Code compacts on.
      if (used > window) throw overflowError({ used, maximum: window });
    }
    const costKind = await payerOf(this.#upstreamOf({ target }), this.#inbound.headers, this.#deps);
    this.#meter.paidBy({ costKind, price: target.row?.price, measured: false, estimate: () => this.#estimatedUsage() });
    const unseen = costKind === 'unknown' || (costKind === 'metered' && target.row?.price === undefined);
    const message = `no price is known for ${nameOf(target)}: the budget does not see what it costs`;
    if (unseen && budget.views().length > 0 && warnings.isNew(message)) this.#meter.warning(message);
    await budget.admit({
      id: this.#meter.id,
      mostMicroUsd: mostCost(this.#request, target.row, costKind),
      exempt: this.#class === 'compaction',
      signal: this.#abort.signal,
    });
  }

  #answerFrom(route: RouteChoice): Promise<Ending> {
    return Attempts.run({
      request: this.#request,
      route,
      reachable: this.#upstreamOf(route),
      sessionId: sessionIdOf(this.#request, asString(this.#inbound.headers['x-claude-code-session-id'])),
      client: clientHeaders(this.#inbound.headers, this.#deps.secret),
      ownLogin: ownLogin(this.#inbound.headers, this.#deps.secret),
      answer: this.#answer,
      writer: this.#writer,
      meter: this.#meter,
      signal: this.#abort.signal,
      onHeaders: (headers) => {
        const { raw } = this.#inbound;
        if (!raw.headersSent) for (const [name, value] of Object.entries(headers)) raw.setHeader(name, value);
      },
      onClientLogin: () => {
        this.#onClientLogin = true;
      },
      hub: this.#hub,
      deps: this.#deps,
    });
  }

  #upstreamOf(route: Pick<RouteChoice, 'target'>): ReachableUpstream {
    const reachable = this.#deps.upstreams[route.target.upstream];
    if (reachable) return reachable;
    throw new CcpError('unknown_model', `$.model: there is no upstream "${route.target.upstream}".`);
  }

  #finish(ending: Ending, route: RouteChoice): void {
    // What nobody counted is estimated: zero would be a false number, and free.
    const end = ending.abort || !ending.measured ? { ...ending.end, usage: this.#estimatedUsage() } : ending.end;
    this.#writer.end(end);
    this.#answer.end();
    if (ending.measured) this.#learn(route, end.usage);
    this.#tellContext(end);
    const costKind = this.#onClientLogin ? 'plan' : this.#upstreamOf(route).upstream.costKind;
    this.#warnOfPrice(route);
    this.#meter.completed(end, { costKind, price: route.target.row?.price, measured: ending.measured });
  }

  /** Whether the history fits, as far as this answer tells. */
  #tellContext({ stopReason, usage }: Ending['end']): void {
    if (!this.#isMain) return;
    const hub = this.#hub;
    const wrote = this.#meter.charsSent > 0 && stopReason === 'end_turn';
    if (this.#class === 'compaction' && wrote) hub.compacted(usage.output_tokens);
    else if (this.#class === 'turn' && this.#request.tools.length > 0) {
      const total = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
      if (total <= windowOf(hub.table.routes.main.target)) hub.compacted(undefined);
    }
  }

  #warnOfPrice({ target }: RouteChoice): void {
    const { price } = target.row ?? {};
    if (price === undefined || !isStale(price, this.#deps.clock.now())) return;
    const message = `the price of ${target.upstream}/${target.model} is of ${price.date}; it may have changed`;
    if (this.#hub.warnings.isNew(message)) this.#meter.warning(message);
  }

  /** What a measured answer teaches of counts and caches. */
  #learn({ target }: RouteChoice, usage: Ending['end']['usage']): void {
    const { tokenCounts, cacheWatch } = this.#hub;
    tokenCounts.measured(nameOf(target), this.#request, usage);
    if (this.#class !== 'turn' && this.#class !== 'subagent') return;
    const { headers } = this.#inbound;
    // An agent without a name is known by its first words.
    const agent = headers['x-claude-code-agent-id'] ?? (this.#class === 'subagent' ? this.#firstWords() : '');
    const conversation = `${this.#class} ${String(agent)}`;
    const reason = cacheWatch.measured(conversation, nameOf(target), this.#request, usage);
    if (reason !== undefined) this.#meter.cacheMissed(reason);
  }

  #firstWords(): string {
    return this.#deps.hash(JSON.stringify(this.#request.messages[0]?.content ?? ''));
  }

  /** Usage of an answer that ccp cut: the upstream never told, and the answer is not to wait for a count. */
  #estimatedUsage(): Ending['end']['usage'] {
    const { texts, fixed } = countable(this.#request);
    return {
      input_tokens: fixed + roughTokens(texts),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: Math.ceil(this.#meter.charsSent / 4),
    };
  }
}
