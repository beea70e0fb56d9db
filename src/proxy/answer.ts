/** Response formats: an SSE stream, or one JSON Message. Both delay the HTTP status line as long as possible. */
import type { ServerResponse } from 'node:http';
import type { CcpError } from '../errors/ccp-error.ts';
import type { RemedyWords } from '../errors/remedies.ts';
import { encodeEvent } from '../sse/encoder.ts';
import { MessageCollector } from '../translate/anthropic/collect.ts';
import type { MessagesEvent } from '../wire/anthropic.ts';

export interface Answer {
  /** The status line is sent: a failure can only be reported inside the stream. */
  readonly committed: boolean;
  readonly streaming: boolean;
  emit(event: MessagesEvent): void;
  /** Writes emitted events to the socket. @returns for a slow client, a promise that resolves on `drain` or `close`. */
  flush(): Promise<void> | undefined;
  end(): void;
  fail(error: CcpError): void;
}

export function errorHeaders(error: CcpError, requestId: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'request-id': requestId,
    ...(error.retryAfterSec === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfterSec)) }),
    ...(error.final ? { 'x-should-retry': 'false' } : {}),
  };
}

export const errorJson = (error: CcpError, requestId: string, remedies: RemedyWords): string =>
  JSON.stringify({ type: 'error', error: error.body(requestId, false, remedies), request_id: requestId });

function sendError(raw: ServerResponse, error: CcpError, requestId: string, remedies: RemedyWords): void {
  if (raw.destroyed) return;
  // Part of the response is sent: destroying the connection is the only way left to report the failure.
  if (raw.headersSent) return void raw.destroy();
  raw.writeHead(error.row.status, errorHeaders(error, requestId));
  raw.end(errorJson(error, requestId, remedies));
}

export class SseAnswer implements Answer {
  readonly streaming = true;
  readonly #raw: ServerResponse;
  readonly #requestId: string;
  readonly #remedies: RemedyWords;
  #pending = '';
  #drained: Promise<void> | undefined;

  constructor(raw: ServerResponse, requestId: string, remedies: RemedyWords) {
    this.#raw = raw;
    this.#requestId = requestId;
    this.#remedies = remedies;
  }

  get committed(): boolean {
    return this.#raw.headersSent || this.#pending !== '';
  }

  emit(event: MessagesEvent): void {
    this.#pending += encodeEvent(event);
  }

  flush(): Promise<void> | undefined {
    if (this.#pending === '' || this.#raw.destroyed) return undefined;
    if (!this.#raw.headersSent)
      this.#raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'request-id': this.#requestId,
      });
    const text = this.#pending;
    this.#pending = '';
    if (this.#raw.write(text)) return undefined;
    // All writers share one promise while the client is slow.
    this.#drained ??= new Promise((resolve) => {
      const onDrain = () => {
        this.#raw.off('drain', onDrain);
        this.#raw.off('close', onDrain);
        this.#drained = undefined;
        resolve();
      };
      this.#raw.on('drain', onDrain);
      this.#raw.on('close', onDrain);
    });
    return this.#drained;
  }

  end(): void {
    this.flush();
    this.#raw.end();
  }

  /** After content: an error event, then the end of the body without `message_stop`. */
  fail(error: CcpError): void {
    if (!this.committed) return sendError(this.#raw, error, this.#requestId, this.#remedies);
    this.emit({ type: 'error', error: error.body(this.#requestId, true, this.#remedies) });
    this.end();
  }
}

export class JsonAnswer implements Answer {
  readonly streaming = false;
  readonly committed = false;
  readonly #raw: ServerResponse;
  readonly #requestId: string;
  readonly #remedies: RemedyWords;
  readonly #collector = new MessageCollector();

  constructor(raw: ServerResponse, requestId: string, remedies: RemedyWords) {
    this.#raw = raw;
    this.#requestId = requestId;
    this.#remedies = remedies;
  }

  emit(event: MessagesEvent): void {
    this.#collector.add(event);
  }

  flush(): undefined {
    return undefined;
  }

  end(): void {
    if (this.#raw.headersSent || this.#raw.destroyed) return;
    const body = JSON.stringify(this.#collector.message);
    this.#raw.writeHead(200, { 'content-type': 'application/json', 'request-id': this.#requestId });
    this.#raw.end(body);
  }

  fail(error: CcpError): void {
    sendError(this.#raw, error, this.#requestId, this.#remedies);
  }
}
