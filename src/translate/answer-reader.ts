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
    if (!this.#hasEnded) this.#add(this.#stream.eof());
    return this.#take();
  }

  #read(data: string): void {
    if (this.#hasEnded) return;
    if (data === '[DONE]') return this.#add(this.#stream.done());
    if (data.trim() === '') return;
    const event = parseJson(data);
    if (isObject(event)) return this.#add(this.#stream.step(event));
    this.#noiseFrames += 1;
    // A truncated event may be part of a tool call.
    if (/^\s*[{[]/.test(data)) this.#fail(new CcpError('garbage', `${this.#upstream} sent a truncated event.`));
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
