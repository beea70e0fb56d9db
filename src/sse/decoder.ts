/** Bytes → SSE data payloads. Linear in the input, bounded in memory, indifferent to where chunks are cut. */
import { createParser, type EventSourceParser } from 'eventsource-parser';

/** One event may be large (a whole file in a tool argument), but not without end. */
export const eventSizeLimit = 64 * 1024 * 1024;

export class SseDecoder {
  readonly #text = new TextDecoder('utf-8', { fatal: true });
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

  /** @throws RangeError when one event exceeds the limit, or the bytes are no UTF-8. */
  push(chunk: Uint8Array): void {
    this.#sinceEvent += chunk.length;
    this.#parser.feed(this.#decode(chunk));
    if (this.#sinceEvent > eventSizeLimit) throw new RangeError('an SSE event exceeds 64 MiB');
  }

  /** Replacing what cannot be read would change a command on its way to a shell. */
  #decode(chunk: Uint8Array): string {
    try {
      return this.#text.decode(chunk, { stream: true });
    } catch {
      throw new RangeError('the stream is not valid UTF-8');
    }
  }
}
