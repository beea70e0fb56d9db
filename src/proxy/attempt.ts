/** One try at one upstream: send, read, translate. Ends with the dialect's ending or a CcpError. */
import { CcpError } from '../errors/ccp-error.ts';
import type { Credential } from '../ports/credential.ts';
import type { UpstreamAnswer } from '../ports/transport.ts';
import { SseDecoder } from '../sse/decoder.ts';
import type { AnswerStream, Ending, Prepared } from '../translate/dialect.ts';
import type { MessageWriter } from '../translate/messages/writer.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import { isObject, parseJson } from '../wire/json.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';
import type { StreamMeter } from './stream-meter.ts';
import { Watchdog } from './watch.ts';

const errorBodyLimit = 256 * 1024;
/** A few unreadable frames are noise; more mean that nothing here can be trusted. */
const garbageLimit = 3;

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
  readonly deps: ProxyDeps;
}

export class Attempt {
  readonly #options: AttemptOptions;
  readonly #abort = new AbortController();
  #garbage = 0;

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
      idle = new Watchdog(deps.clock, deps.timeouts.idleTimeoutMs, () => this.#abort.abort(this.#idleError()));
      return await this.#read(answer, idle);
    } catch (thrown) {
      throw this.#failureOf(thrown);
    } finally {
      idle?.stop();
      signal.removeEventListener('abort', stop);
      // Whatever the upstream still sends is nobody's business any more.
      this.#abort.abort();
    }
  }

  async #send(): Promise<UpstreamAnswer> {
    const { prepared, reachable, credential, sessionId, deps, meter } = this.#options;
    const { upstream, transport } = reachable;
    const answer = await transport.send(
      {
        url: upstream.baseUrl + prepared.path,
        headers: upstreamHeaders({ style: upstream.headers, credential, sessionId, version: deps.version }),
        body: prepared.body,
      },
      { signal: this.#abort.signal, headersTimeoutMs: deps.timeouts.headersTimeoutMs },
    );
    meter.headers(answer.status);
    return answer;
  }

  async #read(answer: UpstreamAnswer, idle: Watchdog): Promise<Ending> {
    const { prepared } = this.#options;
    const type = answer.headers['content-type'] ?? '';
    if (answer.status >= 400 || !type.includes('event-stream')) {
      const text = await bodyText(answer.body);
      throw prepared.failure(answer.status >= 400 ? answer.status : 502, answer.headers, text);
    }
    const stream = this.#open();
    const decoder = new SseDecoder((data) => {
      idle.touch();
      this.#step(stream, data);
    });
    for await (const chunk of answer.body) {
      this.#options.meter.data(chunk.length);
      decoder.push(chunk);
      this.#options.meter.progress(this.#options.writer);
      if (stream.ending) return this.#done(stream);
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

  #open(): AnswerStream {
    const { prepared, writer, meter, deps } = this.#options;
    return prepared.open({
      writer,
      newToolId: () => `call_${deps.randomness.id(24)}`,
      onToolCall: (tool) => meter.toolCall(tool),
      onRepair: (tool, dropped) => meter.repair(tool, dropped),
    });
  }

  #step(stream: AnswerStream, data: string): void {
    if (data === '[DONE]') return;
    const event = parseJson(data);
    if (isObject(event)) return stream.step(event);
    this.#garbage += 1;
    if (this.#garbage > garbageLimit)
      throw new CcpError('garbage', `${this.#options.reachable.upstream.name} sent frames that are not JSON.`);
    this.#options.meter.warning(`skipped a frame of ${data.length} characters that is not JSON`);
  }

  #done(stream: AnswerStream): Ending {
    if (stream.unknown.size > 0)
      this.#options.deps.log.debug({ id: this.#options.meter.id, unknown: [...stream.unknown] }, 'unknown events');
    if (stream.ending) return stream.ending;
    throw new CcpError('truncated', `${this.#options.reachable.upstream.name} ended without an ending.`);
  }

  #idleError(): CcpError {
    const seconds = Math.round(this.#options.deps.timeouts.idleTimeoutMs / 1000);
    return new CcpError('idle', `${this.#options.reachable.upstream.name} sent nothing for ${seconds} s.`);
  }

  /** An abort surfaces as whatever the transport throws; its reason is what happened. */
  #failureOf(thrown: unknown): unknown {
    if (this.#abort.signal.aborted && this.#abort.signal.reason instanceof CcpError) return this.#abort.signal.reason;
    if (thrown instanceof CcpError) return thrown;
    const { upstream } = this.#options.reachable;
    if (thrown instanceof RangeError)
      return new CcpError('garbage', `${upstream.name}: ${thrown.message}.`, { cause: thrown });
    if (isNetworkError(thrown))
      return new CcpError('reset', `${upstream.name} closed the connection in the middle of the answer.`, {
        cause: thrown,
      });
    return thrown;
  }
}

const isNetworkError = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string';

async function bodyText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > errorBodyLimit) break;
  }
  return text;
}
