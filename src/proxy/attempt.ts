/** One attempt at one candidate: send, read, deliver. Returns the dialect's ending or throws a CcpError. */
import { CcpError } from '../errors/ccp-error.ts';
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import type { Transport, UpstreamAnswer } from '../ports/transport.ts';
import { AnswerReader } from '../translate/answer-reader.ts';
import type { AnswerStream } from '../translate/answer-stream.ts';
import type { Prepared } from '../translate/dialect.ts';
import { type Ending, isBlockOutput, type Output } from '../translate/output.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { cleanText } from '../wire/clean-text.ts';
import { isObject, parseJson } from '../wire/json.ts';
import { notAStream, reportedError } from './attempt-errors.ts';
import { bodyText } from './body-text.ts';
import type { Delivery } from './delivery.ts';
import type { ProxyDeps } from './deps.ts';
import type { StreamMeter } from './stream-meter.ts';
import { Watchdog } from './watch.ts';

/** A local model can take minutes to process a long prompt before its first token. */
const localTimeoutFactor = 2;
/** Limit for reading the body of an error response. */
const errorBodyTimeoutMs = 3_000;
/** Limit for reading the few bytes after the terminal event. */
const drainTimeoutMs = 500;
/** Limit for receiving the usage after the content is complete. */
const usageTimeoutMs = 2_000;
/** Names of unknown events that are counted for the log. */
const maxUnknownEvents = 20;

/** What an attempt sends, and with which credential. */
export interface AttemptRequest {
  readonly upstream: Upstream;
  readonly prepared: Prepared;
  readonly credential: Credential;
  readonly sessionId: string | undefined;
  /** The trace that the request belongs to, as headers. */
  readonly trace: Readonly<Record<string, string>>;
}

/** Receives an attempt's response. */
export interface AttemptSink {
  readonly delivery: Delivery;
  readonly meter: StreamMeter;
  readonly onQuota: (quota: Quota) => void;
  /** Called with the upstream's response headers that are passed on to Claude Code. */
  readonly onHeaders: (headers: Readonly<Record<string, string>>) => void;
}

type Deps = Pick<ProxyDeps, 'identity' | 'timeouts' | 'ports' | 'logBody'>;

/** A success of another type, such as a page of a login, comes from no model. */
const mayBeAnswer = ({ status, headers }: UpstreamAnswer): boolean =>
  status === 200 && /event-stream|json/i.test(headers['content-type'] ?? '');

export class Attempt {
  readonly #request: AttemptRequest;
  readonly #sink: AttemptSink;
  readonly #signal: AbortSignal;
  readonly #transport: Transport;
  readonly #deps: Deps;
  readonly #abort = new AbortController();
  readonly #unknownEvents = new Map<string, number>();
  /** The response is complete and its last bytes are being read. */
  #isDraining = false;
  /** Everything but the usage was received. */
  #isSettled = false;
  #reader: AnswerReader | undefined;
  #cancelUsageTimer: (() => void) | undefined;

  /** @param signal aborts with a CcpError as its reason when the client disconnects or the time limit is reached. */
  constructor(request: AttemptRequest, sink: AttemptSink, signal: AbortSignal, transport: Transport, deps: Deps) {
    this.#request = request;
    this.#sink = sink;
    this.#signal = signal;
    this.#transport = transport;
    this.#deps = deps;
  }

  async run(): Promise<Ending> {
    const { timeouts, ports } = this.#deps;
    const onAbort = () => this.#abort.abort(this.#signal.reason);
    if (this.#signal.aborted) onAbort();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    let idle: Watchdog | undefined;
    try {
      const answer = await this.#send();
      idle = new Watchdog(ports.clock, timeouts.idleTimeoutMs * this.#timeoutFactor, () =>
        this.#abort.abort(this.#idleError()),
      );
      return await this.#read(answer, idle);
    } catch (thrown) {
      const ending = this.#endingAfterDisconnect(thrown);
      if (ending) return ending;
      throw this.#toReportedError(thrown);
    } finally {
      idle?.stop();
      this.#cancelUsageTimer?.();
      this.#signal.removeEventListener('abort', onAbort);
      // Whatever the upstream still sends is discarded.
      if (!this.#isDraining) this.#abort.abort();
      this.#logUnknown();
    }
  }

  async #send(): Promise<UpstreamAnswer> {
    const { upstream, prepared, credential, sessionId, trace } = this.#request;
    const { identity, timeouts } = this.#deps;
    this.#sink.meter.sent();
    this.#deps.logBody?.(this.#sink.meter.id, 'sent', prepared.body.text);
    const answer = await this.#transport.send(
      {
        method: 'POST',
        url: upstream.baseUrl + prepared.path,
        headers: upstreamHeaders(upstream, credential, {
          version: identity.version,
          sessionId,
          extra: { ...trace, ...prepared.headers },
        }),
        body: prepared.body.text,
      },
      { signal: this.#abort.signal, headersTimeoutMs: timeouts.headersTimeoutMs * this.#timeoutFactor },
    );
    this.#sink.meter.headers(answer.status, mayBeAnswer(answer));
    this.#applyHeaders(answer);
    return answer;
  }

  get #timeoutFactor(): number {
    return this.#request.upstream.attributes.local ? localTimeoutFactor : 1;
  }

  #applyHeaders({ status, headers }: UpstreamAnswer): void {
    const { upstream, prepared } = this.#request;
    const { quota, servedModel, requestedModel, forClient } = prepared.readHeaders(headers);
    if (forClient) this.#sink.onHeaders(forClient);
    if (quota) this.#sink.onQuota(quota);
    if (status === 200 && servedModel !== undefined && !servedModel.startsWith(requestedModel))
      this.#sink.meter.warning(`${upstream.name} serves ${servedModel} instead of ${requestedModel}`);
  }

  async #read(answer: UpstreamAnswer, idle: Watchdog): Promise<Ending> {
    const type = (answer.headers['content-type'] ?? '').toLowerCase();
    if (answer.status !== 200 || !type.includes('event-stream')) {
      // The body of an error response has its own deadline.
      idle.pause();
      return await this.#readWithoutStream(answer, type);
    }
    const reader = new AnswerReader(this.#openStream(), this.#request.upstream.name, () => idle.touch());
    this.#reader = reader;
    // The iterator is called directly: leaving a `for await` early would destroy a reusable connection.
    const chunks = answer.body[Symbol.asyncIterator]();
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      this.#sink.meter.data(next.value.length);
      this.#deps.logBody?.(this.#sink.meter.id, 'answer', Buffer.from(next.value).toString('utf8'));
      const ending = this.#deliver(reader.push(next.value));
      this.#sink.meter.progress();
      if (ending) {
        if (!ending.abort) this.#drain(chunks);
        return ending;
      }
      this.#startUsageTimer();
      const slowClient = this.#sink.delivery.flush();
      if (slowClient) {
        // Time spent waiting for a slow client is not counted as upstream silence.
        idle.pause();
        await slowClient;
        idle.resume();
        this.#sink.meter.clientReads();
      }
      this.#abort.signal.throwIfAborted();
    }
    return this.#deliver(reader.eof()) ?? this.#throwTruncated();
  }

  /** Reads a response that is one JSON document although a stream was requested. Any other response is an error. */
  async #readWithoutStream(answer: UpstreamAnswer, type: string): Promise<Ending> {
    const { prepared } = this.#request;
    const { timeouts, ports } = this.#deps;
    const fromJson = answer.status === 200 && type.includes('json') ? prepared.fromJson : undefined;
    const timeoutMs = fromJson ? timeouts.idleTimeoutMs : errorBodyTimeoutMs;
    const text = await bodyText(answer.body, new Promise((resolve) => void ports.clock.after(timeoutMs, resolve)));
    this.#deps.logBody?.(this.#sink.meter.id, 'answer', text);
    const json = fromJson && parseJson(text);
    const events = fromJson && isObject(json) ? fromJson(json) : [];
    if (events.length === 0) throw this.#errorFromResponse(answer, text);
    const stream = this.#openStream();
    for (const event of events) {
      const ending = this.#deliver(stream.step(event));
      if (ending) return ending;
    }
    return this.#deliver(stream.eof()) ?? this.#throwTruncated();
  }

  #openStream(): AnswerStream {
    const { randomness } = this.#deps.ports;
    return this.#request.prepared.open((prefix) => `${prefix}_${randomness.id(24)}`);
  }

  #deliver(outputs: readonly Output[]): Ending | undefined {
    for (const output of outputs) {
      if (output.type === 'settled') this.#isSettled = true;
      else if (isBlockOutput(output)) this.#unsettle();
      else if (output.type === 'quota') this.#sink.onQuota(output.quota);
      else if (output.type === 'unknown') this.#countUnknown(cleanText(output.event, 60));
    }
    return this.#sink.delivery.deliver(outputs);
  }

  #countUnknown(event: string): void {
    const count = this.#unknownEvents.get(event);
    if (count !== undefined || this.#unknownEvents.size < maxUnknownEvents)
      this.#unknownEvents.set(event, (count ?? 0) + 1);
  }

  #errorFromResponse(answer: UpstreamAnswer, text: string): CcpError {
    const { prepared } = this.#request;
    // 2xx and 3xx without a stream: not a valid response, and a retry would return the same.
    if (answer.status < 400) return notAStream(answer, this.#request);
    return prepared.failure(answer.status, answer.headers, text);
  }

  /** Content after the end of the content: the end was preliminary. */
  #unsettle(): void {
    this.#isSettled = false;
    this.#cancelUsageTimer?.();
    this.#cancelUsageTimer = undefined;
  }

  /** Limits the wait for the usage once the content is complete. */
  #startUsageTimer(): void {
    if (!this.#isSettled || this.#cancelUsageTimer) return;
    this.#cancelUsageTimer = this.#deps.ports.clock.after(usageTimeoutMs, () => this.#abort.abort());
  }

  /** The ending when the connection breaks after the content is complete; `undefined` when it broke before. */
  #endingAfterDisconnect(thrown: unknown): Ending | undefined {
    if (!this.#isSettled || this.#signal.aborted || thrown instanceof CcpError || !this.#reader) return undefined;
    return this.#deliver(this.#reader.eof());
  }

  /** Reads the rest of a complete response, up to `drainTimeoutMs`, so that its connection can be reused. */
  #drain(chunks: AsyncIterator<Uint8Array>): void {
    this.#isDraining = true;
    const cancel = this.#deps.ports.clock.after(drainTimeoutMs, () => this.#abort.abort());
    const rest = async () => {
      while (!(await chunks.next()).done);
    };
    rest()
      .catch(() => {})
      .finally(cancel);
  }

  #throwTruncated(): never {
    throw new CcpError('truncated', `${this.#request.upstream.name} ended before the response was complete.`);
  }

  #logUnknown(): void {
    const { meter } = this.#sink;
    if (this.#unknownEvents.size > 0)
      this.#deps.ports.log.debug({ id: meter.id, unknown: [...this.#unknownEvents] }, 'unknown events');
  }

  #idleError(): CcpError {
    const seconds = Math.round((this.#deps.timeouts.idleTimeoutMs * this.#timeoutFactor) / 1000);
    return new CcpError('idle', `${this.#request.upstream.name} sent nothing for ${seconds} s.`);
  }

  /** After an abort, its reason is what failed. */
  #toReportedError(thrown: unknown): unknown {
    if (this.#abort.signal.aborted && this.#abort.signal.reason instanceof CcpError) return this.#abort.signal.reason;
    return reportedError(thrown, this.#request);
  }
}
