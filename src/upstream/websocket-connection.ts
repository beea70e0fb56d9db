/** One WebSocket to a Responses back end: one response at a time, with backpressure on incoming frames. */
import WebSocket from 'ws';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { AnswerItems, type Chain, type MarkedRequest } from './websocket-chain.ts';

const handshakeTimeoutMs = 10_000;
/** The same limit as for one SSE event. */
const maxFrameBytes = 64 * 1024 * 1024;
/** Number of unread frames at which the socket is paused. */
const maxQueuedFrames = 64;

const terminalTypes: readonly unknown[] = [
  'response.completed',
  'response.done',
  'response.incomplete',
  'response.failed',
  'error',
];

/** ccp's own close code for a frame that belongs to another response. */
const foreignFrameCode = 4000;

/** One message: its text, and its parsed event; an empty object when it is not a JSON object. */
export interface Frame {
  readonly text: string;
  readonly event: JsonObject;
}

export class ConnectionLost extends Error {
  /** The code of a network failure: for the caller, the response was interrupted, whatever the close code. */
  readonly code = 'ECONNRESET';
  readonly closeCode: number;

  constructor(closeCode: number) {
    super(`the WebSocket closed (${closeCode})`);
    this.closeCode = closeCode;
  }
}

export class Connection {
  readonly #socket: WebSocket;
  #headers: Readonly<Record<string, string>>;
  readonly openedAt: number;
  readonly #queue: Frame[] = [];
  #chain: Chain | undefined;
  #isBusy = false;
  #lostError: ConnectionLost | undefined;
  #wake: (() => void) | undefined;

  private constructor(socket: WebSocket, headers: Record<string, string>, openedAt: number) {
    this.#socket = socket;
    this.#headers = headers;
    this.openedAt = openedAt;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('close', (code) => {
      this.#lostError ??= new ConnectionLost(code);
      this.#wake?.();
    });
    // A `close` event follows.
    socket.on('error', () => {});
  }

  /** Opens a connection. @throws when the server does not upgrade; no request was sent in that case. */
  static open(url: string, headers: Record<string, string>, now: number, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { headers, handshakeTimeout: handshakeTimeoutMs, maxPayload: maxFrameBytes });
      const handshakeHeaders: Record<string, string> = {};
      const abort = () => socket.terminate();
      signal.addEventListener('abort', abort, { once: true });
      socket.once('upgrade', (response) => {
        for (const [name, value] of Object.entries(response.headers)) handshakeHeaders[name] = String(value);
      });
      socket.once('error', reject);
      socket.once('open', () => {
        signal.removeEventListener('abort', abort);
        socket.off('error', reject);
        resolve(new Connection(socket, handshakeHeaders, now));
      });
    });
  }

  /** Reserves the connection for a request that is about to be sent, so that no other request uses it. */
  reserve(): void {
    this.#isBusy = true;
  }

  /** Returns the handshake's headers on the first call only: they do not apply to later responses. */
  takeHeaders(): Readonly<Record<string, string>> {
    const headers = this.#headers;
    this.#headers = {};
    return headers;
  }

  get busy(): boolean {
    return this.#isBusy;
  }

  get lost(): boolean {
    return this.#lostError !== undefined;
  }

  /** Number of the request's items that the server already stores. */
  knows(request: MarkedRequest): number {
    return request.continues(this.#chain) ? this.#chain.items.length : 0;
  }

  /** Sends the request and yields the response's events. After the terminal event the connection is free again. */
  async *ask(request: MarkedRequest): AsyncGenerator<Frame> {
    this.reserve();
    const items = new AnswerItems();
    this.#send(request.behind(this.#chain));
    this.#chain = undefined;
    let isComplete = false;
    let id: string | undefined;
    try {
      for (;;) {
        const frame = await this.#next();
        const { event } = frame;
        // A response belongs to this request only if it was created after the request was sent.
        if (event.type === 'response.created') {
          if (id !== undefined) throw new ConnectionLost(foreignFrameCode);
          id = responseId(event) ?? '';
        } else if (id === undefined && !isPreamble(event)) throw new ConnectionLost(foreignFrameCode);
        else if (responseId(event) !== undefined && id !== undefined && responseId(event) !== id)
          throw new ConnectionLost(foreignFrameCode);
        items.add(event);
        if (terminalTypes.includes(event.type)) {
          isComplete = true;
          this.#chain = items.chain(event, request);
          this.#isBusy = false;
        }
        yield frame;
        if (isComplete) return;
      }
    } finally {
      // The reader stopped early. Closing the connection stops the server's generation.
      if (!isComplete) this.close();
    }
  }

  close(): void {
    this.#lostError ??= new ConnectionLost(1006);
    this.#wake?.();
    this.#socket.terminate();
  }

  #send(body: JsonObject): void {
    if (this.#lostError) throw this.#lostError;
    this.#socket.send(JSON.stringify({ type: 'response.create', ...body }));
  }

  #receive(data: Buffer): void {
    const text = textOf(data);
    const parsed = text === undefined ? undefined : parseJson(text);
    const event = isObject(parsed) ? parsed : {};
    // Invalid UTF-8, or a response without a request: the connection's state is unknown, so it is closed.
    if (text === undefined || (!this.#isBusy && !isPreamble(event))) return this.close();
    if (!this.#isBusy) return;
    this.#queue.push({ text, event });
    if (this.#queue.length >= maxQueuedFrames) this.#socket.pause();
    this.#wake?.();
  }

  async #next(): Promise<Frame> {
    for (;;) {
      const frame = this.#queue.shift();
      if (this.#queue.length === 0 && this.#socket.isPaused) this.#socket.resume();
      if (frame) return frame;
      if (this.#lostError) throw this.#lostError;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const responseId = (event: JsonObject): string | undefined => asString(asObject(event.response).id);

/** Events that a back end may send before its response begins. */
const isPreamble = ({ type }: JsonObject): boolean =>
  type === 'error' || (typeof type === 'string' && (type.startsWith('codex.') || type === 'response.metadata'));

function textOf(data: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}
