/** Bytes of an upstream's event stream → outputs: decodes SSE, parses each event, steps the dialect's stream. */
import { CcpError } from '../errors/ccp-error.ts';
import { SseDecoder } from '../sse/decoder.ts';
import { isObject, parseJson } from '../wire/json.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { Output } from './output.ts';

/** Some hosts send words to keep a line open; more frames than this that are not JSON are no event stream. */
const maxNoiseFrames = 20;

export class AnswerReader {
  readonly #stream: AnswerStream;
  readonly #upstream: string;
  readonly #decoder: SseDecoder;
  #outputs: Output[] = [];
  #noiseFrames = 0;
  #isOver = false;

  /**
   * @param upstream its name, for messages.
   * @param onEvent called for each event; comments that keep a line open are none.
   */
  constructor(stream: AnswerStream, upstream: string, onEvent: () => void = () => {}) {
    this.#stream = stream;
    this.#upstream = upstream;
    this.#decoder = new SseDecoder((data) => {
      onEvent();
      this.#read(data);
    });
  }

  /** @returns the outputs of the events that the chunk completed; after an `end` or `failure` there are none. */
  push(chunk: Uint8Array): readonly Output[] {
    if (this.#isOver) return [];
    try {
      this.#decoder.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      this.#fail(new CcpError('garbage', `${this.#upstream}: ${thrown.message}.`, { cause: thrown }));
    }
    return this.#take();
  }

  eof(): readonly Output[] {
    if (!this.#isOver) this.#add(this.#stream.eof());
    return this.#take();
  }

  #read(data: string): void {
    if (this.#isOver) return;
    if (data === '[DONE]') return this.#add(this.#stream.done());
    if (data.trim() === '') return;
    const event = parseJson(data);
    if (isObject(event)) return this.#add(this.#stream.step(event));
    this.#noiseFrames += 1;
    // A torn event may have been half of a tool call.
    if (/^\s*[{[]/.test(data)) this.#fail(new CcpError('garbage', `${this.#upstream} sent an event that is cut off.`));
    else if (this.#noiseFrames > maxNoiseFrames)
      this.#fail(new CcpError('garbage', `${this.#upstream} sent frames that are not JSON.`));
  }

  #add(outputs: readonly Output[]): void {
    for (const output of outputs) {
      this.#outputs.push(output);
      if (output.type === 'end' || output.type === 'failure') this.#isOver = true;
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
