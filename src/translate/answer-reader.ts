/** Converts an upstream's event stream into outputs: decodes SSE, parses each event, steps the dialect's stream. */
import { CcpError } from '../errors/ccp-error.ts';
import { SseDecoder } from '../sse/decoder.ts';
import { isObject, parseJson } from '../wire/json.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { Output } from './output.ts';

/** Some hosts send non-JSON frames to keep the connection open. More of them than this is not an event stream. */
const maxNoiseFrames = 20;

export class AnswerReader {
  readonly #stream: AnswerStream;
  readonly #upstream: string;
  readonly #decoder: SseDecoder;
  #outputs: Output[] = [];
  #noiseFrames = 0;
  #hasEnded = false;
  #isAtEnd = false;

  /**
   * @param upstream the upstream's name, for messages.
   * @param onEvent called for each event. Keep-alive comments are not events.
   */
  constructor(stream: AnswerStream, upstream: string, onEvent: () => void = () => {}) {
    this.#stream = stream;
    this.#upstream = upstream;
    this.#decoder = new SseDecoder((data) => {
      onEvent();
      this.#read(data);
    });
  }

  /** @returns the outputs of the events that the chunk completed. Empty after an `end` or `failure`. */
  push(chunk: Uint8Array): readonly Output[] {
    if (this.#hasEnded) return [];
    try {
      this.#decoder.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      this.#fail(new CcpError('garbage', `${this.#upstream}: ${thrown.message}.`, { cause: thrown }));
    }
    return this.#take();
  }

  eof(): readonly Output[] {
    this.#readRest();
    if (!this.#hasEnded) this.#add(this.#stream.eof());
    return this.#take();
  }

  /** Handles an event without the blank line that ends it. A truncated one means that the answer is truncated. */
  #readRest(): void {
    if (this.#hasEnded) return;
    try {
      this.#isAtEnd = true;
      this.#decoder.end();
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      this.#failTruncated();
    }
  }

  #failTruncated(): void {
    this.#fail(
      new CcpError(
        'truncated',
        `${this.#upstream} ended the stream before the answer was complete: the last event is cut.`,
      ),
    );
  }

  #read(data: string): void {
    if (this.#hasEnded) return;
    if (data === '[DONE]') return this.#add(this.#stream.done());
    if (data.trim() === '') return;
    const parsed = parseJson(data);
    // Some hosts send an error as a list with one object.
    const event = Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed;
    if (isObject(event)) return this.#add(this.#stream.step(event));
    this.#noiseFrames += 1;
    // A truncated event may be part of a tool call.
    if (this.#isAtEnd) this.#failTruncated();
    else if (/^\s*[{[]/.test(data)) this.#fail(new CcpError('garbage', `${this.#upstream} sent a truncated event.`));
    else if (this.#noiseFrames > maxNoiseFrames)
      this.#fail(new CcpError('garbage', `${this.#upstream} sent frames that are not JSON.`));
  }

  #add(outputs: readonly Output[]): void {
    for (const output of outputs) {
      this.#outputs.push(output);
      if (output.type === 'end' || output.type === 'failure') this.#hasEnded = true;
    }
  }

  #fail(error: CcpError): void {
    this.#add([{ type: 'failure', error }]);
  }

  #take(): readonly Output[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
