/** Bytes → SSE data payloads. Linear in the input, bounded in memory, indifferent to where chunks are cut. */
import { createParser, type EventSourceParser } from 'eventsource-parser';

/** One event may be large (a whole file in a tool argument), but not without end. */
export const eventSizeLimit = 64 * 1024 * 1024;

export class SseDecoder {
  readonly #text = new TextDecoder('utf-8');
  readonly #parser: EventSourceParser;
  #sinceEvent = 0;

  /** @param onEvent gets the `data` of each event and its `event` name, if any. */
  constructor(onEvent: (data: string, name: string | undefined) => void) {
    this.#parser = createParser({
      onEvent: (message) => {
        this.#sinceEvent = 0;
        onEvent(message.data, message.event);
      },
    });
  }

  /** @throws RangeError when one event exceeds the limit. */
  push(chunk: Uint8Array): void {
    this.#sinceEvent += chunk.length;
    this.#parser.feed(this.#text.decode(chunk, { stream: true }));
    if (this.#sinceEvent > eventSizeLimit) throw new RangeError('an SSE event exceeds 64 MiB');
  }

  /** An event whose closing blank line never came is not an event: nothing is flushed. */
  end(): void {
    this.#text.decode();
  }
}
