/** Decodes bytes to the data of Server-Sent Events. Linear in the input and bounded in memory for any chunking. */
import { createParser, type EventSourceParser } from 'eventsource-parser';

/** Characters that one unfinished event may take. An event may be large: a whole file in a tool argument. */
export const eventSizeLimit = 64 * 1024 * 1024;

export class SseDecoder {
  readonly #text = new TextDecoder('utf-8', { fatal: true });
  readonly #parser: EventSourceParser;
  #isTooLarge = false;

  /** @param onEvent gets the `data` of each event and its `event` name, if any. */
  constructor(onEvent: (data: string, name: string | undefined) => void, sizeLimit = eventSizeLimit) {
    this.#parser = createParser({
      maxBufferSize: sizeLimit,
      onEvent: (message) => onEvent(message.data, message.event),
      // Other parse errors are lines that the format says to ignore.
      onError: ({ type }) => {
        this.#isTooLarge ||= type === 'max-buffer-size-exceeded';
      },
    });
  }

  /** @throws RangeError when one event exceeds the limit, or the bytes are not valid UTF-8. */
  push(chunk: Uint8Array): void {
    this.#parser.feed(this.#decode(chunk));
    if (this.#isTooLarge) throw new RangeError('an SSE event exceeds 64 MiB');
  }

  /** Handles the end of the bytes: an event without the blank line that ends it is delivered as it is. */
  end(): void {
    if (this.#isTooLarge) return;
    let rest = '';
    try {
      rest = this.#text.decode();
    } catch {
      throw new RangeError('the stream is not valid UTF-8');
    }
    this.#parser.feed(`${rest}\n\n`);
  }

  /** Invalid UTF-8 is an error: a replacement character would change a command on its way to a shell. */
  #decode(chunk: Uint8Array): string {
    try {
      return this.#text.decode(chunk, { stream: true });
    } catch {
      throw new RangeError('the stream is not valid UTF-8');
    }
  }
}
