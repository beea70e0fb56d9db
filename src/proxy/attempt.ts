/** One try at one upstream: send, read, translate. Ends with the dialect's ending or a CcpError. */
import { CcpError } from '../errors/ccp-error.ts';
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import type { UpstreamAnswer } from '../ports/transport.ts';
import { SseDecoder } from '../sse/decoder.ts';
import type { AnswerStream, Ending, Prepared } from '../translate/dialect.ts';
import type { MessageWriter } from '../translate/messages/writer.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { isObject, parseJson } from '../wire/json.ts';
import { bodyText } from './body-text.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';
import type { StreamMeter } from './stream-meter.ts';
import { Watchdog } from './watch.ts';

/** A local model reads a long prompt for minutes before its first word. */
const localPatience = 2;
const errorBodyMs = 3_000;
/** For the few bytes behind the terminal event. */
const restMs = 500;
/** For the usage behind the end of an answer. */
const numbersMs = 2_000;
/** Frames that never were JSON (some hosts send words to keep a line open); more of them are no stream. */
const noiseLimit = 20;

export interface AttemptOptions {
  readonly prepared: Prepared;
  readonly reachable: ReachableUpstream;
  readonly credential: Credential;
  readonly sessionId: string | undefined;
  readonly writer: MessageWriter;
  readonly meter: StreamMeter;
  /** The client's patience: aborts with a CcpError as reason. */
  readonly signal: AbortSignal;
  readonly flush: () => Promise<void> | undefined;
  readonly onQuota: (quota: Quota) => void;
  readonly onHeaders: (headers: Readonly<Record<string, string>>) => void;
  readonly deps: ProxyDeps;
}

export class Attempt {
  readonly #options: AttemptOptions;
  readonly #abort = new AbortController();
  #noise = 0;
  #ending = false;
  #stream: AnswerStream | undefined;
  #cancelRest: (() => void) | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  async run(): Promise<Ending> {
    const { signal, deps } = this.#options;
    const stop = () => this.#abort.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    let idle: Watchdog | undefined;
    try {
      const answer = await this.#send();
      idle = new Watchdog(deps.clock, deps.timeouts.idleTimeoutMs * this.#patience, () =>
        this.#abort.abort(this.#idleError()),
      );
      return await this.#read(answer, idle);
    } catch (thrown) {
      const ended = this.#endedAnyhow(thrown);
      if (ended) return ended;
      this.#options.meter.counted(this.#stream?.usage);
      throw this.#failureOf(thrown);
    } finally {
      idle?.stop();
      this.#cancelRest?.();
      signal.removeEventListener('abort', stop);
      // Whatever the upstream still sends is nobody's business any more.
      if (!this.#ending) this.#abort.abort();
    }
  }

  async #send(): Promise<UpstreamAnswer> {
    const { prepared, reachable, credential, sessionId, deps, meter } = this.#options;
    const { upstream, transport } = reachable;
    const answer = await transport.send(
      {
        method: 'POST',
        url: upstream.baseUrl + prepared.path,
        headers: upstreamHeaders({
          style: upstream.headers,
          auth: upstream.auth,
          credential,
          sessionId,
          version: deps.version,
          extra: prepared.headers,
        }),
        body: prepared.body,
      },
      { signal: this.#abort.signal, headersTimeoutMs: deps.timeouts.headersTimeoutMs * this.#patience },
    );
    meter.headers(answer.status);
    this.#heed(answer);
    return answer;
  }

  get #patience(): number {
    return this.#options.reachable.upstream.costKind === 'local' ? localPatience : 1;
  }

  #heed({ status, headers }: UpstreamAnswer): void {
    const { prepared, reachable, meter, onQuota } = this.#options;
    const { quota, servedModel, askedModel, forClient } = prepared.read(headers);
    if (forClient) this.#options.onHeaders(forClient);
    if (quota) onQuota(quota);
    if (status === 200 && servedModel !== undefined && !servedModel.startsWith(askedModel))
      meter.warning(`${reachable.upstream.name} answers with ${servedModel} instead of ${askedModel}`);
  }

  async #read(answer: UpstreamAnswer, idle: Watchdog): Promise<Ending> {
    const type = (answer.headers['content-type'] ?? '').toLowerCase();
    if (answer.status !== 200 || !type.includes('event-stream')) {
      // The body of a refusal has a deadline of its own.
      idle.pause();
      return await this.#withoutStream(answer, type);
    }
    const stream = this.#open();
    this.#stream = stream;
    const decoder = new SseDecoder((data) => {
      idle.touch();
      this.#step(stream, data);
    });
    // By hand: leaving a `for await` early would destroy a connection that can serve the next request.
    const chunks = answer.body[Symbol.asyncIterator]();
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      this.#options.meter.data(next.value.length);
      decoder.push(next.value);
      this.#options.meter.progress(this.#options.writer);
      this.#boundRest(stream);
      if (stream.ending) {
        if (!stream.ending.abort) this.#letEnd(chunks);
        return this.#done(stream);
      }
      const slow = this.#options.flush();
      if (slow) {
        // A client that reads slowly is not an upstream that is silent.
        idle.pause();
        await slow;
        idle.resume();
      }
      this.#abort.signal.throwIfAborted();
    }
    stream.eof();
    return this.#done(stream);
  }

  /** An answer that came whole, as JSON, though a stream was asked for; anything else is a refusal. */
  async #withoutStream(answer: UpstreamAnswer, type: string): Promise<Ending> {
    const { prepared, deps } = this.#options;
    const whole = answer.status === 200 && type.includes('json') ? prepared.whole : undefined;
    const patience = whole ? deps.timeouts.idleTimeoutMs : errorBodyMs;
    const text = await bodyText(answer.body, new Promise((resolve) => void deps.clock.after(patience, resolve)));
    const json = whole && parseJson(text);
    const events = whole && isObject(json) ? whole(json) : [];
    if (events.length === 0) throw this.#refusal(answer, text);
    const stream = this.#open();
    for (const event of events) stream.step(event);
    stream.eof();
    return this.#done(stream);
  }

  #refusal(answer: UpstreamAnswer, text: string): CcpError {
    const { prepared } = this.#options;
    // 2xx and 3xx without a stream: no answer, and asking again gives no other.
    if (answer.status < 400) return prepared.failure(502, answer.headers, notAStream(answer));
    return prepared.failure(answer.status, answer.headers, text);
  }

  /** The answer is whole; numbers may follow, and are not waited for long. */
  #boundRest(stream: AnswerStream): void {
    if (!stream.settled || this.#cancelRest) return;
    this.#cancelRest = this.#options.deps.clock.after(numbersMs, () => this.#abort.abort());
  }

  /** It broke off behind the end of the answer. */
  #endedAnyhow(thrown: unknown): Ending | undefined {
    if (!this.#stream?.settled || this.#options.signal.aborted || thrown instanceof CcpError) return undefined;
    this.#stream.eof();
    return this.#stream.ending;
  }

  /** Reads the rest of a finished answer, so that its connection is free again; not for long. */
  #letEnd(chunks: AsyncIterator<Uint8Array>): void {
    this.#ending = true;
    const cancel = this.#options.deps.clock.after(restMs, () => this.#abort.abort());
    const rest = async () => {
      while (!(await chunks.next()).done);
    };
    rest()
      .catch(() => {})
      .finally(cancel);
  }

  #open(): AnswerStream {
    const { prepared, writer, meter, deps } = this.#options;
    return prepared.open({
      writer,
      newId: (prefix) => `${prefix}_${deps.randomness.id(24)}`,
      onToolCall: (tool) => meter.toolCall(tool),
      onRepair: (tool, dropped) => meter.repair(tool, dropped),
      onQuota: this.#options.onQuota,
      onWarning: (message) => meter.warning(message),
    });
  }

  #step(stream: AnswerStream, data: string): void {
    if (data === '[DONE]') return stream.done();
    if (data.trim() === '') return;
    const event = parseJson(data);
    if (isObject(event)) return stream.step(event);
    this.#noise += 1;
    const { name } = this.#options.reachable.upstream;
    // A torn event may have been half of a command.
    if (/^\s*[{[]/.test(data)) throw new CcpError('garbage', `${name} sent an event that is not whole.`);
    if (this.#noise > noiseLimit) throw new CcpError('garbage', `${name} sent frames that are not JSON.`);
  }

  #done(stream: AnswerStream): Ending {
    if (stream.unknown.size > 0)
      this.#options.deps.log.debug({ id: this.#options.meter.id, unknown: [...stream.unknown] }, 'unknown events');
    if (stream.ending) return stream.ending;
    throw new CcpError('truncated', `${this.#options.reachable.upstream.name} ended without an ending.`);
  }

  #idleError(): CcpError {
    const seconds = Math.round((this.#options.deps.timeouts.idleTimeoutMs * this.#patience) / 1000);
    return new CcpError('idle', `${this.#options.reachable.upstream.name} sent nothing for ${seconds} s.`);
  }

  /** An abort surfaces as whatever the transport throws; its reason is what happened. */
  #failureOf(thrown: unknown): unknown {
    if (this.#abort.signal.aborted && this.#abort.signal.reason instanceof CcpError) return this.#abort.signal.reason;
    const { upstream } = this.#options.reachable;
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
    const token = this.#options.credential.token.replace(/^Bearer\s+/i, '');
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
