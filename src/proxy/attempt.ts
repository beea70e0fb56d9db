/** One try at one candidate: send, read, deliver. Ends with the dialect's ending or throws a CcpError. */
import { CcpError } from '../errors/ccp-error.ts';
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import type { Transport, UpstreamAnswer } from '../ports/transport.ts';
import { AnswerReader } from '../translate/answer-reader.ts';
import type { AnswerStream } from '../translate/answer-stream.ts';
import type { Prepared } from '../translate/dialect.ts';
import type { Ending, Output } from '../translate/output.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { isObject, parseJson } from '../wire/json.ts';
import { bodyText } from './body-text.ts';
import type { Delivery } from './delivery.ts';
import type { ProxyDeps } from './deps.ts';
import type { StreamMeter } from './stream-meter.ts';
import { Watchdog } from './watch.ts';

/** A local model reads a long prompt for minutes before its first token. */
const localTimeoutFactor = 2;
const errorBodyMs = 3_000;
/** For the few bytes behind the terminal event. */
const restMs = 500;
/** For the usage behind the end of an answer. */
const usageMs = 2_000;

/** What an attempt asks, and with which credential. */
export interface AttemptRequest {
  readonly upstream: Upstream;
  readonly prepared: Prepared;
  readonly credential: Credential;
  readonly sessionId: string | undefined;
}

/** Where an attempt's answer goes. */
export interface AttemptSink {
  readonly delivery: Delivery;
  readonly meter: StreamMeter;
  readonly onQuota: (quota: Quota) => void;
  /** Headers of the upstream's answer that are Claude Code's business. */
  readonly onHeaders: (headers: Readonly<Record<string, string>>) => void;
}

type Deps = Pick<ProxyDeps, 'identity' | 'timeouts' | 'ports'>;

export class Attempt {
  readonly #request: AttemptRequest;
  readonly #sink: AttemptSink;
  readonly #signal: AbortSignal;
  readonly #transport: Transport;
  readonly #deps: Deps;
  readonly #abort = new AbortController();
  readonly #unknownEvents = new Map<string, number>();
  /** The answer is finished and its last bytes are being read. */
  #isDraining = false;
  /** Everything but the usage was said. */
  #isSettled = false;
  #reader: AnswerReader | undefined;
  #cancelRest: (() => void) | undefined;

  /** @param signal aborts with a CcpError as its reason when the client leaves or waited too long. */
  constructor(request: AttemptRequest, sink: AttemptSink, signal: AbortSignal, transport: Transport, deps: Deps) {
    this.#request = request;
    this.#sink = sink;
    this.#signal = signal;
    this.#transport = transport;
    this.#deps = deps;
  }

  async run(): Promise<Ending> {
    const { timeouts, ports } = this.#deps;
    const stop = () => this.#abort.abort(this.#signal.reason);
    if (this.#signal.aborted) stop();
    this.#signal.addEventListener('abort', stop, { once: true });
    let idle: Watchdog | undefined;
    try {
      const answer = await this.#send();
      idle = new Watchdog(ports.clock, timeouts.idleTimeoutMs * this.#patience, () =>
        this.#abort.abort(this.#idleError()),
      );
      return await this.#read(answer, idle);
    } catch (thrown) {
      const ending = this.#endingAfterBreak(thrown);
      if (ending) return ending;
      throw this.#failureOf(thrown);
    } finally {
      idle?.stop();
      this.#cancelRest?.();
      this.#signal.removeEventListener('abort', stop);
      // Nothing that the upstream still sends is wanted.
      if (!this.#isDraining) this.#abort.abort();
      this.#logUnknown();
    }
  }

  async #send(): Promise<UpstreamAnswer> {
    const { upstream, prepared, credential, sessionId } = this.#request;
    const { identity, timeouts } = this.#deps;
    const answer = await this.#transport.send(
      {
        method: 'POST',
        url: upstream.baseUrl + prepared.path,
        headers: upstreamHeaders(upstream, credential, {
          version: identity.version,
          sessionId,
          extra: prepared.headers,
        }),
        body: prepared.body,
      },
      { signal: this.#abort.signal, headersTimeoutMs: timeouts.headersTimeoutMs * this.#patience },
    );
    this.#sink.meter.headers(answer.status);
    this.#applyHeaders(answer);
    return answer;
  }

  get #patience(): number {
    return this.#request.upstream.attributes.local ? localTimeoutFactor : 1;
  }

  #applyHeaders({ status, headers }: UpstreamAnswer): void {
    const { upstream, prepared } = this.#request;
    const { quota, servedModel, requestedModel, forClient } = prepared.readHeaders(headers);
    if (forClient) this.#sink.onHeaders(forClient);
    if (quota) this.#sink.onQuota(quota);
    if (status === 200 && servedModel !== undefined && !servedModel.startsWith(requestedModel))
      this.#sink.meter.warning(`${upstream.name} answers with ${servedModel} instead of ${requestedModel}`);
  }

  async #read(answer: UpstreamAnswer, idle: Watchdog): Promise<Ending> {
    const type = (answer.headers['content-type'] ?? '').toLowerCase();
    if (answer.status !== 200 || !type.includes('event-stream')) {
      // The body of a refusal has a deadline of its own.
      idle.pause();
      return await this.#readWithoutStream(answer, type);
    }
    const reader = new AnswerReader(this.#open(), this.#request.upstream.name, () => idle.touch());
    this.#reader = reader;
    // By hand: leaving a `for await` early would destroy a connection that can serve the next request.
    const chunks = answer.body[Symbol.asyncIterator]();
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      this.#sink.meter.data(next.value.length);
      const ending = this.#take(reader.push(next.value));
      this.#sink.meter.progress();
      if (ending) {
        if (!ending.abort) this.#drain(chunks);
        return ending;
      }
      this.#limitRest();
      const slowClient = this.#sink.delivery.flush();
      if (slowClient) {
        // A client that reads slowly is not an upstream that is silent.
        idle.pause();
        await slowClient;
        idle.resume();
      }
      this.#abort.signal.throwIfAborted();
    }
    return this.#take(reader.eof()) ?? this.#endless();
  }

  /** An answer that is one JSON document though a stream was asked for; anything else is a refusal. */
  async #readWithoutStream(answer: UpstreamAnswer, type: string): Promise<Ending> {
    const { prepared } = this.#request;
    const { timeouts, ports } = this.#deps;
    const fromJson = answer.status === 200 && type.includes('json') ? prepared.fromJson : undefined;
    const patience = fromJson ? timeouts.idleTimeoutMs : errorBodyMs;
    const text = await bodyText(answer.body, new Promise((resolve) => void ports.clock.after(patience, resolve)));
    const json = fromJson && parseJson(text);
    const events = fromJson && isObject(json) ? fromJson(json) : [];
    if (events.length === 0) throw this.#refusal(answer, text);
    const stream = this.#open();
    for (const event of events) {
      const ending = this.#take(stream.step(event));
      if (ending) return ending;
    }
    return this.#take(stream.eof()) ?? this.#endless();
  }

  #open(): AnswerStream {
    const { randomness } = this.#deps.ports;
    return this.#request.prepared.open((prefix) => `${prefix}_${randomness.id(24)}`);
  }

  #take(outputs: readonly Output[]): Ending | undefined {
    for (const output of outputs) {
      if (output.type === 'settled') this.#isSettled = true;
      else if (output.type === 'quota') this.#sink.onQuota(output.quota);
      else if (output.type === 'unknown')
        this.#unknownEvents.set(output.event, (this.#unknownEvents.get(output.event) ?? 0) + 1);
    }
    return this.#sink.delivery.take(outputs);
  }

  #refusal(answer: UpstreamAnswer, text: string): CcpError {
    const { prepared } = this.#request;
    // 2xx and 3xx without a stream: no answer, and asking again gives no other.
    if (answer.status < 400) return prepared.failure(502, answer.headers, notAStream(answer));
    return prepared.failure(answer.status, answer.headers, text);
  }

  /** The answer is complete; usage may follow, and is not waited for long. */
  #limitRest(): void {
    if (!this.#isSettled || this.#cancelRest) return;
    this.#cancelRest = this.#deps.ports.clock.after(usageMs, () => this.#abort.abort());
  }

  /** The connection broke after the answer was complete. */
  #endingAfterBreak(thrown: unknown): Ending | undefined {
    if (!this.#isSettled || this.#signal.aborted || thrown instanceof CcpError || !this.#reader) return undefined;
    return this.#take(this.#reader.eof());
  }

  /** Reads the rest of a finished answer, so that its connection is free again; not for long. */
  #drain(chunks: AsyncIterator<Uint8Array>): void {
    this.#isDraining = true;
    const cancel = this.#deps.ports.clock.after(restMs, () => this.#abort.abort());
    const rest = async () => {
      while (!(await chunks.next()).done);
    };
    rest()
      .catch(() => {})
      .finally(cancel);
  }

  #endless(): never {
    throw new CcpError('truncated', `${this.#request.upstream.name} ended without an ending.`);
  }

  #logUnknown(): void {
    const { meter } = this.#sink;
    if (this.#unknownEvents.size > 0)
      this.#deps.ports.log.debug({ id: meter.id, unknown: [...this.#unknownEvents] }, 'unknown events');
  }

  #idleError(): CcpError {
    const seconds = Math.round((this.#deps.timeouts.idleTimeoutMs * this.#patience) / 1000);
    return new CcpError('idle', `${this.#request.upstream.name} sent nothing for ${seconds} s.`);
  }

  /** An abort surfaces as whatever the transport throws; its reason is what happened. */
  #failureOf(thrown: unknown): unknown {
    if (this.#abort.signal.aborted && this.#abort.signal.reason instanceof CcpError) return this.#abort.signal.reason;
    const { upstream } = this.#request;
    if (thrown instanceof CcpError && thrown.code === 'unreachable' && upstream.startHint !== undefined)
      return thrown.withMessage(`${thrown.message} ${upstream.startHint}`);
    if (thrown instanceof CcpError) return this.#withoutToken(thrown);
    if (thrown instanceof RangeError)
      return new CcpError('garbage', `${upstream.name}: ${thrown.message}.`, { cause: thrown });
    if (isNetworkError(thrown))
      return new CcpError('reset', `${upstream.name} broke off in the middle of the answer.`, { cause: thrown });
    return thrown;
  }

  /** Some upstreams repeat the key they refuse. */
  #withoutToken(error: CcpError): CcpError {
    const token = this.#request.credential.token.replace(/^Bearer\s+/i, '');
    if (token === '' || !error.message.includes(token)) return error;
    return error.withMessage(error.message.replaceAll(token, '[redacted]'));
  }
}

const isNetworkError = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (thrown.name === 'HTTPParserError' || ('code' in thrown && typeof thrown.code === 'string'));

const notAStream = ({ status, headers }: UpstreamAnswer): string =>
  JSON.stringify({
    error: {
      code: 'not_a_stream',
      message: `HTTP ${status} ${headers['content-type'] ?? 'without a content type'}${headers.location ? ' (a redirect)' : ''} instead of an event stream; check the base URL`,
    },
  });
