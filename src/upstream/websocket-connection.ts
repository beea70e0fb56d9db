/** One WebSocket to a Responses back end: one answer at a time, frames read no faster than they are taken. */
import WebSocket from 'ws';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { AnswerItems, type Chain, type MarkedRequest } from './websocket-chain.ts';

const handshakeMs = 10_000;
/** As much as one SSE event may be. */
const frameLimit = 64 * 1024 * 1024;
/** Frames that wait for their reader before the socket is paused. */
const queuedFrames = 64;

const terminal: readonly unknown[] = [
  'response.completed',
  'response.done',
  'response.incomplete',
  'response.failed',
  'error',
];

/** Our own close code for a frame that belongs to another answer. */
const foreignFrame = 4000;

/** One message: as it came, and what it says; an empty object where it is no event. */
export interface Frame {
  readonly text: string;
  readonly event: JsonObject;
}

export class ConnectionLost extends Error {
  /** What network failures carry; the answer is broken off, whatever the reason. */
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
  #busy = false;
  #lost: ConnectionLost | undefined;
  #wake: (() => void) | undefined;

  private constructor(socket: WebSocket, headers: Record<string, string>, openedAt: number) {
    this.#socket = socket;
    this.#headers = headers;
    this.openedAt = openedAt;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('close', (code) => {
      this.#lost ??= new ConnectionLost(code);
      this.#wake?.();
    });
    // `close` follows.
    socket.on('error', () => {});
  }

  /** @throws when the server does not upgrade: nothing was sent then. */
  static open(url: string, headers: Record<string, string>, now: number, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { headers, handshakeTimeout: handshakeMs, maxPayload: frameLimit });
      const answered: Record<string, string> = {};
      const abort = () => socket.terminate();
      signal.addEventListener('abort', abort, { once: true });
      socket.once('upgrade', (response) => {
        for (const [name, value] of Object.entries(response.headers)) answered[name] = String(value);
      });
      socket.once('error', reject);
      socket.once('open', () => {
        signal.removeEventListener('abort', abort);
        socket.off('error', reject);
        resolve(new Connection(socket, answered, now));
      });
    });
  }

  /** Taken for a request that is about to be asked: nobody else gets it meanwhile. */
  reserve(): void {
    this.#busy = true;
  }

  /** Of the handshake, once: they say nothing about later answers. */
  takeHeaders(): Readonly<Record<string, string>> {
    const headers = this.#headers;
    this.#headers = {};
    return headers;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** How much of this request the server knows already, in items. */
  knows(request: MarkedRequest): number {
    return request.continues(this.#chain) ? this.#chain.items.length : 0;
  }

  /** Sends the request; the answer's events follow until its terminal one, then the connection is free again. */
  async *ask(request: MarkedRequest): AsyncGenerator<Frame> {
    this.reserve();
    const items = new AnswerItems();
    this.#send(request.behind(this.#chain));
    this.#chain = undefined;
    let ended = false;
    let id: string | undefined;
    try {
      for (;;) {
        const frame = await this.#next();
        const { event } = frame;
        // Only what this request began is its answer.
        if (event.type === 'response.created') {
          if (id !== undefined) throw new ConnectionLost(foreignFrame);
          id = responseId(event) ?? '';
        } else if (id === undefined && !comesBefore(event)) throw new ConnectionLost(foreignFrame);
        else if (responseId(event) !== undefined && id !== undefined && responseId(event) !== id)
          throw new ConnectionLost(foreignFrame);
        items.add(event);
        if (terminal.includes(event.type)) {
          ended = true;
          this.#chain = items.chain(event, request);
          this.#busy = false;
        }
        yield frame;
        if (ended) return;
      }
    } finally {
      // Nobody reads on: the server would go on generating for no one.
      if (!ended) this.close();
    }
  }

  close(): void {
    this.#lost ??= new ConnectionLost(1006);
    this.#wake?.();
    this.#socket.terminate();
  }

  #send(body: JsonObject): void {
    if (this.#lost) throw this.#lost;
    this.#socket.send(JSON.stringify({ type: 'response.create', ...body }));
  }

  #receive(data: Buffer): void {
    const text = textOf(data);
    const parsed = text === undefined ? undefined : parseJson(text);
    const event = isObject(parsed) ? parsed : {};
    // Bytes that are no text, or an answer that nobody asked for: nothing on this connection can be trusted.
    if (text === undefined || (!this.#busy && !comesBefore(event))) return this.close();
    if (!this.#busy) return;
    this.#queue.push({ text, event });
    if (this.#queue.length >= queuedFrames) this.#socket.pause();
    this.#wake?.();
  }

  async #next(): Promise<Frame> {
    for (;;) {
      const frame = this.#queue.shift();
      if (this.#queue.length === 0 && this.#socket.isPaused) this.#socket.resume();
      if (frame) return frame;
      if (this.#lost) throw this.#lost;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const responseId = (event: JsonObject): string | undefined => asString(asObject(event.response).id);

/** What a back end may say before it begins to answer. */
const comesBefore = ({ type }: JsonObject): boolean =>
  type === 'error' || (typeof type === 'string' && (type.startsWith('codex.') || type === 'response.metadata'));

function textOf(data: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}
